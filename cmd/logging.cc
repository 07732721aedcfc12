// spdlog behind four functions; nothing else of the tree knows it.
#include "cmd/logging.h"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <nlohmann/json.hpp>
#include <mutex>
#include <utility>

#include "base/text.h"
#include "cmd/rotating_log.h"

namespace cmd {
namespace {

constexpr std::size_t kValueLimit = 2048;  // an option string or a sentence; more is noise

std::string quoted_if_needed(std::string_view value) {
  const std::string text = base::printable(value, kValueLimit);
  if (!text.empty() && text.find_first_of(" \"=\\") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '\\';
    out += c;
  }
  return out + '"';
}

/// spdlog's side of RotatingLog. A line that can't be written is lost: there is nowhere to say so.
class RotatingSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit RotatingSink(std::unique_ptr<RotatingLog> log) : log_(std::move(log)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    (void)log_->write(std::string_view(line.data(), line.size()), base::wall_now());
  }
  void flush_() override {}

  std::unique_ptr<RotatingLog> log_;
};

bool level_of(std::string_view name, spdlog::level::level_enum& out) {
  constexpr std::array<std::pair<std::string_view, spdlog::level::level_enum>, 6> kLevels{{
      {"debug", spdlog::level::debug}, {"info", spdlog::level::info}, {"warn", spdlog::level::warn},
      {"warning", spdlog::level::warn}, {"error", spdlog::level::err}, {"fatal", spdlog::level::critical}}};
  for (const auto& [text, level] : kLevels) {
    if (text != name) continue;
    out = level;
    return true;
  }
  return false;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::err;
}

const char* level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warning";
    case LogLevel::kError: return "error";
  }
  return "error";
}

/// As every line is written from now on.
struct Shape {
  bool json{false};
  bool caller{true};
};
Shape shape;

std::string place(const std::source_location& where) {
  const std::string_view file(where.file_name());
  return std::string(file.substr(file.rfind('/') + 1)) + ":" + std::to_string(where.line());
}

}  // namespace

std::string log_json(base::WallTime at, LogLevel level, std::string_view message, const Fields& fields, std::string_view caller) {
  nlohmann::ordered_json line = nlohmann::ordered_json::object();
  line["time"] = base::to_string(at);
  line["level"] = level_name(level);
  line["message"] = message.substr(0, kValueLimit);
  if (!caller.empty()) line["caller"] = caller;
  line["fields"] = nlohmann::ordered_json::object();
  for (const Field& field : fields) line["fields"][field.key] = field.value.substr(0, kValueLimit);
  return line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool logs_json() { return shape.json; }

std::string log_text(std::string_view message, const Fields& fields) {
  std::string out = base::printable(message, kValueLimit);
  for (const Field& field : fields) {
    out += ' ';
    out += field.key;
    out += '=';
    out += quoted_if_needed(field.value);
  }
  return out;
}

base::Result<void> set_up_logging(const config::LoggingConfig& config) {
  spdlog::level::level_enum level = spdlog::level::info;
  if (!level_of(base::to_lower(config.level), level)) {
    return base::fail(base::ErrorKind::kInvalid, "logging.level \"" + base::printable(config.level) +
                                                     "\" is none of debug, info, warn, warning, error, fatal");
  }
  std::vector<spdlog::sink_ptr> sinks{std::make_shared<spdlog::sinks::stderr_sink_mt>()};
  base::Result<void> file_opened{};
  if (!config.filename.empty()) {
    const std::uint64_t bytes = static_cast<std::uint64_t>(config.max_size) << 20;
    auto log = RotatingLog::open({.filename = config.filename, .max_bytes = bytes, .max_age = config.max_age}, base::wall_now());
    if (log) sinks.push_back(std::make_shared<RotatingSink>(std::move(*log)));
    else file_opened = base::Failure(base::Error(log.error()).with_context("logging.filename"));
  }
  auto logger = std::make_shared<spdlog::logger>("discovery-client", sinks.begin(), sinks.end());
  logger->set_level(level);
  shape = {config.json, config.report_caller};
  if (config.json) logger->set_pattern("%v");
  else logger->set_pattern(config.report_caller ? "%Y-%m-%dT%H:%M:%S.%e%z %l %v (%s:%#)" : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
  logger->flush_on(spdlog::level::debug);
  spdlog::set_default_logger(std::move(logger));
  return file_opened;
}

void flush_logs() { spdlog::default_logger_raw()->flush(); }

void log(LogLevel level, std::string_view message, const Fields& fields, std::source_location where) {
  spdlog::logger* logger = spdlog::default_logger_raw();
  const auto wanted = spdlog_level(level);
  if (!logger->should_log(wanted)) return;
  if (shape.json) {
    const std::string line = log_json(base::wall_now(), level, message, fields, shape.caller ? place(where) : std::string());
    logger->log(wanted, spdlog::string_view_t(line));
    return;
  }
  const spdlog::source_loc caller(where.file_name(), static_cast<int>(where.line()), where.function_name());
  logger->log(caller, wanted, spdlog::string_view_t(log_text(message, fields)));
}

}  // namespace cmd
