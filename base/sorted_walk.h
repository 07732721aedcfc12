// Looks up ascending keys in something sorted: one walk along both, where a search for each would cost more.
#pragma once

#include <compare>
#include <functional>
#include <ranges>
#include <utility>

namespace base {

/// For maps: SortedWalk(map, key_of).
inline constexpr auto key_of = [](const auto& entry) -> const auto& { return entry.first; };

/// `range` is sorted by `projection`, outlives this and is not changed meanwhile.
template <std::ranges::forward_range Range, class Projection = std::identity>
class SortedWalk {
 public:
  explicit SortedWalk(const Range& range, Projection projection = {})
      : next_(std::ranges::begin(range)), end_(std::ranges::end(range)), projection_(projection) {}

  /// The first element with this key, or null. No key may be less than the one asked for before.
  template <class Key>
  auto at(const Key& key) -> decltype(&*std::declval<std::ranges::iterator_t<const Range>>()) {
    for (; next_ != end_; ++next_) {
      const auto order = std::invoke(projection_, *next_) <=> key;
      if (order < 0) continue;
      return order == 0 ? &*next_ : nullptr;
    }
    return nullptr;
  }

 private:
  std::ranges::iterator_t<const Range> next_;
  std::ranges::sentinel_t<const Range> end_;
  [[no_unique_address]] Projection projection_;
};

}  // namespace base
