// The admin commands that a discovery host sends, as values. Knows the bytes, not when to send them; CIDs are given
// by the table that sends them.
// Source: NVMe Base and NVMe over Fabrics specifications; Linux drivers/nvme/host/{fabrics,core}.c.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "nvme/nqn.h"
#include "nvme/status.h"
#include "nvme/wire.h"

namespace nvme {

struct Command {
  std::string_view name{};              ///< static text, for messages
  wire::Sqe sqe{};
  std::vector<std::byte> in_capsule{};  ///< data that goes out with it
  std::vector<std::byte> buffer{};      ///< its size is what is asked for; comes back in the completion
};

struct Completion {
  Status status{};
  std::uint64_t result{0};
  std::vector<std::byte> data{};
};

/// Property (register) offsets.
inline constexpr std::uint32_t kPropertyCap = 0x00;
inline constexpr std::uint32_t kPropertyVs = 0x08;
inline constexpr std::uint32_t kPropertyCc = 0x14;
inline constexpr std::uint32_t kPropertyCsts = 0x1C;
inline constexpr std::uint32_t kPropertyCrto = 0x68;

inline constexpr std::uint32_t kCcEnable = 0x00460001;    ///< EN, IOSQES 6, IOCQES 4
inline constexpr std::uint32_t kCcShutdown = 0x00004000;  ///< SHN 01b (normal), added to what it was enabled with
/// CC to enable a controller of these capabilities: the NVM command set, or what it has instead (CAP.CSS).
std::uint32_t enabling_cc(std::uint64_t cap);
inline constexpr std::uint32_t kDiscoveryChangeNotices = 0x80000000;  ///< OAES and Set Features 0Bh, bit 31

Command connect_command(const HostIdentity& identity, const Nqn& subnqn, std::chrono::milliseconds kato);
Command property_get(std::uint32_t offset);  ///< 8 bytes for CAP, else 4
Command property_set(std::uint32_t offset, std::uint32_t value);
Command identify_controller();
Command configure_events(std::uint32_t events);
Command async_event_request();
Command keep_alive();
/// `retain`: RAE, the event stays masked. `buffer.size()` bytes (a multiple of 4, at least 4) from `offset`.
Command get_discovery_log(std::uint64_t offset, bool retain, std::vector<std::byte> buffer);

}  // namespace nvme
