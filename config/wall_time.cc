// RFC 3339 from left to right, by fixed places.
#include "config/wall_time.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace config {
namespace {

// Four digits of the year must do, in UTC too.
constexpr base::WallTime kFirst = std::chrono::sys_days{std::chrono::year{0} / 1 / 1};
constexpr base::WallTime kEnd = std::chrono::sys_days{std::chrono::year{10000} / 1 / 1};

/// The number in `text[from, from + digits)`; -1 where it isn't one within 0..high.
int number_at(std::string_view text, std::size_t from, std::size_t digits, int high) {
  if (from + digits > text.size()) return -1;
  return static_cast<int>(base::parse_int(text.substr(from, digits), 0, high).value_or(-1));
}

/// "Z", "+02:00" or "-07:30", whole.
std::optional<std::chrono::minutes> offset_of(std::string_view text) {
  if (text == "Z" || text == "z") return std::chrono::minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  int hours = number_at(text, 1, 2, 23);
  int minutes = number_at(text, 4, 2, 59);
  if (hours < 0 || minutes < 0) return std::nullopt;
  std::chrono::minutes offset{hours * 60 + minutes};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::optional<base::WallTime> parse_rfc3339(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00T00:00:00";
  if (text.size() < kShape.size() + 1) return std::nullopt;
  for (std::size_t i : {4U, 7U, 13U, 16U})
    if (text[i] != kShape[i]) return std::nullopt;
  if (text[10] != 'T' && text[10] != 't') return std::nullopt;
  int year = number_at(text, 0, 4, 9999);
  int month = number_at(text, 5, 2, 12);
  int day = number_at(text, 8, 2, 31);
  int hour = number_at(text, 11, 2, 23);
  int minute = number_at(text, 14, 2, 59);
  int second = number_at(text, 17, 2, 60);  // 60: a leap second
  if (year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  text.remove_prefix(kShape.size());
  std::chrono::milliseconds fraction{0};
  if (text.starts_with('.')) {
    std::size_t digits = std::min(text.find_first_not_of("0123456789", 1), text.size()) - 1;
    if (digits == 0) return std::nullopt;
    constexpr int kScale[] = {100, 10, 1};
    for (std::size_t i = 0; i < 3 && i < digits; ++i)
      fraction += std::chrono::milliseconds{(text[i + 1] - '0') * kScale[i]};
    text.remove_prefix(1 + digits);
  }
  std::optional<std::chrono::minutes> offset = offset_of(text);
  if (!offset) return std::nullopt;
  const base::WallTime time = std::chrono::sys_days{date} + std::chrono::hours{hour} +
                              std::chrono::minutes{minute} + std::chrono::seconds{second} + fraction -
                              *offset;
  if (time < kFirst || time >= kEnd) return std::nullopt;
  return time;
}

}  // namespace config
