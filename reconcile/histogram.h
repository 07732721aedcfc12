// How often something took how long, in fixed buckets: a value without allocations, for snapshots.
#pragma once

#include <array>
#include <cstdint>

#include "base/time.h"

namespace reconcile {

/// `kBounds`: upper ends of the buckets, ascending; the last bucket has none.
template <const auto& kBounds>
struct Histogram {
  std::array<std::uint64_t, kBounds.size() + 1> counts{};  ///< each bucket by itself
  base::Duration sum{};

  void observe(base::Duration took) {
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && took > kBounds[bucket]) ++bucket;
    ++counts[bucket];
    sum += took;
  }
};

namespace bounds {
using namespace std::chrono_literals;
/// A pass over 10 paths takes 20 us, over 10,000 some 100 ms.
inline constexpr std::array<base::Duration, 11> kPass{100us, 250us, 500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 100ms, 250ms};
/// A connect takes 10 ms to 0.3 s; 3 s where packets are swallowed; 60 s where the target says nothing any more.
inline constexpr std::array<base::Duration, 11> kConnect{10ms, 25ms, 50ms, 100ms, 250ms, 500ms, 1s, 2500ms, 5s, 10s, 60s};
}  // namespace bounds

}  // namespace reconcile
