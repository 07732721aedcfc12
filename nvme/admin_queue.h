// The admin queue over one connection: commands with deadlines, completions by CID, asynchronous events.
// A command that is not answered in time ends the association: its CID could never be used again. Loop thread only.
#pragma once

#include <asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/async.h"
#include "base/error.h"
#include "nvme/command_table.h"
#include "nvme/connection.h"

namespace nvme {

class AdminQueue : public std::enable_shared_from_this<AdminQueue> {
 public:
  AdminQueue(asio::any_io_executor loop, ConnectionOptions options);

  /// Connects and starts to receive. Once, first.
  static base::Task<base::Result<void>> open(std::shared_ptr<AdminQueue> self);

  /// A command under way. Its time runs from start(); whoever holds one awaits answer(), once.
  class Pending;
  /// Sends without waiting, so that commands which do not need each other's answers share a round trip.
  Pending start(Command command, base::Duration limit);
  /// The completion, whatever its status; an error where there is none. Messages name endpoint and command.
  static base::Task<base::Result<Completion>> answer(std::shared_ptr<AdminQueue> self, Pending pending);
  /// The same, and a status other than success is an error too.
  static base::Task<base::Result<Completion>> answer_ok(std::shared_ptr<AdminQueue> self, Pending pending);

  /// start() and answer().
  static base::Task<base::Result<Completion>> submit(std::shared_ptr<AdminQueue> self, Command command,
                                                     base::Duration limit);
  /// start() and answer_ok().
  static base::Task<base::Result<Completion>> submit_ok(std::shared_ptr<AdminQueue> self, Command command,
                                                        base::Duration limit);

  /// Keeps one Asynchronous Event Request under way: `on_event` gets the dword of each event, after the next request
  /// has gone out. `on_refused`: the controller completed one with an error; there will be no more events.
  void watch_events(std::function<void(std::uint32_t)> on_event, std::function<void(base::Error)> on_refused);

  /// Called once when the association has ended, whoever ended it; not after close().
  void on_end(std::function<void()> callback) { on_end_ = std::move(callback); }
  const std::optional<base::Error>& ended() const { return ended_; }

  /// Ends it with this error: submit() returns it, the socket is closed.
  void end(base::Error error);
  /// Ends it and forgets all callbacks.
  void close();

  const std::string& endpoint() const { return connection_->endpoint(); }
  std::string local_address() const { return connection_->local_address(); }

 private:
  struct Waiter;
  static base::Task<void> receive_until_end(std::shared_ptr<AdminQueue> self);
  std::string named(const Pending& pending) const;
  void send(Command command, CommandTable::OnDone on_done);
  void request_event();

  asio::any_io_executor loop_;
  std::shared_ptr<CommandTable> table_;
  std::shared_ptr<Connection> connection_;
  std::vector<std::weak_ptr<Waiter>> waiters_{};
  std::function<void(std::uint32_t)> on_event_{};
  std::function<void(base::Error)> on_refused_{};
  std::function<void()> on_end_{};
  std::optional<base::Error> ended_{};
};

class AdminQueue::Pending {
 private:
  friend class AdminQueue;
  std::shared_ptr<Waiter> waiter_{};  ///< none: the association had ended before
  std::string_view name_{};
  base::Duration limit_{};
};

}  // namespace nvme
