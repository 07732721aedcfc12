// What the subcommands share.
#include "cmd/commands.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "cmd/table.h"

namespace cmd {

std::optional<std::string> process_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

base::Result<config::LoadedConfig> load_settings(const std::string& path, const config::Flags& flags) {
  const config::Environment environment = process_environment;
  if (!path.empty()) return config::load_agent_config(path, true, environment, flags);
  for (const char* place : {kDefaultConfigFile, kOtherConfigFile}) {
    if (::access(place, F_OK) == 0) return config::load_agent_config(place, false, environment, flags);
  }
  // A host without such a file runs on defaults and environment; that is nothing to warn of.
  return config::parse_agent_config("", kDefaultConfigFile, environment, flags);
}

int complain(const std::string& message) {
  std::cerr << "discovery-client: " << message << '\n';
  return 1;
}

int complain(const base::Error& error) { return complain(error.message); }

void add_config_flag(CLI::App& command, std::string& path) {
  command.add_option("--config", path, std::string("Settings of the agent (default: ") + kDefaultConfigFile + " if it is there)")->type_name("FILE");
}

void add_output_flag(CLI::App& command, std::string& value, const std::string& text_word) {
  add_format_flag(command, value, {text_word, "json"});
}

void add_format_flag(CLI::App& command, std::string& value, const std::vector<std::string>& formats) {
  std::string words;
  for (const std::string& format : formats) words += (words.empty() ? "" : format == formats.back() ? " or " : ", ") + format;
  command.add_option("-o,--output", value, words + " (default: " + formats.front() + " on a terminal, else json)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(formats));
}

bool wants_json(const std::string& output) { return output == "json" || (output.empty() && !output_is_terminal()); }

}  // namespace cmd
