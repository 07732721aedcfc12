// Host ids by host NQN. The kernel (since 6.5 or so) refuses one host NQN with two ids and one id with two
// host NQNs (NVME_TCP_FACTS 4.4), so what is in use comes before what is configured elsewhere.
#include "reconcile/identities.h"

#include <algorithm>

namespace reconcile {

namespace {

constexpr std::string_view kUuidNqnPrefix = "nqn.2014-08.org.nvmexpress:uuid:";

std::optional<nvme::HostId> uuid_inside(const std::string& hostnqn) {
  if (!hostnqn.starts_with(kUuidNqnPrefix)) return std::nullopt;
  base::Result<nvme::HostId> parsed =
      nvme::HostId::parse(std::string_view(hostnqn).substr(kUuidNqnPrefix.size()));
  if (!parsed) return std::nullopt;
  return *parsed;
}

}  // namespace

KernelIdentities kernel_identities(const nvme::SysfsSnapshot& kernel) {
  KernelIdentities out;
  for (bool live : {true, false}) {
    const nvme::Controller* last =
        nullptr;  // neighbours are alike: thousands of controllers, one or two identities
    for (const nvme::Controller& controller : kernel.controllers) {
      if ((controller.state == nvme::ControllerState::kLive) != live) continue;
      if (controller.state == nvme::ControllerState::kDead || controller.hostnqn.empty()) continue;
      if (last && last->hostid == controller.hostid && last->hostnqn == controller.hostnqn) continue;
      last = &controller;
      base::Result<nvme::HostId> hostid = nvme::HostId::parse(controller.hostid);
      if (!hostid) continue;
      std::vector<nvme::HostId>& ids = out[controller.hostnqn];
      if (std::ranges::find(ids, *hostid) == ids.end()) ids.push_back(*hostid);
    }
  }
  return out;
}

Identities::Identities(const ObservedState& observed)
    : observed_(observed), kernel_(kernel_identities(observed.kernel)) {
  for (const auto& [hostnqn, ids] : kernel_) {
    for (const nvme::HostId& id : ids) claims_.try_emplace(id, hostnqn);
  }
  const std::optional<nvme::HostIdentity>& own = observed.host.identity;
  for (const config::EndpointSpec& spec : observed.intent.endpoints) {
    if (spec.hostid && (spec.hostnqn || own)) {
      const std::string& hostnqn = spec.hostnqn ? spec.hostnqn->str() : own->hostnqn.str();
      given_.try_emplace(hostnqn, *spec.hostid);
      claims_.try_emplace(*spec.hostid, hostnqn);
    }
    const bool goes_as_host = own && (!spec.hostnqn || *spec.hostnqn == own->hostnqn);
    if (goes_as_host && !spec.hostid) claims_.try_emplace(own->hostid, own->hostnqn.str());
  }
}

bool Identities::claimed_by_another(const nvme::HostId& hostid, const std::string& hostnqn) const {
  auto it = claims_.find(hostid);
  return it != claims_.end() && it->second != hostnqn;
}

std::optional<nvme::HostId> Identities::choose(const nvme::Nqn& hostnqn) {
  const std::optional<nvme::HostIdentity>& own = observed_.host.identity;
  if (auto in_use = kernel_.find(hostnqn.str()); in_use != kernel_.end()) {
    // Of several (6.1 lets that happen) the host's own, so that nothing flips; else the first.
    if (own && std::ranges::find(in_use->second, own->hostid) != in_use->second.end()) return own->hostid;
    return in_use->second.front();
  }
  if (auto given = given_.find(hostnqn.str()); given != given_.end()) return given->second;
  if (own && hostnqn == own->hostnqn) return own->hostid;
  if (own && !claimed_by_another(own->hostid, hostnqn.str())) return own->hostid;
  std::optional<nvme::HostId> inside = uuid_inside(hostnqn.str());
  if (inside && !claimed_by_another(*inside, hostnqn.str())) return inside;
  if (auto kept = observed_.host_ids.find(hostnqn.str()); kept != observed_.host_ids.end())
    return kept->second;
  wanted_.push_back(hostnqn.str());
  return std::nullopt;
}

std::optional<nvme::HostIdentity> Identities::of(const std::optional<nvme::Nqn>& hostnqn,
                                                 const std::optional<nvme::HostId>& hostid) {
  if (!hostnqn && !observed_.host.identity) return std::nullopt;
  const nvme::Nqn& nqn = hostnqn ? *hostnqn : observed_.host.identity->hostnqn;
  if (hostid) return nvme::HostIdentity{nqn, *hostid};
  auto known = chosen_.find(nqn.str());
  if (known == chosen_.end()) {
    std::optional<nvme::HostId> choice = choose(nqn);
    if (choice) claims_.try_emplace(*choice, nqn.str());
    known = chosen_.emplace(nqn.str(), choice).first;
  }
  if (!known->second) return std::nullopt;
  return nvme::HostIdentity{nqn, *known->second};
}

}  // namespace reconcile
