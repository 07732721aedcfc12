// One association with a discovery controller in userspace: connect, read the log page on the association that
// sends the events, keep it alive, say so at once when it ends. Never retries and decides nothing.
#pragma once

#include <asio/any_io_executor.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/async.h"
#include "base/error.h"
#include "nvme/address.h"
#include "nvme/log_page.h"
#include "nvme/nqn.h"

namespace nvme {

struct SessionOptions {
  TransportId address{};
  Nqn subnqn{Nqn::discovery()};
  HostIdentity identity;
  std::chrono::milliseconds kato{30000};  ///< negotiated in Connect; 0: no keep alive (one-shot reads)
  bool header_digest{false};
  bool data_digest{false};
  std::uint64_t max_entries{kDefaultMaxEntries};  ///< a longer log page is kProtocol, with the number
  bool paged{false};                              ///< 4 KiB reads (the seed's logPagePaginationEnabled), else up to MDTS
  std::chrono::milliseconds connect_timeout{3000};    ///< TCP connect and ICResp each; Linux: SYN + 1 retry = 3 s
  std::chrono::milliseconds command_timeout{10000};   ///< any one command; 2 x what a slow target was seen to need
};

/// What the controller said of itself.
struct ControllerInfo {
  std::uint16_t cntlid{0};
  std::uint32_t version{0};      ///< VS property, e.g. 0x00010300
  std::string subnqn{};          ///< Identify SUBNQN: the unique discovery NQN where there is one; checked text or empty
  std::string model{}, serial{}, firmware{};
  std::uint8_t cntrltype{0};     ///< 2: discovery
  std::uint8_t dctype{0};        ///< 0 not reported, 1 DDC, 2 CDC
  bool log_change_events{false}; ///< OAES bit 31 and Set Features 0Bh succeeded
  std::chrono::milliseconds kato{0};  ///< in force; 0 where an old target refused any
  std::string local_address{};   ///< the source address in use
};

/// One-shot: connect (KATO 0), read the log page, shut down orderly. Every failure names the endpoint.
/// A log page that keeps changing is kBusy after 10 tries.
base::Task<base::Result<LogPage>> discover(SessionOptions options, ControllerInfo* info = nullptr);

/// What a running session tells its owner, all on the loop. After on_down nothing more is called.
struct SessionEvents {
  std::function<void(const ControllerInfo&)> on_up{};
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
