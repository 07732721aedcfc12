// The words for time. Decisions take a TimePoint as an argument; only shells ask a clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace base {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;
using Duration = Clock::duration;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// "Never", for wake-ups and deadlines.
inline constexpr TimePoint kNever = TimePoint::max();

/// Go's duration syntax as the seed's YAML has it: "5s", "96h", "1h30m", "1.5s", "250ms", "0"; signs allowed.
/// kInvalid names the text.
Result<Duration> parse_duration(std::string_view text);
/// Shortest form of the same syntax: "1h30m", "250ms", "0s".
std::string to_string(Duration duration);
/// RFC 3339 in UTC with milliseconds.
std::string to_string(WallTime time);
WallTime wall_now();

}  // namespace base
