// The few words for concurrency: a task, a deadline, work on another thread, a "look again" flag.
// The only file that may use asio's awaitable operators.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "base/error.h"
#include "base/time.h"

namespace base {

template <class T>
using Task = asio::awaitable<T>;

/// Sleeps on the loop; ends early (without an exception) when the coroutine is cancelled.
Task<void> sleep_for(Duration duration);

/// Runs `operation`, which returns (never throws) and lives on this loop; cancels it and returns kTimeout after
/// `limit`. The operation must answer to cancellation at once (asio operations with as_tuple do).
template <class T>
Task<Result<T>> with_deadline(Task<Result<T>> operation, Duration limit, std::string_view what) {
  using namespace asio::experimental::awaitable_operators;
  std::string name(what);
  std::variant<Result<T>, std::monostate> first =
      co_await (std::move(operation) || sleep_for(limit));
  if (first.index() == 0) co_return std::move(std::get<0>(first));
  co_return fail(ErrorKind::kTimeout, name + ": no answer within " + to_string(limit));
}

/// `work()` on `pool`; then `done(result)` on `loop`. `work` must not throw and must own what it touches.
/// `loop` is kept alive (outstanding work) until done has run.
template <class Pool, class Loop, class Work, class Done>
void run_on(Pool& pool, const Loop& loop, Work work, Done done) {
  asio::post(pool, [loop_work = asio::require(loop, asio::execution::outstanding_work.tracked), work = std::move(work),
                    done = std::move(done)]() mutable {
    auto result = work();
    asio::post(loop_work, [done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
  });
}

/// How long to rest after work that took `cost`, so that it never has more than a fifth of the time: four times as long,
/// nothing after work under a millisecond, and never over half a second.
Duration rest_after(Duration cost);

/// Work that runs once for any number of raises, and again when it says that it is due; rests after each run
/// (rest_after), so that a thousand events in a row cost a few runs and leave the loop to others. Loop thread only.
class PacedWork {
 public:
  /// `work` returns when it is due again (kNever: only when raised). It may raise.
  PacedWork(asio::any_io_executor loop, std::function<TimePoint()> work);
  ~PacedWork();
  PacedWork(const PacedWork&) = delete;
  PacedWork& operator=(const PacedWork&) = delete;

  void raise();
  /// A run by `when`, earlier where something else asks for it: for news that can wait.
  void raise_by(TimePoint when);
  /// No run from now on, until raised.
  void cancel();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace base
