// `serve --<key>`: every setting of the file as a flag, from the same table. Flags come before environment, file and
// defaults. Secrets have no flag: a command line is no place for them.
#pragma once

#include <map>
#include <string>

namespace CLI {
class App;
}

namespace cmd {

/// By the key's path as agent_keys() spells it ("logging.maxAge"), the text as typed; only what was given.
using SettingsFlags = std::map<std::string, std::string>;

/// Adds `--logging.maxAge VALUE` and so on, found without regard to case; `--debug.metrics` alone means true,
/// `--debug.metrics=false` false. The seed's -e, -f and -p stand for the three autoDetectEntries keys.
void add_settings_flags(CLI::App& command, SettingsFlags& flags);

}  // namespace cmd
