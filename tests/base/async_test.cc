// Deadlines, work on another thread, triggers.
#include "base/async.h"

#include <gtest/gtest.h>

#include <asio/io_context.hpp>
#include <thread>

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

Task<Result<int>> answer_after(Duration duration, bool* ended = nullptr) {
  co_await sleep_for(duration);
  if (ended != nullptr) *ended = true;
  co_return 42;
}

template <class T>
T run(Task<T> task) {
  asio::io_context loop;
  std::optional<T> result;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T value) {
    EXPECT_FALSE(error);
    result = std::move(value);
  });
  loop.run();
  return std::move(*result);
}

TEST(WithDeadline, PassesTheAnswerOnAndDoesNotWaitLonger) {
  const TimePoint start = Clock::now();
  EXPECT_EQ(run(with_deadline(answer_after(milliseconds(1)), hours(1), "x")).value(), 42);
  EXPECT_LT(Clock::now() - start, std::chrono::minutes(1));
}

TEST(WithDeadline, NamesWhatTookTooLong) {
  bool ended = false;
  const Result<int> result = run(with_deadline(answer_after(hours(1), &ended), milliseconds(5), "10.0.0.1:8009: ICResp"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(result.error().message, "10.0.0.1:8009: ICResp: no answer within 5ms");
  EXPECT_TRUE(ended);  // cancelled, not abandoned
}

TEST(RunOn, WorksThereAndAnswersHere) {
  asio::thread_pool pool(1);
  asio::io_context loop;
  std::thread::id worker{};
  std::thread::id here{};
  run_on(pool, loop.get_executor(), [] { return std::this_thread::get_id(); },
         [&](std::thread::id id) {
           worker = id;
           here = std::this_thread::get_id();
         });
  loop.run();  // stays until done has run
  EXPECT_EQ(here, std::this_thread::get_id());
  EXPECT_NE(worker, here);
  EXPECT_NE(worker, std::thread::id{});
}

TEST(PacedWork, RunsOnceForAnyNumberOfRaisesAndMayGoAway) {
  asio::io_context loop;
  int runs = 0;
  auto work = std::make_unique<PacedWork>(loop.get_executor(), [&] { return ++runs, kNever; });
  work->raise();
  work->raise();
  loop.run();
  EXPECT_EQ(runs, 1);
  work->raise();
  work.reset();
  loop.restart();
  loop.run();
  EXPECT_EQ(runs, 1);
}

TEST(PacedWork, RunsAgainWhenDueOrWhenItRaisedItself) {
  asio::io_context loop;
  int runs = 0;
  std::unique_ptr<PacedWork> work;
  work = std::make_unique<PacedWork>(loop.get_executor(), [&] {
    if (++runs == 1) work->raise();
    return runs == 2 ? TimePoint{} : kNever;  // the second is due at once
  });
  work->raise();
  loop.run();
  EXPECT_EQ(runs, 3);
}

TEST(PacedWork, CancelledItWaitsForTheNextRaise) {
  asio::io_context loop;
  int runs = 0;
  PacedWork work(loop.get_executor(), [&] { return ++runs, kNever; });
  work.raise();
  work.cancel();
  loop.run();
  EXPECT_EQ(runs, 0);
  work.raise();
  loop.restart();
  loop.run();
  EXPECT_EQ(runs, 1);
}

TEST(PacedWork, NewsThatCanWaitIsMetByTheRunThatComesFirst) {
  using namespace std::chrono_literals;
  asio::io_context loop;
  int runs = 0;
  PacedWork work(loop.get_executor(), [&] { return ++runs, kNever; });
  work.raise_by(Clock::now() + 24h);
  work.raise_by(Clock::now() + 48h);
  loop.poll();
  EXPECT_EQ(runs, 0) << "it waits";
  work.raise_by(Clock::now());
  loop.run();
  EXPECT_EQ(runs, 1) << "the sooner one counts, and nothing is left of the others";
  work.raise_by(Clock::now() + 24h);
  work.raise();
  loop.restart();
  loop.run();
  EXPECT_EQ(runs, 2) << "a raise does not wait, and serves both";
}

TEST(PacedWork, NewsDuringARunIsMetByTheNext) {
  asio::io_context loop;
  int runs = 0;
  std::unique_ptr<PacedWork> work;
  work = std::make_unique<PacedWork>(loop.get_executor(), [&] {
    if (++runs == 1) work->raise_by(Clock::now());
    return kNever;
  });
  work->raise();
  loop.run();
  EXPECT_EQ(runs, 2);
}

TEST(PacedWork, RestsFourTimesAsLongAsItWorked) {
  using namespace std::chrono_literals;
  EXPECT_EQ(rest_after(0ms), 0ms);
  EXPECT_EQ(rest_after(999us), 0ms) << "with a few hundred paths every event is seen at once";
  EXPECT_EQ(rest_after(20ms), 80ms);
  EXPECT_EQ(rest_after(5s), 500ms);
}

}  // namespace
}  // namespace base
