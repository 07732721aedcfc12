// As whom a line goes: the host id that belongs to a host NQN (DESIGN.md, decision 10). Chooses; makes
// nothing.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconcile/model.h"

namespace reconcile {

/// Which host ids the kernel's controllers carry, by host NQN, each once, in the order of instances, live
/// ones first.
using KernelIdentities = std::map<std::string, std::vector<nvme::HostId>, std::less<>>;
KernelIdentities kernel_identities(const nvme::SysfsSnapshot& kernel);

/// Asked for one line after the other, in configured order: the first of several foreign host NQNs may have
/// the host's own id.
class Identities {
 public:
  explicit Identities(const ObservedState& observed);

  /// The identity for `hostnqn` (none: the host's own) and the line's own `hostid`. Nothing, and the host NQN
  /// in wanted(), where the book has to be asked; nothing alone where not even a host NQN is known.
  std::optional<nvme::HostIdentity> of(const std::optional<nvme::Nqn>& hostnqn,
                                       const std::optional<nvme::HostId>& hostid);

  const std::vector<std::string>& wanted() const { return wanted_; }

 private:
  std::optional<nvme::HostId> choose(const nvme::Nqn& hostnqn);
  bool claimed_by_another(const nvme::HostId& hostid, const std::string& hostnqn) const;

  const ObservedState& observed_;
  KernelIdentities kernel_;
  std::map<std::string, nvme::HostId> given_{};   ///< -I of any line with that -q
  std::map<nvme::HostId, std::string> claims_{};  ///< host id -> the host NQN that has it
  std::map<std::string, std::optional<nvme::HostId>> chosen_{};
  std::vector<std::string> wanted_{};
};

}  // namespace reconcile
