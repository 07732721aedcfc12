// The alternate screen: what stood in the terminal before is there again afterwards.
#include "cmd/screen.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <iostream>

#include "base/time.h"
#include "cmd/table.h"

namespace cmd {
namespace {

// xterm's control sequences: alternate screen, no cursor, no wrapping; and back.
constexpr const char* kTake = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr const char* kGiveBack = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr const char* kFromTheTop = "\x1b[H\x1b[2J";

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, number);
  return set;
}

std::size_t terminal_rows() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_row : 0;
}

}  // namespace

base::Result<std::chrono::milliseconds> parse_interval(const std::string& text, const std::string& example) {
  constexpr std::chrono::milliseconds kShortest{100};
  constexpr std::chrono::hours kLongest{24};
  const base::Result<base::Duration> interval = base::parse_duration(text);
  if (!interval || *interval < kShortest || *interval > kLongest) {
    return base::fail(base::ErrorKind::kInvalid, "--interval " + text + ": a duration from 100ms to 24h, like " + example);
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(*interval);
}

EndingSignals::EndingSignals() {
  const sigset_t set = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

bool EndingSignals::none_within(std::chrono::milliseconds period) const {
  const sigset_t set = ending_signals();
  const timespec limit{period.count() / 1000, period.count() % 1000 * 1'000'000};
  return ::sigtimedwait(&set, nullptr, &limit) < 0;
}

Screen::Screen() : terminal_(output_is_terminal()) {
  if (terminal_) std::cout << kTake << std::flush;
}

Screen::~Screen() {
  if (terminal_) std::cout << kGiveBack << std::flush;
}

bool Screen::show(const std::string& text) {
  if (terminal_) std::cout << kFromTheTop << first_lines(text, terminal_rows());
  else std::cout << text;
  std::cout << std::flush;
  return static_cast<bool>(std::cout);
}

std::string first_lines(std::string_view text, std::size_t rows) {
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (rows == 0 || lines <= rows) {
    // The last line end would scroll a full screen.
    if (rows != 0 && lines == rows && text.ends_with('\n')) text.remove_suffix(1);
    return std::string(text);
  }
  std::size_t end = 0;
  for (std::size_t line = 0; line + 1 < rows; ++line) end = text.find('\n', end) + 1;
  return std::string(text.substr(0, end)) + "... " + std::to_string(lines - rows + 1) + " more lines";
}

}  // namespace cmd
