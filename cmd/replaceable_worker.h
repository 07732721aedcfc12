// One thread for work that may never come back: a fault in the kernel can end a thread inside a system call, or hold it there.
// Such a one is given up, and another takes its place.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/async.h"
#include "base/time.h"

namespace cmd {

/// Counts a thread as being inside its work, most of the time in the kernel.
class Inside {
 public:
  explicit Inside(std::atomic<int>& count) : count_(count) { ++count_; }
  ~Inside() { --count_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  std::atomic<int>& count_;
};

/// All calls on the loop's thread. One piece of work at a time.
class ReplaceableWorker {
 public:
  /// `on_lost` is called when work took longer than `limit` (twice as long after each that was lost, until one comes back in
  /// time): a new thread is there, and the lost work's `done` is never called.
  ReplaceableWorker(asio::io_context& loop, base::Duration limit, std::function<void()> on_lost);
  /// Joins all threads, also those that were given up; see busy().
  ~ReplaceableWorker();
  ReplaceableWorker(const ReplaceableWorker&) = delete;
  ReplaceableWorker& operator=(const ReplaceableWorker&) = delete;

  /// `work()` on the thread, then `done(its result)` on the loop. What `work` uses must outlive it, however long that is.
  template <class Work, class Done>
  void run(Work work, Done done) {
    under_way_ = true;
    wait(2);
    auto counted = [inside = thread_.inside, work = std::move(work)]() mutable {
      const Inside now(*inside);
      return work();
    };
    auto in_time = [this, inside = thread_.inside, done = std::move(done)](auto result) mutable {
      if (came_back(inside)) done(std::move(result));
    };
    base::run_on(*thread_.pool, loop_.get_executor(), std::move(counted), std::move(in_time));
  }
  /// Until its `done` is called, or it is given up.
  bool under_way() const { return under_way_; }
  /// Waits for nothing any more.
  void close();
  /// Some thread is inside its work, a lost one maybe for ever: who ends then must not wait for the destructor.
  bool busy() const;
  std::size_t lost() const { return lost_.size(); }

 private:
  struct Thread {
    Thread();
    std::shared_ptr<std::atomic<int>> inside;
    std::unique_ptr<asio::thread_pool> pool;
  };
  void wait(int halves);
  bool came_back(const std::shared_ptr<std::atomic<int>>& inside);
  void replace();

  asio::io_context& loop_;
  const base::Duration limit_;
  base::Duration limit_now_;
  std::function<void()> on_lost_;
  asio::steady_timer overdue_;
  bool under_way_{false};
  Thread thread_{};
  std::vector<Thread> lost_{};
};

}  // namespace cmd
