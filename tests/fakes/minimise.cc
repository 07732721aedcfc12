// Zeller's ddmin without the complements that are subsets: halves first, then ever smaller chunks, until no line can go.
#include "tests/fakes/minimise.h"

#include <algorithm>
#include <chrono>

#include "base/time.h"

namespace fakes {

namespace {

using namespace std::chrono_literals;

Lines without(const Lines& lines, std::size_t first, std::size_t count) {
  Lines out = lines;
  const auto from = out.begin() + static_cast<std::ptrdiff_t>(first);
  out.erase(from, from + static_cast<std::ptrdiff_t>(count));
  return out;
}

/// One round over all chunks of that size; says whether any could go.
bool drop_chunks(Lines& lines, std::size_t keep, std::size_t size, const std::function<bool(const Lines&)>& fails) {
  bool dropped = false;
  std::size_t at = 0;
  while (at + keep < lines.size()) {
    const std::size_t count = std::min(size, lines.size() - keep - at);
    Lines fewer = without(lines, at, count);
    if (fails(fewer)) {
      lines = std::move(fewer);
      dropped = true;
    } else {
      at += count;
    }
  }
  return dropped;
}

/// Round numbers first: they are what a person would write.
void shorten_waits(Lines& lines, std::size_t keep, const std::function<bool(const Lines&)>& fails) {
  constexpr base::Duration kRound[] = {1ms, 10ms, 100ms, 1s, 2s, 5s, 10s, 20s, 30s, 1min, 2min, 5min, 10min};
  for (std::size_t i = 0; i + keep < lines.size(); ++i) {
    if (!lines[i].starts_with("run ")) continue;
    const base::Result<base::Duration> wait = base::parse_duration(lines[i].substr(4));
    if (!wait) continue;
    for (const base::Duration shorter : kRound) {
      if (shorter >= *wait) break;
      Lines with = lines;
      with[i] = "run " + base::to_string(shorter);
      if (!fails(with)) continue;
      lines = std::move(with);
      break;
    }
  }
}

}  // namespace

Lines minimise(Lines lines, std::size_t keep, const std::function<bool(const Lines&)>& fails) {
  bool again = true;
  while (again) {
    const Lines before = lines;
    for (std::size_t size = std::max<std::size_t>(lines.size() / 2, 1); size > 0; size /= 2) {
      while (drop_chunks(lines, keep, size, fails) && size == 1) {
      }
    }
    shorten_waits(lines, keep, fails);
    again = lines != before;
  }
  return lines;
}

}  // namespace fakes
