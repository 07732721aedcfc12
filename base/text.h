// Small questions about text that several rooms ask.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base {

/// Without white space (and NUL) at both ends.
std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
/// Decimal digits only (after one '-' where `low` is negative), the whole text, within [low, high].
std::optional<std::int64_t> parse_int(std::string_view text, std::int64_t low, std::int64_t high);
/// The candidate with the fewest edits from `word`, if few enough to be a typing error; else nothing.
std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates);
/// For people and logs: control and non-ASCII bytes become \xNN, the rest stays; at most `limit` bytes are shown.
std::string printable(std::string_view text, std::size_t limit = 256);

}  // namespace base
