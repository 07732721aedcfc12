// A flat hash table from (traddr, trsvcid, subsystem NQN) to controllers; built for each plan, so it must be
// cheap.
#include "reconcile/kernel_index.h"

#include <bit>
#include <functional>

namespace reconcile {

namespace {

constexpr std::uint32_t kFree = 0xffffffff;

std::uint64_t hash_of(const nvme::TransportId& transport, std::string_view subnqn) {
  const auto& bytes = transport.traddr.bytes();
  const std::string_view address(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::uint64_t h = std::hash<std::string_view>{}(address) * 31 + transport.trsvcid;
  return (h ^ (h >> 29)) * 0x9e3779b97f4a7c15ULL + std::hash<std::string_view>{}(subnqn);
}

std::string_view without_suffix(std::string_view subnqn, std::string_view aux_suffix) {
  const bool has = !aux_suffix.empty() && subnqn.size() > aux_suffix.size() + 1 &&
                   subnqn.ends_with(aux_suffix) && subnqn[subnqn.size() - aux_suffix.size() - 1] == '.';
  return has ? subnqn.substr(0, subnqn.size() - aux_suffix.size() - 1) : subnqn;
}

/// How near to serving I/O: the best of several controllers is the path's.
int progress(nvme::ControllerState state) {
  switch (state) {
    case nvme::ControllerState::kLive:
      return 3;
    case nvme::ControllerState::kNew:
    case nvme::ControllerState::kConnecting:
    case nvme::ControllerState::kResetting:
    case nvme::ControllerState::kUnknown:
      return 2;
    case nvme::ControllerState::kDeleting:
      return 1;
    case nvme::ControllerState::kDead:
      return 0;
  }
  return 0;
}

}  // namespace

bool serves(const nvme::Controller& controller, const Path& path, std::string_view aux_suffix) {
  const nvme::TransportId& has = controller.transport;
  const nvme::TransportId& wanted = path.transport;
  if (has.trsvcid != wanted.trsvcid || has.traddr != wanted.traddr) return false;
  if (controller.subsysnqn != path.subnqn && controller.subsysnqn != without_suffix(path.subnqn, aux_suffix))
    return false;
  if (!controller.hostnqn.empty() && controller.hostnqn != path.hostnqn)
    return false;  // empty: could not be read
  const bool from_there =
      wanted.host_traddr && controller.src_addr && *controller.src_addr == *wanted.host_traddr;
  if (wanted.host_traddr && has.host_traddr != wanted.host_traddr && (has.host_traddr || !from_there))
    return false;
  if (!wanted.host_iface.empty() && has.host_iface != wanted.host_iface &&
      (!has.host_iface.empty() || !from_there))
    return false;
  return true;
}

KernelIndex::KernelIndex(const nvme::SysfsSnapshot& kernel, std::string_view aux_suffix)
    : controllers_(kernel.controllers), aux_suffix_(aux_suffix) {
  slots_.resize(std::bit_ceil(controllers_.size() * 2 + 1), Slot{0, kFree});
  mask_ = slots_.size() - 1;
  for (std::size_t i = 0; i < controllers_.size(); ++i) {
    if (controllers_[i].is_discovery()) continue;
    const std::string_view subnqn = without_suffix(controllers_[i].subsysnqn, aux_suffix_);
    const std::uint64_t hash = hash_of(controllers_[i].transport, subnqn);
    std::uint64_t at = hash & mask_;
    while (slots_[at].index != kFree) at = (at + 1) & mask_;
    slots_[at] = Slot{hash, static_cast<std::uint32_t>(i)};
  }
}

int KernelIndex::find(const Path& path) const {
  const std::uint64_t hash = hash_of(path.transport, without_suffix(path.subnqn, aux_suffix_));
  int best = -1;
  for (std::uint64_t at = hash & mask_; slots_[at].index != kFree; at = (at + 1) & mask_) {
    if (slots_[at].hash != hash) continue;
    const nvme::Controller& controller = controllers_[slots_[at].index];
    if (!serves(controller, path, aux_suffix_)) continue;
    if (best < 0 ||
        progress(controller.state) > progress(controllers_[static_cast<std::size_t>(best)].state)) {
      best = static_cast<int>(slots_[at].index);
    }
  }
  return best;
}

}  // namespace reconcile
