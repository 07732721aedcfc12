// Part of a name is what people type most; a slip of the finger comes second.
#include "cmd/near.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace cmd {

std::vector<std::string> near(std::string_view word, const std::vector<std::string>& candidates, std::size_t limit) {
  std::vector<std::string> out;
  const std::string lower = base::to_lower(word);
  for (const std::string& candidate : candidates) {
    if (out.size() >= limit) return out;
    if (lower.size() >= 2 && base::to_lower(candidate).find(lower) != std::string::npos) out.push_back(candidate);
  }
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  const std::optional<std::string_view> typo = base::nearest(word, views);
  if (typo && out.size() < limit && std::ranges::find(out, *typo) == out.end()) out.emplace_back(*typo);
  return out;
}

std::string near_words(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> some = near(word, candidates, kShown);
  const bool any = !some.empty();
  if (!any) some.assign(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, candidates.size())));
  std::string out;
  for (const std::string& one : some) out += (out.empty() ? any ? "; did you mean " : "; there are " : ", ") + base::printable(one);
  if (out.empty()) return out;
  if (!any && candidates.size() > kShown) out += " and " + std::to_string(candidates.size() - kShown) + " more";
  return out + (any ? "?" : "");
}

}  // namespace cmd
