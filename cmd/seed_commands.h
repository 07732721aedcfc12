// The seed's further subcommands, with its flags and JSON. Where the seed prints JSON, JSON is the default also on a
// terminal; `-o table` is for people. Each leaves what to run in `chosen`; exit status 0 as asked, 1 an error.
#pragma once

#include <string>

#include "cmd/commands.h"

namespace cmd {

void add_add_hostnqn(CLI::App& app, Chosen& chosen);
void add_remove_hostnqn(CLI::App& app, Chosen& chosen);
void add_connect(CLI::App& app, Chosen& chosen);
void add_disconnect(CLI::App& app, Chosen& chosen);
void add_disconnect_all(CLI::App& app, Chosen& chosen);
void add_list(CLI::App& app, Chosen& chosen);
/// `completion bash|zsh|fish`, and the seed's `gen autocomplete`; after all others, since it describes them.
void add_completion(CLI::App& app, Chosen& chosen);

/// -o/--output with json as the default wherever the output goes.
void add_json_first_output_flag(CLI::App& command, std::string& value);

/// On standard error where an agent runs on this host: it undoes what the command did ("… will connect it again").
void say_that_the_agent_reconnects(const std::string& run_dir, const std::string& what);

}  // namespace cmd
