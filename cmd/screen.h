// Showing a text again and again: in place on a terminal, one after another elsewhere. Knows the terminal's size and gives
// the terminal back as it was, also when a signal ends it.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cmd {

/// What is asked again and again waits no longer than this for an answer: an agent of this host answers in milliseconds,
/// and Ctrl-C waits as long.
inline constexpr std::chrono::seconds kPollPatience{1};
/// --interval: 100ms to 24h, since each answer costs the agent a rendering. The error names the flag and has `example`.
base::Result<std::chrono::milliseconds> parse_interval(const std::string& text, const std::string& example);

/// SIGINT, SIGTERM and SIGHUP as an answer, not as an end in the middle of a line. They stay blocked: the process ends soon.
class EndingSignals {
 public:
  EndingSignals();
  /// False when one came before `period` was over.
  bool none_within(std::chrono::milliseconds period) const;
};

class Screen {
 public:
  /// Takes over the terminal, if standard output is one.
  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// False once standard output can't be written any more.
  bool show(const std::string& text);
  /// False when a signal asked for the end before that.
  bool wait(std::chrono::milliseconds period) const { return signals_.none_within(period); }

 private:
  const EndingSignals signals_{};
  const bool terminal_;
};

/// The first `rows` lines at most; the last of them says how many more there are. `rows` 0: all.
std::string first_lines(std::string_view text, std::size_t rows);

}  // namespace cmd
