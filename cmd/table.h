// Columns of text for terminals: widths from the content, escapes only when colour is wanted. Pure.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cmd {

enum class Tint : std::uint8_t { kNone, kGood, kWarn, kBad, kFaint, kBold };

struct Cell {
  std::string text{};  ///< printable ASCII; made so on output
  Tint tint{Tint::kNone};
};

class Table {
 public:
  explicit Table(int indent = 0) : indent_(indent) {}
  void row(std::vector<Cell> cells) { rows_.push_back(std::move(cells)); }
  /// A line of its own below the row before it, four columns in; widens no column.
  void note(Cell cell) { rows_.push_back({std::move(cell)}); notes_.insert(rows_.size() - 1); }
  bool empty() const { return rows_.empty(); }
  /// Two spaces between columns, none after the last; lines end with LF.
  std::string text(bool colour) const;

 private:
  int indent_;
  std::vector<std::vector<Cell>> rows_{};
  std::set<std::size_t> notes_{};
};

std::string tinted(std::string_view text, Tint tint, bool colour);

/// Standard output is a terminal.
bool output_is_terminal();
/// It is, and neither NO_COLOR is set nor TERM is "dumb".
bool output_wants_colour();

}  // namespace cmd
