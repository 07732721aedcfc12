// What the kernel has: /sys/class/nvme and /sys/class/nvme-subsystem as values. Files vanish while we read; that is
// normal and never an error. Source: Linux Documentation/ABI, drivers/nvme/host/{core,sysfs,fabrics}.c.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "nvme/address.h"

namespace nvme {

enum class ControllerState : std::uint8_t { kNew, kLive, kResetting, kConnecting, kDeleting, kDead, kUnknown };
std::string_view to_string(ControllerState state);
/// The kernel's text, e.g. "deleting (no IO)".
ControllerState parse_controller_state(std::string_view text);

/// What a path's target says of a namespace there (Asymmetric Namespace Access).
enum class AnaState : std::uint8_t { kOptimized, kNonOptimized, kInaccessible, kPersistentLoss, kChange, kUnknown };
inline constexpr std::size_t kAnaStates = 6;
std::string_view to_string(AnaState state);
/// The kernel's text, e.g. "non-optimized".
AnaState parse_ana_state(std::string_view text);
/// Namespaces of one controller by state. All 0: it has none yet, or its target does not use ANA.
using AnaCounts = std::array<std::uint16_t, kAnaStates>;

/// One fabrics TCP controller. Text fields are trimmed; what could not be read is empty.
struct Controller {
  std::string device{};            ///< "nvme3"
  int instance{-1};
  ControllerState state{ControllerState::kUnknown};
  TransportId transport{};         ///< from `address`; host_traddr and host_iface as the kernel was told
  std::optional<IpAddress> src_addr{};  ///< as first seen; only while the admin queue is live (6.1+)
  std::string subsysnqn{};         ///< from Identify: the unique NQN of a discovery subsystem; empty before the first
  std::string hostnqn{};
  std::string hostid{};
  std::string cntrltype{};         ///< "io", "discovery", "admin" or empty
  std::uint16_t cntlid{0};
  std::optional<int> ctrl_loss_tmo{};     ///< seconds; -1: for ever ("off")
  std::uint64_t inode{0};          ///< of its folder: the next controller with this number has another; 0: not known
  std::string subsystem{};         ///< "nvme-subsys2"
  AnaCounts ana{};
  friend bool operator==(const Controller&, const Controller&) = default;

  bool is_discovery() const;
};

/// Every TCP controller, by instance number. Other transports are left alone and not listed.
struct SysfsSnapshot {
  /// Something could not be opened for want of descriptors or memory: what is missing here may well be there.
  std::optional<base::Error> unread{};
  std::vector<Controller> controllers{};
  std::optional<bool> native_multipath{};  ///< nvme_core's parameter; where it is missing, whether iopolicy exists
  bool fabrics_loaded{false};              ///< /sys/class/nvme-fabrics/ctl is there
  bool tcp_loaded{false};                  ///< /sys/module/nvme_tcp is there (loaded or built in)
};

/// "traddr=10.0.0.1,trsvcid=4420,host_traddr=…,host_iface=…,src_addr=…" in any order; unknown keys are skipped.
struct ParsedAddress {
  TransportId transport{};
  std::optional<IpAddress> src_addr{};
};
base::Result<ParsedAddress> parse_address(std::string_view text);

/// What `address` said of controllers, by instance, for as long as their folder is the same. Where it has a source address it is
/// not read again: to tell it the kernel asks the socket (drivers/nvme/host/tcp.c, nvme_tcp_get_address), and 6.1 may do so while
/// it lets go of it after a loss, which ends the thread that reads (NULL dereference in kernel_getsockname, seen with 6.1.192).
struct KnownAddress {
  std::uint64_t inode{0};
  ParsedAddress address{};
};
using KnownAddresses = std::unordered_map<int, KnownAddress>;

/// Remembers in which subsystem it found an NQN, so that one look costs the same among ten controllers and among ten
/// thousand; and addresses. For one thread at a time.
class Sysfs {
 public:
  /// `root`: normally "/sys"; tests give a folder.
  explicit Sysfs(std::string root) : root_(std::move(root)) {}
  SysfsSnapshot scan();
  /// Some controllers; nothing for each that is gone or not TCP. An error as SysfsSnapshot::unread: nothing is known of any.
  using Found = std::map<std::string, std::optional<Controller>>;
  base::Result<Found> read(const std::set<std::string>& devices);
  base::Result<std::optional<Controller>> read(const std::string& device);
  /// SysfsSnapshot::native_multipath alone.
  std::optional<bool> native_multipath() const;
  const std::string& root() const { return root_; }
  /// Listings of all subsystems so far: what a look should not need.
  std::uint64_t searches() const { return searches_; }

 private:
  std::optional<std::string> quickly_found_subsystem(const Controller& controller) const;

  std::string root_;
  std::unordered_map<std::string, std::string> subsystems_{};  ///< by subsystem NQN, as last seen; checked before use
  KnownAddresses addresses_{};
  std::uint64_t searches_{0};
};

}  // namespace nvme
