// One entry of a discovery log page (log 70h) as the test target serves it, with helpers for the usual ones.
// It refuses nothing: every field takes any bytes, since hosts are tested with hostile ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace target {

inline constexpr std::string_view kWellKnownNqn = "nqn.2014-08.org.nvmexpress.discovery";

inline constexpr std::uint8_t kSubtypeReferral = 1;
inline constexpr std::uint8_t kSubtypeNvm = 2;
inline constexpr std::uint8_t kSubtypeSelf = 3;

inline constexpr std::uint16_t kEflagDupretinfo = 1;
inline constexpr std::uint16_t kEflagEpcsd = 2;
inline constexpr std::uint16_t kEflagNcc = 4;

inline constexpr std::size_t kEntrySize = 1024;

/// Fields in the order of the wire.  Texts are copied as they are and cut at the field's size (trsvcid 32, subnqn 256,
/// traddr 256 bytes): a text that fills its field has no terminator.
struct LogEntry {
  std::uint8_t trtype = 3;  ///< 1 RDMA, 2 FC, 3 TCP, 254 loop
  std::uint8_t adrfam = 1;  ///< 1 IPv4, 2 IPv6
  std::uint8_t subtype = kSubtypeNvm;
  std::uint8_t treq = 0;
  std::uint16_t portid = 0;
  std::uint16_t cntlid = 0xFFFF;
  std::uint16_t asqsz = 32;
  std::uint16_t eflags = 0;
  std::string trsvcid{};
  std::string subnqn{};
  std::string traddr{};
  std::vector<std::uint8_t> tsas{};  ///< at most 256 bytes; empty: SECTYPE 0

  /// Fills the rest of trsvcid and traddr: NUL as nvmet does, ' ' as SPDK does.  subnqn is always filled with NUL.
  char pad = '\0';

  /// When set, these are the entry's bytes, and nothing else counts.
  std::optional<std::array<std::uint8_t, kEntrySize>> raw{};

  bool operator==(const LogEntry&) const = default;
};

/// An NVM subsystem at a TCP portal.  adrfam is IPv6 when the address holds a ':'.
LogEntry tcp_subsystem(std::string addr, std::uint16_t port, std::string nqn);

/// A referral to another discovery service (subtype 1); `nqn` is what a host should connect to there.
LogEntry referral(std::string addr, std::uint16_t port, std::string nqn = std::string(kWellKnownNqn));

/// The entry of the discovery subsystem that is being asked (subtype 3).
LogEntry self(std::string addr, std::uint16_t port, std::string nqn = std::string(kWellKnownNqn));

/// The entry's 1,024 bytes.
std::array<std::uint8_t, kEntrySize> encode(const LogEntry& entry);

/// The whole page: header (1,024 bytes; genctr, numrec = number of entries, recfmt 0), then the entries.
std::vector<std::uint8_t> encode_page(std::uint64_t genctr, const std::vector<LogEntry>& entries);

}  // namespace target
