// Virtual time: things happen when they are due, in the order they were asked for. Nothing sleeps.
#pragma once

#include <functional>
#include <map>
#include <utility>

#include "base/time.h"

namespace fakes {

class Timeline {
 public:
  base::TimePoint now() const { return now_; }
  base::WallTime wall() const {
    return base::WallTime{} + std::chrono::hours(24 * 365 * 50) +
           std::chrono::duration_cast<std::chrono::milliseconds>(now_.time_since_epoch() + wall_ahead);
  }
  base::Duration wall_ahead{};  ///< somebody set the clock; monotonic time does not notice

  void after(base::Duration delay, std::function<void()> happen) {
    due_.emplace(std::pair(now_ + delay, ++sequence_), std::move(happen));
  }

  base::TimePoint next() const { return due_.empty() ? base::kNever : due_.begin()->first.first; }

  /// The earliest event that is due by `limit`; false where there is none.
  bool run_one(base::TimePoint limit) {
    if (due_.empty() || due_.begin()->first.first > limit) return false;
    auto node = due_.extract(due_.begin());
    now_ = std::max(now_, node.key().first);
    node.mapped()();
    return true;
  }
  void jump(base::TimePoint to) { now_ = std::max(now_, to); }

 private:
  base::TimePoint now_{std::chrono::hours(1)};  // not the epoch: that means "never" in several places
  std::uint64_t sequence_{0};
  std::map<std::pair<base::TimePoint, std::uint64_t>, std::function<void()>> due_{};
};

}  // namespace fakes
