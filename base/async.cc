// Sleeping on the loop, and work that rests; everything else in async.h is a template.
#include "base/async.h"

#include <algorithm>
#include <asio/experimental/as_tuple.hpp>

namespace base {

Task<void> sleep_for(Duration duration) {
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  asio::steady_timer timer(loop, duration);
  // The error code (expired or cancelled) is of no interest: both mean "go on".
  co_await timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

Duration rest_after(Duration cost) {
  constexpr Duration kFree = std::chrono::milliseconds(1);
  constexpr Duration kLongest = std::chrono::milliseconds(500);
  return cost < kFree ? Duration::zero() : std::min(4 * cost, kLongest);
}

struct PacedWork::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor loop, std::function<TimePoint()> work_) : work(std::move(work_)), timer(std::move(loop)) {}

  void run() {
    raised = false;
    runs_at = wanted_by = kNever;
    running = true;
    const TimePoint began = Clock::now();
    const TimePoint due = work();
    const TimePoint ended = Clock::now();
    running = false;
    rested_at = ended + rest_after(ended - began);
    // Work that is due at once still lets events in.
    const TimePoint earliest = std::max(rested_at, ended + std::chrono::milliseconds(1));
    const TimePoint next = std::min(due, wanted_by);
    if (raised) run_at(rested_at);
    else if (next != kNever) run_at(std::max(next, earliest));
  }

  void run_at(TimePoint when) {
    runs_at = when;
    timer.expires_at(when);
    timer.async_wait([weak = weak_from_this()](const asio::error_code& error) {
      if (const std::shared_ptr<State> state = weak.lock(); state && !error) state->run();
    });
  }

  std::function<TimePoint()> work;
  asio::steady_timer timer;
  TimePoint rested_at{};
  TimePoint runs_at{kNever};    ///< what the timer is set to
  TimePoint wanted_by{kNever};  ///< raise_by's, until the next run
  bool raised{false};
  bool running{false};
};

PacedWork::PacedWork(asio::any_io_executor loop, std::function<TimePoint()> work)
    : state_(std::make_shared<State>(std::move(loop), std::move(work))) {}

PacedWork::~PacedWork() = default;

void PacedWork::raise() {
  if (std::exchange(state_->raised, true) || state_->running) return;
  state_->run_at(state_->rested_at);
}

void PacedWork::raise_by(TimePoint when) {
  state_->wanted_by = std::min(state_->wanted_by, when);
  if (state_->raised || state_->running || state_->runs_at <= when) return;
  state_->run_at(std::max(when, state_->rested_at));
}

void PacedWork::cancel() {
  state_->raised = false;
  state_->wanted_by = state_->runs_at = kNever;
  state_->timer.cancel();
}

}  // namespace base
