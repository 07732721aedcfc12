// How long to wait after the nth failure in a row. Pure: the random number is an argument.
#pragma once

#include "base/time.h"

namespace base {

struct BackoffPolicy {
  Duration initial{std::chrono::seconds{1}};   ///< after the first failure
  Duration ceiling{std::chrono::seconds{60}};  ///< never longer than this
  double jitter{0.2};                          ///< ± this share of the delay, in [0, 1)
};

/// Doubles from `initial` up to `ceiling`, then spreads by jitter. `failures` >= 1; `unit` in [0, 1).
Duration backoff_delay(const BackoffPolicy& policy, int failures, double unit);

/// `period` spread by ± `share`; `unit` in [0, 1).
Duration jittered(Duration period, double share, double unit);

/// Any moment of `period` alike; `unit` in [0, 1).
Duration spread(Duration period, double unit);

/// A seeded source of numbers in [0, 1); the one place where chance comes from. Not thread-safe.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  double unit();

 private:
  std::uint64_t state_;  // splitmix64
};

}  // namespace base
