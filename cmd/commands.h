// The subcommands: each adds its flags to the application and, when chosen, leaves what to run in `chosen`.
// Exit status: 0 as asked, 1 an error, 2 something to say (each command's help tells what).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/agent_config.h"

namespace CLI {
class App;
}

namespace cmd {

using Chosen = std::function<int()>;

void add_serve(CLI::App& app, Chosen& chosen);
void add_status(CLI::App& app, Chosen& chosen);
void add_why(CLI::App& app, Chosen& chosen);
void add_events(CLI::App& app, Chosen& chosen);
void add_report(CLI::App& app, Chosen& chosen);
void add_discover(CLI::App& app, Chosen& chosen);
void add_plan(CLI::App& app, Chosen& chosen);
void add_connect_all(CLI::App& app, Chosen& chosen);
void add_check(CLI::App& app, Chosen& chosen);
void add_version(CLI::App& app, Chosen& chosen);
void add_metrics_doc(CLI::App& app, Chosen& chosen);

inline constexpr const char* kDefaultConfigFile = "/etc/discovery-client/discovery-client.yaml";
inline constexpr const char* kOtherConfigFile = "./etc/discovery-client/discovery-client.yaml";

/// The agent's settings from `path`, or, where it is empty, from the default file if there is one, or the seed's other
/// place for it (./etc/discovery-client); DC_ variables of the environment over it, flags over these.
base::Result<config::LoadedConfig> load_settings(const std::string& path, const config::Flags& flags = {});

/// This process's environment variables.
std::optional<std::string> process_environment(const std::string& name);

/// "discovery-client: …" on standard error; returns 1.
int complain(const base::Error& error);
int complain(const std::string& message);

/// Adds --config to a subcommand.
void add_config_flag(CLI::App& command, std::string& path);
/// Adds -o/--output; `value` is "table", "json" or whatever else is allowed. Empty: by what standard output is.
void add_output_flag(CLI::App& command, std::string& value, const std::string& text_word = "table");
/// The same with a closed list of formats, the first of which is what a terminal gets.
void add_format_flag(CLI::App& command, std::string& value, const std::vector<std::string>& formats);
/// JSON is asked for, or nothing is and standard output is no terminal.
bool wants_json(const std::string& output);

}  // namespace cmd
