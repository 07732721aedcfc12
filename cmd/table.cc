// Text arithmetic; the only place that knows an escape sequence.
#include "cmd/table.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace cmd {
namespace {

constexpr std::size_t kNoteIndent = 4;

}  // namespace

std::string tinted(std::string_view text, Tint tint, bool colour) {
  if (!colour || tint == Tint::kNone || text.empty()) return std::string(text);
  const char* code = "";
  switch (tint) {
    case Tint::kNone: break;
    case Tint::kGood: code = "\x1b[32m"; break;
    case Tint::kWarn: code = "\x1b[33m"; break;
    case Tint::kBad: code = "\x1b[31m"; break;
    case Tint::kFaint: code = "\x1b[2m"; break;
    case Tint::kBold: code = "\x1b[1m"; break;
  }
  return code + std::string(text) + "\x1b[0m";
}

std::string Table::text(bool colour) const {
  std::vector<std::size_t> widths;
  std::vector<std::vector<std::string>> shown;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    const auto& cells = rows_[r];
    auto& line = shown.emplace_back();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      line.push_back(base::printable(cells[i].text, 1024));
      if (notes_.contains(r)) continue;
      if (i == widths.size()) widths.push_back(0);
      if (i + 1 < cells.size()) widths[i] = std::max(widths[i], line.back().size());
    }
  }
  std::string out;
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    std::size_t last = shown[r].size();
    while (last > 0 && shown[r][last - 1].empty()) --last;
    out.append(static_cast<std::size_t>(indent_) + (notes_.contains(r) ? kNoteIndent : 0), ' ');
    for (std::size_t i = 0; i < last; ++i) {
      out += tinted(shown[r][i], rows_[r][i].tint, colour);
      if (i + 1 < last) out.append(widths[i] - std::min(widths[i], shown[r][i].size()) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

bool output_is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

bool output_wants_colour() {
  const char* none = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return output_is_terminal() && (none == nullptr || *none == '\0') && !(term != nullptr && std::string_view(term) == "dumb");
}

}  // namespace cmd
