// discovery-client completion, and the seed's `gen autocomplete`, which writes a file.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "cmd/completion.h"
#include "cmd/seed_commands.h"

namespace cmd {
namespace {

struct GenFlags {
  std::string file{"/etc/bash_completion.d/discovery-client.sh"};
  std::string type{"bash"};
};

int print_completion(const CLI::App& app, const std::string& shell) {
  const base::Result<std::string> script = completion_script(completion_tree(app), shell);
  if (!script) return complain(script.error());
  std::cout << *script;
  return 0;
}

int write_completion(const CLI::App& app, const GenFlags& flags) {
  const base::Result<std::string> script = completion_script(completion_tree(app), flags.type);
  if (!script) return complain(script.error());
  const base::Result<void> written = base::write_file_atomic(flags.file, *script, 0644);
  return written ? 0 : complain(written.error());
}

}  // namespace

void add_json_first_output_flag(CLI::App& command, std::string& value) {
  command.add_option("-o,--output", value, "json or table")->capture_default_str()->type_name("FORMAT")
      ->check(CLI::IsMember({std::string("table"), std::string("json")}));
}

void add_completion(CLI::App& app, Chosen& chosen) {
  auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion",
      "Print a completion script. bash: source <(discovery-client completion bash). zsh: into a file _discovery-client\n"
      "in $fpath. fish: into ~/.config/fish/completions/discovery-client.fish.");
  command->add_option("shell", *shell, "bash, zsh or fish")->required()->check(CLI::IsMember({std::string("bash"), std::string("zsh"), std::string("fish")}));
  command->callback([shell, &app, &chosen] { chosen = [shell, &app] { return print_completion(app, *shell); }; });

  auto flags = std::make_shared<GenFlags>();
  CLI::App* gen = app.add_subcommand("gen", "The seed's spelling of `completion`.");
  gen->require_subcommand(1);
  gen->group("");
  CLI::App* autocomplete = gen->add_subcommand("autocomplete", "Write a completion script into a file.");
  autocomplete->add_option("--completionfile", flags->file, "The file to write")->capture_default_str()->type_name("FILE");
  autocomplete->add_option("--type", flags->type, "bash, zsh or fish")->capture_default_str();
  autocomplete->callback([flags, &app, &chosen] { chosen = [flags, &app] { return write_completion(app, *flags); }; });
}

}  // namespace cmd
