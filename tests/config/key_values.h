// For each setting what tests of precedence put into a flag, the environment and the file: neighbours differ, and the file's is
// not the default. A key that is missing here fails them.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "config/agent_keys.h"

namespace config_test {

struct KeyValues {
  std::string flag{};  ///< empty: it has none (a secret)
  std::string environment{};
  std::string file{};
  std::string with{};  ///< lines that the file needs beside it
};

/// Empty texts for a key that nobody thought of.
inline KeyValues values_of(const config::AgentKey& key) {
  if (key.expects == "a path") return {"/a", "/b", "/c"};
  if (key.expects.starts_with("true or false") || key.expects.starts_with("on or off")) {
    config::AgentConfig config{};
    key.set(config, "true");
    const bool is_default = config == config::AgentConfig{};
    return is_default ? KeyValues{"false", "yes", "off"} : KeyValues{"true", "no", "on"};
  }
  static const std::map<std::string_view, KeyValues> kValues{
      {"cores", {"1", "2,3", "[4, 5]"}},
      {"clientConfigDir", {"/a", "/b,/c", "[/d, /e]"}},
      {"reconnectInterval", {"2s", "3s", "1m4s"}},
      {"maxRetryInterval", {"2m", "3m", "1h4m"}},
      {"resyncInterval", {"2m", "3m", "4m"}},
      {"logRefreshInterval", {"2m", "3m", "4m"}},
      {"configSettle", {"2s", "3s", "0"}},
      {"discoveryKato", {"2s", "3s", "4s"}},
      {"maxLogEntries", {"2", "3", "4"}},
      {"sessionsPerGroup", {"2", "3", "4"}},
      {"referralPolicy", {"authoritative", "keep", "Authoritative"}},
      {"logging.format", {"json", "text", "JSON"}},
      {"maxIOQueues", {"2", "3", "4"}},
      {"kato", {"2", "3", "0"}},
      {"ctrlLossTMO", {"2", "3", "-1"}},
      {"auxSuffix", {"a", "b", "c"}},
      {"dhChapSecret", {"", "DHHC-1:00:b:", "DHHC-1:00:c:"}},
      {"dhChapCtrlSecret", {"", "DHHC-1:00:b:", "DHHC-1:00:c:", "dhChapSecret: 'DHHC-1:00:d:'\n"}},
      {"preflightTimeout", {"2s", "3s", "4s"}},
      {"logging.filename", {"/a", "/b", "/c"}},
      {"logging.maxAge", {"2h", "3h", "0"}},
      {"logging.maxSize", {"2", "3", "4"}},
      {"logging.level", {"debug", "error", "fatal"}},
      {"debug.endpoint", {"127.0.0.1:1", "127.0.0.1:2", "[::1]:3"}},
      {"autoDetectEntries.filename", {"a", "b", "c"}},
      {"autoDetectEntries.discoveryServicePort", {"2", "3", "4"}},
  };
  const auto found = kValues.find(key.path);
  return found == kValues.end() ? KeyValues{} : found->second;
}

/// "logging:\n  maxAge: '2h'\n".
inline std::string yaml_line(std::string_view path, const std::string& value) {
  const std::size_t dot = path.find('.');
  const std::string text = value.ends_with(']') ? value : "'" + value + "'";
  if (dot == std::string_view::npos) return std::string(path) + ": " + text + "\n";
  return std::string(path.substr(0, dot)) + ":\n  " + std::string(path.substr(dot + 1)) + ": " + text + "\n";
}

}  // namespace config_test
