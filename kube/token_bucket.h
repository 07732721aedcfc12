// How much may be sent how fast: a burst, then one every so often. Pure: time is an argument.
#pragma once

#include <algorithm>

#include "base/time.h"

namespace kube {

class TokenBucket {
 public:
  /// Full at first. `refill` is the time that one token takes.
  TokenBucket(int burst, base::Duration refill) : burst_(burst), refill_(refill), tokens_(burst) {}

  /// When a token is there, `now` or later.
  base::TimePoint next(base::TimePoint now) const {
    if (tokens_ > 0 || now >= filled_at_ + refill_) return now;
    return filled_at_ + refill_;
  }
  /// Takes one; only when next(now) is `now`.
  void take(base::TimePoint now) {
    const auto whole = std::min<base::Duration::rep>((now - filled_at_) / refill_, burst_);
    tokens_ = std::min<base::Duration::rep>(tokens_ + whole, burst_);
    filled_at_ = tokens_ == burst_ ? now : filled_at_ + whole * refill_;
    --tokens_;
  }

 private:
  base::Duration::rep burst_;
  base::Duration refill_;
  base::Duration::rep tokens_;
  base::TimePoint filled_at_{};
};

}  // namespace kube
