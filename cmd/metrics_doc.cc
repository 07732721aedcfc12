// discovery-client metrics-doc: docs/metrics.md as the code has it. For maintainers; not in --help.
#include <CLI/CLI.hpp>
#include <iostream>

#include "cmd/commands.h"
#include "cmd/metrics_catalog.h"

namespace cmd {

void add_metrics_doc(CLI::App& app, Chosen& chosen) {
  CLI::App* command = app.add_subcommand("metrics-doc", "Print docs/metrics.md.");
  command->group("");
  command->callback([&chosen] {
    chosen = [] {
      std::cout << metrics_document();
      return 0;
    };
  });
}

}  // namespace cmd
