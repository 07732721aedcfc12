// Lets coroutines of one loop wait: a Gate while a listener is paused, a Signal until there is something to do.
#pragma once

#include <asio.hpp>

namespace target {

/// Wakes one or all coroutines that wait; a wake with nobody waiting is lost, so waiters look at their condition first.
class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

  asio::awaitable<void> wait() {
    asio::error_code cancelled;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
  void wake() { timer_.cancel(); }

 private:
  asio::steady_timer timer_;
};

class Gate {
 public:
  explicit Gate(const asio::any_io_executor& executor) : opened_(executor) {}

  void close() { open_ = false; }
  void open() {
    open_ = true;
    opened_.wake();
  }
  [[nodiscard]] bool is_open() const { return open_; }
  /// Returns at once when open.  `gone` lets a waiter give up; wake_all makes it look.
  asio::awaitable<void> pass(const bool& gone) {
    while (!open_ && !gone) {
      co_await opened_.wait();
    }
  }
  void wake_all() { opened_.wake(); }

 private:
  bool open_ = true;
  Signal opened_;
};

}  // namespace target
