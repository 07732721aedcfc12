// One option a key; the texts go to the table's own parsers, so that flags are checked and explained like the file.
#include "cmd/settings_flags.h"

#include <CLI/CLI.hpp>

#include "config/agent_keys.h"

namespace cmd {
namespace {

/// The seed's three short options of `serve`.
std::string short_name(std::string_view path) {
  if (path == "autoDetectEntries.enabled") return "-e,";
  if (path == "autoDetectEntries.filename") return "-f,";
  if (path == "autoDetectEntries.discoveryServicePort") return "-p,";
  return {};
}

}  // namespace

void add_settings_flags(CLI::App& command, SettingsFlags& flags) {
  for (const config::AgentKey& key : config::agent_keys()) {
    if (key.shape == config::KeyShape::kSecret) continue;
    const std::string path(key.path);
    const std::string names = short_name(path) + "--" + path;
    const std::string about = (key.shape == config::KeyShape::kIgnored ? "No effect: " : "") + std::string(key.expects);
    CLI::Option* option = nullptr;
    if (key.expects.starts_with("true or false")) {
      option = command.add_flag_function(names, [&flags, path](std::int64_t count) { flags[path] = count > 0 ? "true" : "false"; }, about);
    } else {
      option = command.add_option_function<std::string>(names, [&flags, path](const std::string& text) { flags[path] = text; }, about)
                   ->type_name("VALUE");
    }
    option->ignore_case()->group("Settings (as in the file, which they override)")->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  }
}

}  // namespace cmd
