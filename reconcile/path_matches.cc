// A flat hash table from (traddr, trsvcid, subsystem NQN) to desired paths. What is simple is done at once: a new controller for
// paths that had none, another state of the only one. All else is matched anew at the next refresh().
#include "reconcile/path_matches.h"

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

std::uint64_t hash_of(const std::optional<nvme::IpAddress>& address) {
  return address ? hash_of(nvme::TransportId{.traddr = *address}, {}) : 0;
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

namespace {

std::uint64_t key_of(const nvme::Controller& controller) {
  const nvme::TransportId& transport = controller.transport;
  std::uint64_t key = hash_of(transport, controller.subsysnqn);
  for (const std::uint64_t more : {std::hash<std::string>{}(controller.hostnqn), std::hash<std::string>{}(transport.host_iface),
                                   hash_of(transport.host_traddr), hash_of(controller.src_addr),
                                   std::uint64_t{controller.is_discovery()}}) {
    key = (key ^ (key >> 31)) * 0x9e3779b97f4a7c15ULL + more;
  }
  return key;
}

}  // namespace

template <class Visit>
void PathMatches::for_each_served(const DesiredState& desired, const nvme::Controller& controller, Visit visit) const {
  if (controller.is_discovery()) return;
  const auto hash = static_cast<std::uint32_t>(hash_of(controller.transport, without_suffix(controller.subsysnqn, aux_suffix_)));
  for (std::size_t at = hash & (slots_.size() - 1); slots_[at].path != kFree; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash && serves(controller, desired.paths[slots_[at].path].path, aux_suffix_)) visit(slots_[at].path);
  }
}

void PathMatches::controller_changed(const DesiredState& desired, const nvme::SysfsSnapshot& kernel, std::size_t index) {
  if (desired_changed_ || kernel_changed_) return;
  const nvme::Controller& controller = kernel.controllers[index];
  const bool is_new = index == keys_.size();
  if (kernel.controllers.size() != keys_.size() + (is_new ? 1 : 0)) return kernel_changed();
  if (is_new) keys_.push_back(key_of(controller));
  else if (keys_[index] != key_of(controller)) return kernel_changed();
  for_each_served(desired, controller, [&](std::size_t path) {
    if (is_new && matches_[path].controller < 0) matches_[path].controller = static_cast<int>(index);
    else if (is_new || matches_[path].several) kernel_changed();
  });
}

void PathMatches::refresh(const DesiredState& desired, const nvme::SysfsSnapshot& kernel, std::string_view aux_suffix) {
  if (desired_changed_) {
    aux_suffix_ = aux_suffix;
    index_paths(desired);
  }
  if (desired_changed_ || kernel_changed_) match_all(desired, kernel);
  desired_changed_ = kernel_changed_ = false;
}

void PathMatches::index_paths(const DesiredState& desired) {
  slots_.assign(std::bit_ceil(desired.paths.size() * 2 + 1), Slot{0, kFree});
  for (std::size_t i = 0; i < desired.paths.size(); ++i) {
    const Path& path = desired.paths[i].path;
    const auto hash = static_cast<std::uint32_t>(hash_of(path.transport, without_suffix(path.subnqn, aux_suffix_)));
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].path != kFree) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = Slot{hash, static_cast<std::uint32_t>(i)};
  }
}

void PathMatches::match_all(const DesiredState& desired, const nvme::SysfsSnapshot& kernel) {
  matches_.assign(desired.paths.size(), Match{});
  keys_.clear();
  for (std::size_t i = 0; i < kernel.controllers.size(); ++i) {
    const nvme::Controller& controller = kernel.controllers[i];
    keys_.push_back(key_of(controller));
    for_each_served(desired, controller, [&](std::size_t path) {
      Match& match = matches_[path];
      match.several = match.controller >= 0;
      const bool best = !match.several || progress(controller.state) > progress(kernel.controllers[static_cast<std::size_t>(match.controller)].state);
      if (best) match.controller = static_cast<int>(i);
    });
  }
}

}  // namespace reconcile
