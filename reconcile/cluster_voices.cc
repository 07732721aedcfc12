// Pages of services that are up and were read since; remembered ones have no say about others.
#include "reconcile/cluster_voices.h"

#include <algorithm>

namespace reconcile {

namespace {

bool is_link_local(const nvme::IpAddress& address) {
  return address.is_v6() && address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0x80;
}

bool has_fresh_page(const SessionView& session) {
  return session.phase == SessionPhase::kUp && session.log && !session.log_remembered;
}

}  // namespace

nvme::TransportId seen_from(const nvme::TransportId& service, nvme::IpAddress traddr, std::uint16_t trsvcid) {
  if (is_link_local(traddr) && traddr.zone().empty() && is_link_local(service.traddr)) {
    traddr = nvme::IpAddress::v6(traddr.bytes(), service.traddr.zone());
  }
  nvme::TransportId out{std::move(traddr), trsvcid, std::nullopt, service.host_iface};
  if (service.host_traddr && service.host_traddr->is_v6() == out.traddr.is_v6())
    out.host_traddr = service.host_traddr;
  return out;
}

bool ClusterVoices::heard(const std::string& group, const std::string& hostnqn) {
  if (!heard_) {
    heard_.emplace();
    for (const auto& [id, session] : observed_.sessions) {
      if (has_fresh_page(session)) heard_->emplace(id.group, id.hostnqn);
    }
  }
  return heard_->contains({group, hostnqn});
}

void ClusterVoices::listen() {
  voices_.emplace();
  for (const auto& [id, session] : observed_.sessions) {
    if (!has_fresh_page(session)) continue;
    Voice voice{.id = id};
    for (const nvme::LogEntry& entry : session.log->entries) {
      const bool refers = entry.subtype == static_cast<std::uint8_t>(nvme::Subtype::kReferral);
      if (!refers && entry.subtype != static_cast<std::uint8_t>(nvme::Subtype::kCurrentDiscovery)) continue;
      base::Result<nvme::EntryTarget> target = nvme::target(entry);
      if (!target) continue;
      voice.refers |= refers;
      const nvme::TransportId there = seen_from(id.address, target->traddr, target->trsvcid);
      voice.listed.insert({there.traddr, there.trsvcid});
    }
    if (voice.refers) voices_->push_back(std::move(voice));
  }
}

bool ClusterVoices::disowned(const EndpointId& id, const std::set<EndpointId>* among) {
  if (!voices_) listen();
  bool others_refer = false;
  for (const Voice& voice : *voices_) {
    if (voice.id.group != id.group || voice.id.hostnqn != id.hostnqn || silenced_.contains(voice.id)) continue;
    const bool itself = voice.id.address.traddr == id.address.traddr && voice.id.address.trsvcid == id.address.trsvcid;
    if (itself || (among && !among->contains(voice.id))) continue;
    if (voice.listed.contains({id.address.traddr, id.address.trsvcid})) return false;
    others_refer = true;
  }
  return others_refer;
}

}  // namespace reconcile
