// Delays after failures. Pure arithmetic in double nanoseconds; exact enough for waits.
#include "base/backoff.h"

#include <algorithm>
#include <cmath>

namespace base {

Duration jittered(Duration period, double share, double unit) {
  const double spread = 1.0 + share * (2.0 * unit - 1.0);
  return Duration(static_cast<Duration::rep>(std::llround(static_cast<double>(period.count()) * spread)));
}

Duration spread(Duration period, double unit) { return Duration(static_cast<Duration::rep>(static_cast<double>(period.count()) * unit)); }

Duration backoff_delay(const BackoffPolicy& policy, int failures, double unit) {
  const double doubled = std::ldexp(static_cast<double>(policy.initial.count()), std::clamp(failures - 1, 0, 62));
  // The middle stays that far under the ceiling that the spread reaches it: peers that all sit at the ceiling would
  // otherwise come back in step.
  const double middle = std::min(doubled, static_cast<double>(policy.ceiling.count()) / (1.0 + policy.jitter));
  const Duration delay = jittered(Duration(static_cast<Duration::rep>(middle)), policy.jitter, unit);
  return std::clamp(delay, Duration::zero(), policy.ceiling);
}

double Chance::unit() {
  state_ += 0x9E3779B97F4A7C15u;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

}  // namespace base
