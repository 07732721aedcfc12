// The last changes: what, when, from what to what, and why. Kept in memory only, bounded in number and in length, and
// shared by pointer with every snapshot. Decides nothing, asks no clock.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace reconcile {

/// What a change is about; closed list, each with its subjects and states in docs/status.md.
enum class ChangeKind : std::uint8_t {
  kPath,           ///< "nqn… at 10.0.0.1:4420"
  kEndpoint,       ///< "10.0.0.1:8009": its session, and whether it is in use
  kLogPage,        ///< "10.0.0.1:8009": what it lists
  kAna,            ///< "nqn… at 10.0.0.1:4420": what its target says of the namespaces there
  kSubsystem,      ///< "nqn…": its last path went, or came back after that
  kPortal,         ///< "10.0.0.1:4420": preflight's answer
  kName,           ///< a host name: its addresses
  kKernel,         ///< "nvme-fabrics": whether it takes connects
  kConfiguration,  ///< "clientConfigDir": what was read there
  kAgent,          ///< "first sync"
};
inline constexpr std::size_t kChangeKinds = 10;
std::string_view to_string(ChangeKind kind);

struct Change {
  base::WallTime at{};
  ChangeKind kind{ChangeKind::kPath};
  std::string subject{};
  std::string before{}, after{}, cause{};  ///< `before` is empty for what is new; `cause` may be
};

/// Oldest first.
using History = std::vector<std::shared_ptr<const Change>>;
using HistoryPtr = std::shared_ptr<const History>;
using ChangeCounts = std::array<std::uint64_t, kChangeKinds>;

class HistoryRing {
 public:
  static constexpr std::size_t kKept = 1000;       // a day's worth of trouble; 400 KiB
  static constexpr std::size_t kTextLimit = 1024;  // of each text: some are a target's own words

  /// Longer texts are cut. Valid until kKept further ones were added.
  const Change& add(Change change);
  /// The newest kKept. The same pointer until the next add().
  HistoryPtr view();
  /// Since the start, by kind: also of those that are forgotten.
  const ChangeCounts& counts() const { return counts_; }

 private:
  std::deque<std::shared_ptr<const Change>> ring_{};
  HistoryPtr view_{std::make_shared<const History>()};
  bool stale_{false};
  ChangeCounts counts_{};
};

}  // namespace reconcile
