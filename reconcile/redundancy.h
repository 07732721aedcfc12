// What a subsystem's access hangs on: which subsystems are one failure away from losing it, and what goes when something
// is taken away. The one definition for the metric, for `status --without` and, held to the same cases
// (tests/golden/redundancy.json), for the page. Pure; refuses to guess routes that nobody configured.
//
// Access is any live path, listed by a service or not. A failure takes one *leg*: the target's address with all its
// portals, or a local address or interface that paths are bound to. A local leg counts as a possible failure only where
// this host's paths name more than one of its kind: with a single one (often a bond) every subsystem would always be
// "one failure away", and that would tell nobody anything. Taking it away explicitly always counts.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconcile/status.h"

namespace reconcile {

/// What goes away. At least one of `address` and `host_iface` is set.
struct Removal {
  std::optional<nvme::IpAddress> address{};  ///< of a target, or a local one that paths are bound to
  std::optional<std::uint16_t> trsvcid{};    ///< with `address`: only this portal of the target
  std::string host_iface{};                  ///< a local interface that paths are bound to
  friend bool operator==(const Removal&, const Removal&) = default;
};
/// What goes to, or is bound to, what is removed.
bool goes_with(const nvme::TransportId& transport, const Removal& removal);

/// A subsystem as seen by one host NQN: multipath joins paths of both.
struct SubsystemName {
  std::string subnqn{};
  std::string hostnqn{};
  friend bool operator==(const SubsystemName&, const SubsystemName&) = default;
  friend auto operator<=>(const SubsystemName&, const SubsystemName&) = default;
};

struct Loss {
  SubsystemName subsystem{};
  int before{0};  ///< live paths now
  int after{0};
  friend bool operator==(const Loss&, const Loss&) = default;
};

/// What happens without some things; every list is sorted by name.
struct Losses {
  std::vector<Loss> last{};              ///< live now, and then without any path: not safe
  std::vector<Loss> fewer{};             ///< keep at least one
  std::vector<SubsystemName> already{};  ///< have no live path even now; nothing to lose
  int untouched{0};                      ///< subsystems that lose nothing
  int paths{0};                          ///< live paths that go
  int services{0};                       ///< sessions with discovery services that go
  std::vector<std::string> mute{};       ///< groups with a session now and no service left: changes go unnoticed
  bool known{false};                     ///< some path or service goes to what was named, live or not: else a typing error?
  bool safe() const { return last.empty(); }
};
Losses losses_without(const Status& status, const std::vector<Removal>& removals);

/// A subsystem with access whose every live path shares a leg.
struct AtTheEdge {
  SubsystemName subsystem{};
  std::string hangs_on{};  ///< "10.0.0.1", "from 10.0.0.9", "via eth1"
  friend bool operator==(const AtTheEdge&, const AtTheEdge&) = default;
};
/// Sorted by name; its size is the metric. Linear but for the sorting: one look at each path.
std::vector<AtTheEdge> one_failure_away(const Status& status);

}  // namespace reconcile
