// What is worth a line: changes, and tries that failed with the time of the next. Pure but for what it remembers of lines
// already said, so that a portal that is down for a week is not a week of lines.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cmd/logging.h"
#include "reconcile/status.h"

namespace cmd {

struct LogLine {
  LogLevel level{LogLevel::kInfo};
  std::string message{};
  Fields fields{};
};

class FailureLog {
 public:
  /// A warning for the first failure in a row, for another error than before and for each power of two; else debug.
  std::vector<LogLine> lines_for(const reconcile::Status& status);

 private:
  struct Said {
    int failures{0};
    std::string error{};
  };
  void consider(std::vector<LogLine>& out, const std::string& key, std::string_view message, const reconcile::Attempt& attempt,
                const std::optional<reconcile::Hold>& hold, base::TimePoint now);
  std::map<std::string, Said> said_{};
};

/// One line a change; more than kBurst of one thing within kWindow are counted, and the last of them is said when the
/// window is over, with the count. So a log is never more than a window behind, and a path that flaps all night is
/// five lines a minute.
class ChangeLog {
 public:
  static constexpr int kBurst = 4;  // lost, reconnecting, live and once more: an ordinary outage is said in full
  static constexpr base::Duration kWindow = std::chrono::minutes(1);

  std::optional<LogLine> line_for(const reconcile::Change& change, base::TimePoint now);
  /// Of windows that are over: the last change each, with `suppressed`. Call about once a second.
  std::vector<LogLine> due(base::TimePoint now);

 private:
  struct Window {
    base::TimePoint began{};
    int said{0};
    int suppressed{0};
    reconcile::Change last{};  ///< only where suppressed
  };
  std::map<std::pair<reconcile::ChangeKind, std::string>, Window> windows_{};
};

}  // namespace cmd
