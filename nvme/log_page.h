// The discovery log page (70h): header and entries as values, decoded from bytes that nobody trusts.
// Source: NVMe Base specification, Discovery Log Page; Linux include/linux/nvme.h nvmf_disc_rsp_page_{hdr,entry}.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "nvme/address.h"
#include "nvme/nqn.h"

namespace nvme {

inline constexpr std::size_t kLogHeaderSize = 1024;
inline constexpr std::size_t kLogEntrySize = 1024;
/// Most entries that are read from one service unless a setting says otherwise; corrupt headers have been seen.
inline constexpr std::uint64_t kDefaultMaxEntries = 65536;

enum class Subtype : std::uint8_t { kReferral = 1, kNvm = 2, kCurrentDiscovery = 3 };
enum class TransportType : std::uint8_t { kRdma = 1, kFibreChannel = 2, kTcp = 3, kLoop = 254 };
enum class AddressFamily : std::uint8_t { kNone = 0, kIpv4 = 1, kIpv6 = 2, kInfiniBand = 3, kFibreChannel = 4, kLoop = 254 };
enum class SecureChannel : std::uint8_t { kNotSpecified = 0, kRequired = 1, kNotRequired = 2 };

struct LogHeader {
  std::uint64_t genctr{0};
  std::uint64_t numrec{0};
  std::uint16_t recfmt{0};
};

/// One entry, every field as it was on the wire; strings end at the first NUL and lose trailing spaces, but are
/// otherwise the target's bytes: hostile until target() has checked them.
struct LogEntry {
  std::uint8_t trtype{0};
  std::uint8_t adrfam{0};
  std::uint8_t subtype{0};
  std::uint8_t treq{0};     ///< bits 1:0 SecureChannel, bit 2 SQ flow control may be disabled
  std::uint16_t portid{0};
  std::uint16_t cntlid{0};  ///< 0xFFFF: dynamic
  std::uint16_t asqsz{0};
  std::uint16_t eflags{0};  ///< bit 0 DUPRETINFO, bit 1 EPCSD, bit 2 NCC
  std::string trsvcid{};
  std::string subnqn{};
  std::string traddr{};
  std::uint8_t sectype{0};  ///< TSAS byte 0 for TCP: 0 none, 1 TLS 1.2, 2 TLS 1.3

  SecureChannel secure_channel() const { return static_cast<SecureChannel>(treq & 3); }
  bool requires_tls() const { return secure_channel() == SecureChannel::kRequired && sectype != 0; }
  bool duplicate_info() const { return (eflags & 1) != 0; }
  bool explicit_persistent() const { return (eflags & 2) != 0; }
  bool not_connected_to_cdc() const { return (eflags & 4) != 0; }
  friend bool operator==(const LogEntry&, const LogEntry&) = default;
};

/// What an entry points at, once checked: a TCP address and port and a valid NQN.
struct EntryTarget {
  IpAddress traddr;
  std::uint16_t trsvcid;
  Nqn subnqn;
};

/// kUnsupported for another transport or address family (skipped in mixed log pages, counted);
/// kInvalid, naming field and byte, for text that must not reach the kernel.
base::Result<EntryTarget> target(const LogEntry& entry);

struct LogPage {
  std::uint64_t genctr{0};
  std::vector<LogEntry> entries{};
  friend bool operator==(const LogPage&, const LogPage&) = default;
};

/// `bytes` must hold kLogHeaderSize bytes. kProtocol for a record format other than 0.
base::Result<LogHeader> decode_log_header(std::span<const std::byte> bytes);
/// `bytes` must hold kLogEntrySize bytes.
LogEntry decode_log_entry(std::span<const std::byte> bytes);

/// Names for people and JSON: "nvme subsystem", "referral"…; unknown numbers as "reserved (77)".
std::string subtype_name(std::uint8_t subtype);
std::string trtype_name(std::uint8_t trtype);
std::string adrfam_name(std::uint8_t adrfam);
std::string treq_name(std::uint8_t treq);
std::string sectype_name(std::uint8_t sectype);
std::string eflags_name(std::uint16_t eflags);

}  // namespace nvme
