// An NVMe/TCP discovery service for tests: its own thread, any number of listeners, correct unless told otherwise.
// Written against the protocol's facts and sharing no code with the host (nvme/), so that the two can't be wrong
// together.  It offers no I/O queues, no authentication and no TLS, and trusts its callers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/target/log_entry.h"
#include "tests/target/misbehaviour.h"
#include "tests/target/record.h"

namespace target {

struct Address {
  std::string addr = "127.0.0.1";  ///< IPv4 or IPv6 (with zone) in text
  std::uint16_t port = 0;          ///< 0: the system chooses
  bool operator==(const Address&) const = default;
};
/// "127.0.0.1:8009", "[::1]:8009".
std::string to_string(const Address& address);

struct TargetOptions {
  std::vector<Address> listen{Address{}};

  /// A unique discovery NQN: answered beside the well-known one, and named in Identify.  Empty: well-known only.
  std::string nqn{};
  bool accepts_well_known = true;

  // transport
  bool header_digest = true;  ///< granted when the host asks for it
  bool data_digest = true;
  std::uint32_t maxh2cdata = 0x400000;
  bool sends_termreq = true;  ///< C2HTermReq before closing on a protocol error (SPDK); false: just closes (nvmet)
  bool success_flag = true;   ///< SUCCESS instead of CapsuleResp when the host disabled SQ flow control (nvmet, SPDK)

  // controller
  std::uint64_t cap = (std::uint64_t{1} << 37) | (std::uint64_t{1} << 43) | (15u << 24) | 127;  ///< CAP register
  std::uint32_t vs = 0x00010300;
  std::uint32_t crto = 0;                   ///< readable when CAP bit 59 is set
  std::chrono::milliseconds ready_delay{0}; ///< from CC.EN to CSTS.RDY
  std::uint16_t first_cntlid = 1;           ///< then counts up, one per association of the object
  std::uint8_t mdts = 0;                    ///< 2^mdts × 4 KiB; longer transfers get Invalid Field; 0: no limit
  std::uint8_t lpa = 0x04;                  ///< bit 2 clear: offsets ≠ 0 get Invalid Field
  std::uint32_t oaes = 0x80000000;
  std::uint32_t ctratt = 0;                 ///< bit 6 (TBKAS): every command counts as a Keep Alive
  std::uint16_t kas = 10;                   ///< 100 ms units
  std::uint8_t cntrltype = 2;
  std::uint8_t dctype = 0;
  std::uint16_t maxcmd = 128;
  unsigned aer_limit = 4;                   ///< one more gets Asynchronous Event Request Limit Exceeded
  bool log_00h = false;                     ///< Supported Log Pages; else Invalid Field, as nvmet
  std::uint32_t log_00h_discovery = 0;      ///< LID-specific bits of 70h there (bit 1 PLEOS)
  std::chrono::milliseconds kato_zero_timeout{120000};  ///< inactivity limit for KATO = 0

  // record
  bool record_pdus = true;
  std::size_t record_limit = 100000;        ///< commands kept per association; associations kept in all
};

enum class Drop : std::uint8_t { kFin, kReset };

inline constexpr std::size_t kAllListeners = static_cast<std::size_t>(-1);

/// Thread-safe: all calls run on the target's own thread and return when done.  `listener` is the index in
/// TargetOptions::listen.  No call may come from a wait_for predicate.
class DiscoveryTarget {
 public:
  /// Listens when it returns; the error says which address could not be bound.
  static std::expected<std::unique_ptr<DiscoveryTarget>, std::string> start(TargetOptions options = {});
  ~DiscoveryTarget();  ///< resets what is still connected
  DiscoveryTarget(const DiscoveryTarget&) = delete;
  DiscoveryTarget& operator=(const DiscoveryTarget&) = delete;

  [[nodiscard]] std::size_t listeners() const;
  [[nodiscard]] Address endpoint(std::size_t listener = 0) const;
  [[nodiscard]] std::uint16_t port(std::size_t listener = 0) const { return endpoint(listener).port; }

  /// Replaces the log page: genctr + 1, and the AEN 0x0070F002 to every association that enabled it and has not had
  /// one since its last Get Log Page with RAE = 0 (it waits for an AER when there is none).
  void set_log(std::vector<LogEntry> entries, std::size_t listener = kAllListeners);
  [[nodiscard]] std::vector<LogEntry> log(std::size_t listener = 0) const;
  /// Sets genctr and sends nothing.
  void set_genctr(std::uint64_t genctr, std::size_t listener = kAllListeners);
  [[nodiscard]] std::uint64_t genctr(std::size_t listener = 0) const;
  /// The discovery change event without a change, by the same rules as set_log.
  void announce(std::size_t listener = kAllListeners);
  /// Completes one AER of each connected association with this dword (queued when none waits); no masking.
  void send_event(std::uint32_t dword, std::size_t listener = kAllListeners);

  /// Counts for commands that come after the call; rule counters start again.
  void set_misbehaviour(Misbehaviour misbehaviour, std::size_t listener = kAllListeners);

  /// Connections stay; new ones are refused by the system.
  void stop_listening(std::size_t listener = kAllListeners);
  /// On the same ports as before.  False when one is taken now.
  bool start_listening(std::size_t listener = kAllListeners);
  void drop_connections(Drop how = Drop::kFin, std::size_t listener = kAllListeners);
  /// Nothing is accepted, read or written, and no Keep Alive timer runs, until resume().
  void pause(std::size_t listener = kAllListeners);
  void resume(std::size_t listener = kAllListeners);

  [[nodiscard]] Record record() const;
  void clear_record();  ///< forgets closed associations and all commands; ids start again
  /// Waits until the predicate holds; it is called under the record's lock whenever the record changes.
  bool wait_for(const std::function<bool(const Record&)>& predicate, TimePoint deadline) const;
  bool wait_for(const std::function<bool(const Record&)>& predicate,
                std::chrono::milliseconds limit = std::chrono::seconds(10)) const {
    return wait_for(predicate, std::chrono::steady_clock::now() + limit);
  }

 private:
  struct State;
  explicit DiscoveryTarget(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace target
