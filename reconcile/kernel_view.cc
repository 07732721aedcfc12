// A flat hash table from (traddr, trsvcid, subsystem NQN) to desired paths. What is simple is done at once: a new controller for
// paths that had none, another state of the only one. All else is matched anew at the next refresh().
#include "reconcile/kernel_view.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace reconcile {

namespace {

constexpr std::uint32_t kFree = 0xffffffff;

std::uint64_t hash_of(std::string_view text) { return std::hash<std::string_view>{}(text); }

std::uint64_t hash_of(const nvme::IpAddress& address) {
  const auto& bytes = address.bytes();
  return hash_of(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return (a ^ (a >> 29)) * 0x9e3779b97f4a7c15ULL + b; }

/// Of a controller, or of a path without its suffix: where the same is looked for.
std::uint32_t place_of(const nvme::TransportId& transport, std::string_view subnqn) {
  return static_cast<std::uint32_t>(mix(hash_of(transport.traddr) * 31 + transport.trsvcid, hash_of(subnqn)));
}

/// All that serves() asks of a controller.
std::uint64_t key_of(const nvme::Controller& controller) {
  const nvme::TransportId& transport = controller.transport;
  std::uint64_t key = transport.trsvcid;
  for (const bool is : {controller.is_discovery(), transport.host_traddr.has_value(), controller.src_addr.has_value()}) key = key * 2 + (is ? 1 : 0);
  for (const std::string_view text : {std::string_view(controller.subsysnqn), std::string_view(controller.hostnqn), std::string_view(transport.host_iface)})
    key = mix(key, hash_of(text));
  for (const nvme::IpAddress& address : {transport.traddr, transport.host_traddr.value_or(nvme::IpAddress{}), controller.src_addr.value_or(nvme::IpAddress{})})
    key = mix(mix(key, hash_of(address)), hash_of(address.zone()));
  return key;
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

template <class Visit>
void KernelView::for_each_served(const DesiredState& desired, const nvme::Controller& controller, Visit visit) const {
  if (slots_.empty() || controller.is_discovery()) return;
  const std::uint32_t hash = place_of(controller.transport, without_suffix(controller.subsysnqn, aux_suffix_));
  for (std::size_t at = hash & (slots_.size() - 1); slots_[at].path != kFree; at = (at + 1) & (slots_.size() - 1)) {
    if (slots_[at].hash == hash && serves(controller, desired.paths[slots_[at].path].path, aux_suffix_)) visit(slots_[at].path);
  }
}

std::vector<std::size_t> KernelView::served_by(const DesiredState& desired, const nvme::Controller& controller) const {
  std::vector<std::size_t> out;
  for_each_served(desired, controller, [&](std::size_t path) { out.push_back(path); });
  std::ranges::sort(out);
  return out;
}

void KernelView::controller_changed(const DesiredState& desired, const nvme::SysfsSnapshot& kernel, std::size_t index) {
  if (kernel_changed_) return;
  const nvme::Controller& controller = kernel.controllers[index];
  const bool is_new = index == keys_.size();
  if (kernel.controllers.size() != keys_.size() + (is_new ? 1 : 0)) return kernel_changed();
  if (is_new) keys_.push_back(key_of(controller));
  else if (keys_[index] != key_of(controller)) return kernel_changed();
  identities_changed_ = identities_changed_ || !is_known_as_ever(controller);
  if (desired_changed_) return;
  for_each_served(desired, controller, [&](std::size_t path) {
    if (is_new && matches_[path].controller < 0) matches_[path].controller = static_cast<int>(index);
    else if (is_new || matches_[path].several) kernel_changed();
  });
}

void KernelView::refresh(const DesiredState& desired, const nvme::SysfsSnapshot& kernel, std::string_view aux_suffix) {
  if (desired_changed_) {
    aux_suffix_ = aux_suffix;
    index_paths(desired);
  }
  if (desired_changed_ || kernel_changed_) match_all(desired, kernel);
  if (kernel_changed_) {
    keys_.clear();
    for (const nvme::Controller& controller : kernel.controllers) keys_.push_back(key_of(controller));
  }
  if (kernel_changed_ || identities_changed_) identities_ = kernel_identities(kernel);
  desired_changed_ = kernel_changed_ = identities_changed_ = false;
}

/// Its host NQN has one id, and this is it: whatever its state was, nothing about identities is new.
bool KernelView::is_known_as_ever(const nvme::Controller& controller) const {
  if (controller.state == nvme::ControllerState::kDead) return false;
  const auto known = identities_.find(controller.hostnqn);
  if (known == identities_.end() || known->second.size() != 1) return false;
  const base::Result<nvme::HostId> hostid = nvme::HostId::parse(controller.hostid);
  return hostid && known->second.front() == *hostid;
}

void KernelView::index_paths(const DesiredState& desired) {
  slots_.assign(std::bit_ceil(desired.paths.size() * 2 + 1), Slot{0, kFree});
  for (std::size_t i = 0; i < desired.paths.size(); ++i) {
    const Path& path = desired.paths[i].path;
    const std::uint32_t hash = place_of(path.transport, without_suffix(path.subnqn, aux_suffix_));
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].path != kFree) at = (at + 1) & (slots_.size() - 1);
    slots_[at] = Slot{hash, static_cast<std::uint32_t>(i)};
  }
}

void KernelView::match_all(const DesiredState& desired, const nvme::SysfsSnapshot& kernel) {
  matches_.assign(desired.paths.size(), Match{});
  for (std::size_t i = 0; i < kernel.controllers.size(); ++i) {
    const nvme::Controller& controller = kernel.controllers[i];
    for_each_served(desired, controller, [&](std::size_t path) {
      Match& match = matches_[path];
      match.several = match.controller >= 0;
      const bool best = !match.several || progress(controller.state) > progress(kernel.controllers[static_cast<std::size_t>(match.controller)].state);
      if (best) match.controller = static_cast<int>(i);
    });
  }
}

}  // namespace reconcile
