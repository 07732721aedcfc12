// From TCP connect to an enabled discovery controller, and what is asked of it then. One association (two connections
// at most: old targets refuse a keep alive timeout at first). Never reconnects. Loop thread only.
// What needs no answer of another command is asked together with it: with distance each round trip counts.
// Source: NVMe over Fabrics, Connect; NVMe Base, controller initialisation; the order of Linux nvme_tcp_setup_ctrl.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/async.h"
#include "base/error.h"
#include "nvme/admin_queue.h"
#include "nvme/log_page.h"
#include "nvme/log_read.h"
#include "nvme/session.h"

namespace nvme {

class Association {
 public:
  Association(asio::any_io_executor loop, SessionOptions options) : loop_(std::move(loop)), options_(std::move(options)) {}

  /// Once, first. `events`: ask for discovery change notices where the controller has them.
  static base::Task<base::Result<ControllerInfo>> establish(std::shared_ptr<Association> self, bool events);
  static base::Task<base::Result<LogPage>> read_log(std::shared_ptr<Association> self);
  /// The round trip.
  static base::Task<base::Result<std::chrono::nanoseconds>> keep_alive(std::shared_ptr<Association> self);
  /// Tells the controller (CC.SHN) and waits for it at most `limit`, then closes.
  static base::Task<void> shut_down(std::shared_ptr<Association> self, base::Duration limit);

  /// Only after establish() succeeded.
  AdminQueue& queue() { return *queue_; }
  bool enabled() const { return enabled_; }
  /// Ends whatever is under way; establish() and the others return kCancelled.
  void close();

 private:
  using Self = std::shared_ptr<Association>;
  static base::Task<base::Result<void>> connect(Self self);
  static base::Task<base::Result<void>> enable(Self self);
  /// `asked`: the first reading of CSTS, under way.
  static base::Task<base::Result<void>> wait_until_ready(Self self, AdminQueue::Pending asked, base::Duration limit);
  /// A Property Get under way, and its value.
  AdminQueue::Pending ask(std::uint32_t offset);
  static base::Task<base::Result<std::uint64_t>> value_of(Self self, AdminQueue::Pending asked);
  static base::Task<base::Result<void>> identify(Self self);
  static base::Task<base::Result<void>> enable_events(Self self);
  base::Error cancelled() const;

  asio::any_io_executor loop_;
  SessionOptions options_;
  std::shared_ptr<AdminQueue> queue_{};
  ControllerInfo info_{};
  std::uint64_t cap_{0};
  LogReadOptions log_{};
  std::uint32_t oaes_{0};
  bool enabled_{false};
  bool closed_{false};
};

}  // namespace nvme
