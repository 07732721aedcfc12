// What hosts did to the test target: per association everything they sent, for tests to assert on.
// Plain values; DiscoveryTarget::record() copies them, wait_for() looks at them in place.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/target/misbehaviour.h"

namespace target {

using TimePoint = std::chrono::steady_clock::time_point;

struct ReceivedCommand {
  std::uint8_t opcode = 0;
  std::uint8_t fctype = 0;  ///< Fabrics commands only
  std::uint16_t cid = 0;
  std::uint32_t nsid = 0;   ///< 0 for Fabrics commands
  std::array<std::uint32_t, 6> cdw{};  ///< [0] is CDW10
  std::uint16_t status = 0;            ///< raw status word that it was answered with (0 while an AER waits)
  std::vector<std::uint8_t> pdu{};     ///< as received, with digests; empty unless TargetOptions::record_pdus
  TimePoint at{};

  [[nodiscard]] std::uint32_t cdw10() const { return cdw[0]; }
  [[nodiscard]] std::uint32_t cdw11() const { return cdw[1]; }
  [[nodiscard]] std::uint64_t offset() const { return cdw[2] | (std::uint64_t{cdw[3]} << 32); }  ///< Get Log Page
  [[nodiscard]] std::uint64_t length() const {                                                   ///< Get Log Page
    return ((cdw[0] >> 16 | std::uint64_t{cdw[1] & 0xFFFF} << 16) + 1) * 4;
  }
  [[nodiscard]] bool retains_event() const { return (cdw[0] & 0x8000) != 0; }  ///< Get Log Page: RAE
};

enum class Ending : std::uint8_t {
  kOpen,
  kHostClosed,        ///< FIN from the host
  kHostReset,         ///< RST from the host
  kKeepAliveExpired,  ///< the target dropped it
  kProtocolError,     ///< the host broke the protocol; see protocol_error
  kDropped,           ///< drop_connections(), a rule, or the target's end
};
std::string_view to_string(Ending ending);

struct AssociationRecord {
  std::size_t id = 0;        ///< index in Record::associations; associations are never removed from a record
  std::size_t listener = 0;
  std::string peer{};        ///< address:port of the host
  TimePoint accepted{};
  std::vector<std::uint8_t> icreq{};  ///< its 128 bytes; empty: none came
  bool header_digest = false;         ///< in use
  bool data_digest = false;

  bool connected = false;    ///< Connect succeeded; the fields below are those of the last Connect
  std::string hostnqn{};
  std::array<std::uint8_t, 16> hostid{};
  std::string subnqn{};
  std::uint32_t kato_ms = 0;
  std::uint16_t sqsize = 0;
  std::uint8_t cattr = 0;
  std::uint16_t cntlid = 0;

  bool enabled = false;        ///< CC.EN is set
  bool events_enabled = false; ///< Set Features 0Bh bit 31 is set
  bool shutdown = false;       ///< CC.SHN came
  unsigned aers_waiting = 0;   ///< outstanding now
  unsigned aens_sent = 0;      ///< AERs completed with an event
  unsigned keep_alives = 0;
  unsigned log_reads = 0;      ///< Get Log Page 70h commands
  std::vector<ReceivedCommand> commands{};
  std::vector<std::vector<std::uint8_t>> termreqs{};  ///< H2CTermReq PDUs

  Ending ending = Ending::kOpen;
  std::string protocol_error{};           ///< why the target gave up, when kProtocolError
  /// What the host did wrong though the target went on: reserved bytes, a CID in flight, a wrong data digest.
  std::vector<std::string> violations{};

  [[nodiscard]] bool open() const { return ending == Ending::kOpen; }
  /// Commands of that opcode (and Fabrics type).
  [[nodiscard]] std::size_t count(std::uint8_t opcode, int fctype = -1) const;
};

struct Record {
  std::vector<AssociationRecord> associations{};
  std::uint64_t accepted = 0;  ///< also counts those beyond TargetOptions::record_limit
  std::uint64_t open = 0;
  std::uint64_t commands = 0;

  /// Associations that are open and connected (of one listener, or of all).
  [[nodiscard]] std::size_t connected() const;
  [[nodiscard]] std::size_t connected(std::size_t listener) const;
  /// Those that are connected and have events enabled and an AER waiting.
  [[nodiscard]] std::size_t subscribed() const;
  /// All protocol errors and violations, one per line, empty when hosts were correct.
  [[nodiscard]] std::string complaints() const;
};

}  // namespace target
