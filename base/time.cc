// Durations and wall-clock times as text. Asks the clock only in wall_now().
#include "base/time.h"

#include <array>
#include <cstdio>
#include <limits>
#include <optional>

#include "base/text.h"

namespace base {
namespace {

constexpr std::uint64_t kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

struct Unit {
  std::string_view name;
  std::uint64_t nanoseconds;
};
// "m" comes after "ms": the first name that fits is taken.
constexpr std::array<Unit, 8> kUnits{{{"ns", 1},
                                      {"us", 1'000},
                                      {"\u00b5s", 1'000},
                                      {"\u03bcs", 1'000},
                                      {"ms", 1'000'000},
                                      {"s", 1'000'000'000},
                                      {"m", 60'000'000'000},
                                      {"h", 3'600'000'000'000}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<Unit> take_unit(std::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit;
  }
  return std::nullopt;
}

/// One "12.5ms" from the front, in nanoseconds; nothing where it isn't one or does not fit.
std::optional<std::uint64_t> take_part(std::string_view& text) {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  std::uint64_t scale = 1;
  bool digits = false;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
    digits = true;
    if (whole > kMost / 10) return std::nullopt;
    whole = whole * 10 + static_cast<std::uint64_t>(text.front() - '0');
  }
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
      digits = true;
      if (scale > 100'000'000'000'000) continue;  // below a nanosecond even for hours
      fraction = fraction * 10 + static_cast<std::uint64_t>(text.front() - '0');
      scale *= 10;
    }
  }
  if (!digits) return std::nullopt;
  const std::optional<Unit> unit = take_unit(text);
  if (!unit || whole > kMost / unit->nanoseconds) return std::nullopt;
  const double share = static_cast<double>(fraction) * (static_cast<double>(unit->nanoseconds) / static_cast<double>(scale));
  const std::uint64_t sum = whole * unit->nanoseconds + static_cast<std::uint64_t>(share + 0.5);
  if (sum > kMost) return std::nullopt;
  return sum;
}

/// "1.5" for 1500 in thousandths: no trailing zeros.
std::string with_fraction(std::uint64_t value, std::uint64_t one) {
  std::string text = std::to_string(value / one);
  if (std::uint64_t rest = value % one; rest != 0) {
    std::string digits = std::to_string(one + rest).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    text.append(".").append(digits);
  }
  return text;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
    negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  if (rest == "0") return Duration::zero();
  std::uint64_t sum = 0;
  bool good = !rest.empty();
  while (good && !rest.empty()) {
    const std::optional<std::uint64_t> part = take_part(rest);
    good = part.has_value() && *part <= kMost - sum;
    if (good) sum += *part;
  }
  if (!good) {
    return fail(ErrorKind::kInvalid,
                "\"" + printable(text, 64) + "\" is no duration; write a number with a unit, like 5s, 250ms or 1h30m");
  }
  const auto count = static_cast<Duration::rep>(sum);
  return Duration(negative ? -count : count);
}

std::string to_string(Duration duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  const std::uint64_t size = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  std::string text = count < 0 ? "-" : "";
  if (size < 1'000) return text + std::to_string(size) + "ns";
  if (size < 1'000'000) return text + with_fraction(size, 1'000) + "us";
  if (size < 1'000'000'000) return text + with_fraction(size, 1'000'000) + "ms";
  const std::uint64_t hours = size / 3'600'000'000'000;
  const std::uint64_t minutes = size / 60'000'000'000 % 60;
  const std::uint64_t rest = size % 60'000'000'000;
  if (hours != 0) text += std::to_string(hours) + "h";
  if (minutes != 0) text += std::to_string(minutes) + "m";
  if (rest != 0) text += with_fraction(rest, 1'000'000'000) + "s";
  return text;
}

std::string to_string(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 48> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
      static_cast<int>(clock.subseconds().count()));
  return std::string(text.data(), static_cast<std::size_t>(length));
}

WallTime wall_now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

}  // namespace base
