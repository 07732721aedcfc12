// The agent's settings as one table: the YAML file, the DC_ environment variables and the error messages all
// follow it, and docs/configuration.md lists it (a test compares the two).
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "config/agent_config.h"

namespace config {

enum class KeyShape : std::uint8_t { kScalar, kList, kSecret, kIgnored };

struct AgentKey {
  std::string_view path;     ///< "logging.maxAge"; compared without regard to case
  KeyShape shape;            ///< kIgnored: known from the seed, without effect
  std::string_view expects;  ///< completes "… is not": "a whole number from 0 to 65535"; for kIgnored why
  /// False where `text` is not what `expects` says; `config` is untouched then. A list comes joined by
  /// commas.
  bool (*set)(AgentConfig& config, std::string_view text);
};

std::span<const AgentKey> agent_keys();
/// "DC_LOGGING_MAXAGE".
std::string environment_name(std::string_view path);

}  // namespace config
