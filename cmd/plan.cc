// discovery-client plan: what serve would do now, and why not the rest. Discovers, looks at sysfs, changes nothing.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cmd/commands.h"
#include "cmd/look_from_here.h"
#include "cmd/plan_text.h"
#include "cmd/status_json.h"
#include "cmd/table.h"

namespace cmd {
namespace {

struct PlanFlags {
  std::string config{};
  std::string output{};
};

int plan(const PlanFlags& flags) {
  base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  const base::Result<LookFromHere> look = LookFromHere::take(std::move(*loaded));
  if (!look) return complain(look.error());
  for (const config::Diagnostic& diagnostic : look->status().diagnostics) std::cerr << to_string(diagnostic) << '\n';
  const nlohmann::ordered_json planned = plan_json(look->status(), look->noted(), look->settled());
  if (flags.output == "json") std::cout << dump(planned) << '\n';
  else std::cout << plan_text(planned, output_wants_colour());
  std::cout.flush();
  const int exit_status = plan_exit_status(planned);
  look->leave_if_stuck(exit_status);
  return exit_status;
}

}  // namespace

void add_plan(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* command = app.add_subcommand("plan",
      "Say what `serve` would do now and why not the rest: asks the discovery services, looks at sysfs, changes nothing.\n"
      "Exit status: 0 nothing to do, 2 something to do, 1 an error.");
  add_config_flag(*command, flags->config);
  command->add_option("-o,--output", flags->output, "text or json (default: text)")->type_name("FORMAT")->check(CLI::IsMember({"text", "json"}));
  command->callback([flags, &chosen] { chosen = [flags] { return plan(*flags); }; });
}

}  // namespace cmd
