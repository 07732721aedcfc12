// Waiting for completions. A waiter is a timer: its completion cancels it, its expiry ends the association.
#include "nvme/admin_queue.h"

#include <asio/experimental/as_tuple.hpp>

namespace nvme {

using base::ErrorKind;

// After SIGSTOP or a paused guest the loop finds expired timers and unread answers together; the answers count.
constexpr auto kSecondLook = std::chrono::milliseconds{20};

struct AdminQueue::Waiter {
  Waiter(const asio::any_io_executor& loop, base::Duration limit) : timer(loop, limit) {}
  asio::steady_timer timer;
  std::optional<base::Result<Completion>> result{};
};

AdminQueue::AdminQueue(asio::any_io_executor loop, ConnectionOptions options)
    : loop_(loop),
      table_(std::make_shared<CommandTable>()),
      connection_(std::make_shared<Connection>(loop, std::move(options), table_)) {}

base::Task<base::Result<void>> AdminQueue::open(std::shared_ptr<AdminQueue> self) {
  const base::Result<std::chrono::nanoseconds> opened = co_await Connection::open(self->connection_);
  if (!opened) {
    self->end(opened.error());
    co_return base::Failure(*self->ended_);
  }
  if (self->ended_) co_return base::Failure(*self->ended_);
  asio::co_spawn(self->loop_, receive_until_end(self), asio::detached);
  co_return base::Result<void>();
}

base::Task<void> AdminQueue::receive_until_end(std::shared_ptr<AdminQueue> self) {
  base::Error error = co_await Connection::receive(self->connection_);
  self->end(std::move(error));
}

void AdminQueue::send(Command command, CommandTable::OnDone on_done) {
  const std::vector<std::byte> in_capsule = std::move(command.in_capsule);
  const wire::Sqe sqe = table_->add(std::move(command), std::move(on_done));
  const base::Result<void> sent = connection_->send(encode_command(sqe, in_capsule, connection_->digests()));
  if (!sent) end(sent.error());
}

AdminQueue::Pending AdminQueue::start(Command command, base::Duration limit) {
  Pending pending;
  pending.name_ = command.name;
  pending.limit_ = limit;
  if (ended_) return pending;
  pending.waiter_ = std::make_shared<Waiter>(loop_, limit);
  std::erase_if(waiters_, [](const std::weak_ptr<Waiter>& w) { return w.expired(); });
  waiters_.push_back(pending.waiter_);
  send(std::move(command), [waiter = pending.waiter_](Completion completion) {
    waiter->result = std::move(completion);
    waiter->timer.cancel();
  });
  return pending;
}

base::Task<base::Result<Completion>> AdminQueue::answer(std::shared_ptr<AdminQueue> self, Pending pending) {
  const std::shared_ptr<Waiter> waiter = std::move(pending.waiter_);
  if (!waiter) co_return base::Failure(*self->ended_);
  bool expired = false;
  for (int turn = 0; turn < 2 && !waiter->result && expired == (turn == 1); ++turn) {
    if (turn == 1) waiter->timer.expires_after(kSecondLook);
    auto [code] = co_await waiter->timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    expired = !code;
  }
  if (waiter->result) co_return *std::move(waiter->result);
  const std::string what = self->named(pending);
  if (!expired) co_return base::fail(ErrorKind::kCancelled, what + ": cancelled");
  base::Error late{.kind = ErrorKind::kTimeout, .message = what + ": no answer within " + base::to_string(pending.limit_)};
  self->end(late);
  co_return base::Failure(std::move(late));
}

base::Task<base::Result<Completion>> AdminQueue::answer_ok(std::shared_ptr<AdminQueue> self, Pending pending) {
  base::Result<Completion> completion = co_await answer(self, pending);
  if (completion && !completion->status.ok()) {
    co_return base::Failure(status_error(self->named(pending), completion->status));
  }
  co_return completion;
}

base::Task<base::Result<Completion>> AdminQueue::submit(std::shared_ptr<AdminQueue> self, Command command,
                                                        base::Duration limit) {
  base::Result<Completion> completion = co_await answer(self, self->start(std::move(command), limit));
  co_return completion;
}

base::Task<base::Result<Completion>> AdminQueue::submit_ok(std::shared_ptr<AdminQueue> self, Command command,
                                                           base::Duration limit) {
  base::Result<Completion> completion = co_await answer_ok(self, self->start(std::move(command), limit));
  co_return completion;
}

std::string AdminQueue::named(const Pending& pending) const { return endpoint() + ": " + std::string(pending.name_); }

void AdminQueue::watch_events(std::function<void(std::uint32_t)> on_event, std::function<void(base::Error)> on_refused) {
  on_event_ = std::move(on_event);
  on_refused_ = std::move(on_refused);
  request_event();
}

void AdminQueue::request_event() {
  if (ended_) return;
  const std::weak_ptr<AdminQueue> weak = weak_from_this();  // the table is ours: no cycle
  send(async_event_request(), [weak](Completion completion) {
    const std::shared_ptr<AdminQueue> self = weak.lock();
    if (!self || self->ended_) return;
    if (!completion.status.ok()) {
      const auto refused = self->on_refused_;  // a copy: the callee may close us
      if (refused) refused(status_error(self->endpoint() + ": Asynchronous Event Request", completion.status));
      return;
    }
    self->request_event();
    const auto event = self->on_event_;
    if (event) event(static_cast<std::uint32_t>(completion.result));
  });
}

void AdminQueue::end(base::Error error) {
  if (ended_) return;
  ended_ = std::move(error);
  connection_->close();
  table_->silence();
  for (const std::weak_ptr<Waiter>& weak : waiters_) {
    const std::shared_ptr<Waiter> waiter = weak.lock();
    if (!waiter || waiter->result) continue;
    waiter->result = base::Failure(*ended_);
    waiter->timer.cancel();
  }
  waiters_.clear();
  const std::function<void()> callback = std::move(on_end_);
  on_event_ = nullptr;
  on_refused_ = nullptr;
  on_end_ = nullptr;
  if (callback) callback();
}

void AdminQueue::close() {
  on_end_ = nullptr;
  end(base::Error{.kind = ErrorKind::kCancelled, .message = endpoint() + ": the connection was closed here"});
}

}  // namespace nvme
