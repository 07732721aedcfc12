// What is worth a line between two snapshots besides the changes themselves: tries that failed, and when the next is.
// Pure but for what it remembers of lines already said, so that a portal that is down for a week is not a week of lines.
#pragma once

#include <map>
#include <string>
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

LogLine line_for(const reconcile::Change& change);

}  // namespace cmd
