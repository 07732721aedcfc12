// One discovery controller: commands in, replies out.  No socket, no timer, no misbehaviour beyond what a controller's
// own state can be (never ready, CFS, AUTHREQ, rejected KATO, no masking).
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/target/answer.h"
#include "tests/target/discovery_target.h"
#include "tests/target/log_page.h"
#include "tests/target/wire.h"

namespace target {

inline constexpr std::uint32_t kDiscoveryChanged = 0x0070F002;

/// CNTLIDs 1 to 0xFFEF, each in use once.
class CntlidPool {
 public:
  explicit CntlidPool(std::uint16_t first) : next_(first) {}
  std::optional<std::uint16_t> take();
  void give_back(std::uint16_t cntlid) { used_.erase(cntlid); }

 private:
  std::uint16_t next_;
  std::set<std::uint16_t> used_;
};

class Controller {
 public:
  using Clock = std::chrono::steady_clock;

  Controller(const TargetOptions& options, CntlidPool& cntlids, LogPage& page, Misbehaviour& misbehaviour);
  ~Controller();
  Controller(const Controller&) = delete;
  Controller& operator=(const Controller&) = delete;

  /// The reply, or nothing when the command waits (an AER).
  std::optional<Reply> execute(const wire::Command& command, Clock::time_point now);

  /// The discovery log changed: an event becomes pending unless it is not enabled, or masked.
  void announce();
  /// This event becomes pending whatever is enabled or masked.
  void add_event(std::uint32_t dword) { events_.push_back(dword); }
  struct AerCompletion {
    std::uint16_t cid = 0;
    std::uint32_t dword = 0;
  };
  /// Matches pending events with waiting AERs.
  std::vector<AerCompletion> take_completed_aers();
  /// The CID of a waiting AER, which no longer waits.
  std::optional<std::uint16_t> take_aer();

  [[nodiscard]] bool connected() const { return cntlid_ != 0; }
  [[nodiscard]] bool enabled() const { return (cc_ & 1) != 0; }
  [[nodiscard]] bool shut_down() const { return shutdown_; }
  [[nodiscard]] bool events_enabled() const { return (aen_config_ & 0x80000000u) != 0; }
  [[nodiscard]] std::size_t aers_waiting() const { return aers_.size(); }
  [[nodiscard]] bool aer_waits(std::uint16_t cid) const;
  [[nodiscard]] std::uint16_t cntlid() const { return cntlid_; }
  [[nodiscard]] std::uint32_t kato_ms() const { return kato_ms_; }
  [[nodiscard]] std::uint16_t queue_entries() const { return queue_entries_; }
  [[nodiscard]] bool flow_control_disabled() const { return flow_control_disabled_; }

 private:
  Reply fabrics(const wire::Command& command, Clock::time_point now);
  Reply connect(const wire::Command& command);
  Reply property_get(const wire::Command& command, Clock::time_point now) const;
  Reply property_set(const wire::Command& command, Clock::time_point now);
  void set_cc(std::uint32_t value, Clock::time_point now);
  [[nodiscard]] std::uint32_t csts(Clock::time_point now) const;
  Reply identify(const wire::Command& command) const;
  Reply set_features(const wire::Command& command);
  Reply get_features(const wire::Command& command) const;
  Reply get_log(const wire::Command& command);
  [[nodiscard]] bool answers_to(const std::string& subnqn) const;

  const TargetOptions& options_;
  CntlidPool& cntlids_;
  LogPage& page_;
  Misbehaviour& misbehaviour_;

  std::uint16_t cntlid_ = 0;  // 0: not connected
  std::uint32_t kato_ms_ = 0;
  std::uint16_t queue_entries_ = 0;
  bool flow_control_disabled_ = false;

  std::uint32_t cc_ = 0;
  bool fatal_ = false;
  bool shutdown_ = false;
  std::optional<Clock::time_point> ready_at_;

  std::uint32_t aen_config_ = 0;
  bool masked_ = false;
  std::deque<std::uint16_t> aers_;     // CIDs that wait
  std::deque<std::uint32_t> events_;   // that wait for an AER
};

}  // namespace target
