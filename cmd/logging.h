// One line per decision: a constant message, then key=value. To standard error and, if asked for, a rotating file.
// Refuses to print secrets (they have a type) and raw bytes (control and non-ASCII bytes are escaped). Used by one thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"
#include "config/agent_config.h"

namespace cmd {

struct Field {
  std::string key{};
  std::string value{};
};
inline Field kv(std::string_view key, std::string_view value) { return {std::string(key), std::string(value)}; }
inline Field kv(std::string_view key, const char* value) { return {std::string(key), value}; }
inline Field kv(std::string_view key, bool value) { return {std::string(key), value ? "true" : "false"}; }
template <std::integral T>
  requires(!std::same_as<T, bool>)
Field kv(std::string_view key, T value) { return {std::string(key), std::to_string(value)}; }
inline Field kv(std::string_view key, base::Duration value) { return {std::string(key), base::to_string(value)}; }
inline Field kv(std::string_view key, const base::Error& value) { return {std::string(key), value.message}; }
inline Field kv(std::string_view key, const base::Secret& value) { return {std::string(key), std::string(to_string(value))}; }

using Fields = std::vector<Field>;
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError };

/// `message key=value key="two words"`: what a line looks like after its time and level.
std::string log_text(std::string_view message, const Fields& fields);

/// The same as one JSON object, without a line end: time, level, message, caller (where it is not empty), fields. Bytes
/// that are not UTF-8 become U+FFFD. docs/logging.md.
std::string log_json(base::WallTime at, LogLevel level, std::string_view message, const Fields& fields, std::string_view caller);

/// Once, before the first line, and again on SIGHUP. kInvalid for an unknown level; a file that can't be opened is an
/// error naming it, and standard error goes on alone.
base::Result<void> set_up_logging(const config::LoggingConfig& config);
/// Whether lines are JSON now.
bool logs_json();
/// Writes out what is buffered: before _exit.
void flush_logs();

void log(LogLevel level, std::string_view message, const Fields& fields = {},
         std::source_location where = std::source_location::current());
inline void debug(std::string_view message, const Fields& fields = {},
                  std::source_location where = std::source_location::current()) { log(LogLevel::kDebug, message, fields, where); }
inline void info(std::string_view message, const Fields& fields = {},
                 std::source_location where = std::source_location::current()) { log(LogLevel::kInfo, message, fields, where); }
inline void warn(std::string_view message, const Fields& fields = {},
                 std::source_location where = std::source_location::current()) { log(LogLevel::kWarn, message, fields, where); }
inline void error(std::string_view message, const Fields& fields = {},
                  std::source_location where = std::source_location::current()) { log(LogLevel::kError, message, fields, where); }

}  // namespace cmd
