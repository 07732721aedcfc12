// One association with a discovery controller in userspace: connect, read the log page on the association that
// sends the events, keep it alive, say so at once when it ends. Never retries and decides nothing.
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/async.h"
#include "base/error.h"
#include "nvme/log_page.h"
#include "nvme/session_options.h"

namespace nvme {

/// One-shot: connect (KATO 0), read the log page, shut down orderly. Every failure names the endpoint.
/// A log page that keeps changing is kBusy after 10 tries.
base::Task<base::Result<LogPage>> discover(SessionOptions options, ControllerInfo* info = nullptr);

/// What a running session tells its owner, all on the loop. After on_down nothing more is called.
struct SessionEvents {
  std::function<void(const ControllerInfo&)> on_up{};  ///< again when the controller then refuses to send events
  std::function<void(LogPage)> on_log{};              ///< after connect, after every event, after every reread()
  std::function<void(std::uint32_t dw0)> on_event{};  ///< each asynchronous event; the log page is being re-read already
  std::function<void(std::chrono::nanoseconds)> on_keep_alive{};  ///< round trip
  std::function<void(base::Error)> on_down{};         ///< the association is gone; kCancelled after stop()
};

/// A persistent discovery session. Destroying it closes the socket without shutdown and calls nothing.
class Session {
 public:
  /// Starts at once on `loop`.
  Session(asio::any_io_executor loop, SessionOptions options, SessionEvents events);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void reread();  ///< read the log page again; coalesces with a read under way
  void stop();    ///< orderly shutdown (CC.SHN, at most 500 ms), then on_down(kCancelled)

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace nvme
