// Constant messages; everything that varies is a field.
#include "cmd/change_log.h"

#include <bit>
#include <set>

namespace cmd {

using reconcile::PathState;

namespace {

LogLine line_of(const reconcile::Change& change) {
  LogLine line;
  line.message = "changed";
  line.fields = {kv("kind", to_string(change.kind)), kv("subject", change.subject), kv("before", change.before), kv("after", change.after)};
  if (!change.cause.empty()) line.fields.push_back(kv("cause", change.cause));
  return line;
}

}  // namespace

std::optional<LogLine> ChangeLog::line_for(const reconcile::Change& change, base::TimePoint now) {
  Window& window = windows_.try_emplace({change.kind, change.subject}, Window{now, 0, 0, {}}).first->second;
  if (window.said < kBurst) {
    ++window.said;
    return line_of(change);
  }
  ++window.suppressed;
  window.last = change;
  return std::nullopt;
}

std::vector<LogLine> ChangeLog::due(base::TimePoint now) {
  std::vector<LogLine> out;
  for (auto it = windows_.begin(); it != windows_.end();) {
    Window& window = it->second;
    const bool over = now - window.began >= kWindow;
    if (over && window.suppressed == 0) {
      it = windows_.erase(it);
      continue;
    }
    if (over) {
      LogLine line = line_of(window.last);
      line.fields.push_back(kv("suppressed", window.suppressed - 1));
      out.push_back(std::move(line));
      window = Window{now, kBurst, 0, {}};
    }
    ++it;
  }
  return out;
}

void FailureLog::consider(std::vector<LogLine>& out, const std::string& key, std::string_view message, const reconcile::Attempt& attempt,
                          const std::optional<reconcile::Hold>& hold, base::TimePoint now) {
  Said& said = said_[key];
  if (attempt.failures == said.failures || !attempt.last_error) {
    said.failures = attempt.failures;
    return;
  }
  const bool worth_a_warning = said.error != attempt.last_error->message || attempt.failures < said.failures ||
                               std::has_single_bit(static_cast<unsigned>(attempt.failures));
  LogLine line;
  line.level = worth_a_warning ? LogLevel::kWarn : LogLevel::kDebug;
  line.message = message;
  line.fields = {kv("what", key), kv("error", *attempt.last_error), kv("kind", to_string(attempt.last_error->kind)), kv("failures", attempt.failures)};
  const base::TimePoint next = hold && hold->until != base::kNever ? hold->until : attempt.not_before;
  if (next > now && next != base::kNever) {
    line.fields.push_back(kv("retry_in", base::Duration(std::chrono::duration_cast<std::chrono::milliseconds>(next - now))));
  }
  out.push_back(std::move(line));
  said = {attempt.failures, attempt.last_error->message};
}

std::vector<LogLine> FailureLog::lines_for(const reconcile::Status& status) {
  std::vector<LogLine> out;
  std::set<std::string> present;
  for (const auto& endpoint : status.endpoints) {
    if (endpoint.attempt.failures == 0) continue;
    const std::string key = "endpoint " + to_string(endpoint.id) + (endpoint.id.group.empty() ? "" : " of " + endpoint.id.group);
    present.insert(key);
    consider(out, key, "discovery failed", endpoint.attempt, endpoint.hold, status.now);
  }
  for (const auto& path : status.paths) {
    if (path.attempt.failures == 0) continue;
    const std::string key = "path " + to_string(*path.path);
    present.insert(key);
    consider(out, key, "connect failed", path.attempt, path.hold, status.now);
  }
  std::erase_if(said_, [&present](const auto& entry) { return !present.contains(entry.first); });
  return out;
}

}  // namespace cmd
