// Who is late is known by its own flag; a thread that comes back late is let go.
#include "cmd/replaceable_worker.h"

#include <algorithm>

#include "cmd/signals.h"

namespace cmd {

ReplaceableWorker::Thread::Thread() : inside(std::make_shared<std::atomic<int>>(0)), pool(make_workers(1)) {}

ReplaceableWorker::ReplaceableWorker(asio::io_context& loop, base::Duration limit, std::function<void()> on_lost)
    : loop_(loop), limit_(limit), limit_now_(limit), on_lost_(std::move(on_lost)), overdue_(loop) {}

ReplaceableWorker::~ReplaceableWorker() {
  thread_.pool->join();
  for (Thread& lost : lost_) lost.pool->join();
}

void ReplaceableWorker::close() {
  under_way_ = false;
  overdue_.cancel();
}

bool ReplaceableWorker::busy() const {
  const auto is_inside = [](const Thread& thread) { return thread.inside->load() > 0; };
  return is_inside(thread_) || std::ranges::any_of(lost_, is_inside);
}

/// In two halves: a process that was stopped for a minute finds the first one over, though its work was not late.
void ReplaceableWorker::wait(int halves) {
  overdue_.expires_after(limit_now_ / 2);
  overdue_.async_wait([this, halves](const asio::error_code& error) {
    if (error || !under_way_) return;
    if (halves > 1) wait(halves - 1);
    else replace();
  });
}

/// False for one that was given up meanwhile.
bool ReplaceableWorker::came_back(const std::shared_ptr<std::atomic<int>>& inside) {
  if (inside != thread_.inside) {
    std::erase_if(lost_, [&](const Thread& lost) { return lost.inside == inside; });
    return false;
  }
  under_way_ = false;
  overdue_.cancel();
  limit_now_ = limit_;
  return true;
}

void ReplaceableWorker::replace() {
  under_way_ = false;
  lost_.push_back(std::exchange(thread_, Thread()));
  limit_now_ *= 2;
  on_lost_();
}

}  // namespace cmd
