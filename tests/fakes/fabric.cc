// Pages are changed as a target does: a new generation counter each time.
#include "tests/fakes/fabric.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "config/host_port.h"

namespace fakes {

nvme::TransportId Fabric::address(const std::string& host_port) {
  const std::size_t colon = host_port.rfind(':');
  std::string host = host_port.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  base::Result<nvme::IpAddress> ip = nvme::IpAddress::parse(host);
  base::Result<std::uint16_t> port =
      nvme::parse_port(colon == std::string::npos ? "" : host_port.substr(colon + 1));
  if (!ip || !port) {
    std::fprintf(stderr, "test: '%s' is no address:port\n", host_port.c_str());
    std::abort();
  }
  return nvme::TransportId{*ip, *port, std::nullopt, {}};
}

Portal* Fabric::find(const nvme::TransportId& where) {
  auto it = portals_.find(nvme::host_port(where.traddr, where.trsvcid));
  return it == portals_.end() ? nullptr : &it->second;
}

nvme::LogEntry entry(nvme::Subtype subtype, const std::string& host_port, const std::string& subnqn) {
  const nvme::TransportId where = Fabric::address(host_port);
  nvme::LogEntry out;
  out.trtype = static_cast<std::uint8_t>(nvme::TransportType::kTcp);
  out.adrfam = static_cast<std::uint8_t>(where.traddr.is_v6() ? nvme::AddressFamily::kIpv6
                                                              : nvme::AddressFamily::kIpv4);
  out.subtype = static_cast<std::uint8_t>(subtype);
  out.cntlid = 0xffff;
  out.trsvcid = std::to_string(where.trsvcid);
  out.traddr = nvme::to_string(where.traddr);
  out.subnqn = subnqn;
  return out;
}

void Fabric::changed(const std::string& service) {
  Portal& portal = portals_[service];
  portal.discovery = true;
  ++portal.page.genctr;
  if (page_changed) page_changed(service);
}

void Fabric::add(const std::string& service, nvme::LogEntry e) {
  portals_[service].page.entries.push_back(std::move(e));
  changed(service);
}

void Fabric::serve(const std::string& service, const std::string& io, const std::string& subnqn) {
  portals_[io].subsystems.insert(subnqn);
  list(service, io, subnqn);
}

void Fabric::list(const std::string& service, const std::string& io, const std::string& subnqn) {
  portals_[io];
  add(service, entry(nvme::Subtype::kNvm, io, subnqn));
}

void Fabric::unlist(const std::string& service, const std::string& io, const std::string& subnqn) {
  std::erase(portals_[service].page.entries, entry(nvme::Subtype::kNvm, io, subnqn));
  changed(service);
}

void Fabric::withdraw(const std::string& io, const std::string& subnqn) {
  portals_[io].subsystems.erase(subnqn);
  if (mood_changed) mood_changed(io);
}

void Fabric::make_unreadable(const std::string& service, std::optional<base::Error> why) {
  portals_[service].unreadable = std::move(why);
  if (page_changed) page_changed(service);
}

bool Fabric::has(const nvme::TransportId& where, const std::string& subnqn) {
  const Portal* portal = find(where);
  return portal && portal->mood == Mood::kUp && portal->subsystems.contains(subnqn);
}

std::vector<std::string> Fabric::addresses() const {
  std::vector<std::string> out;
  for (const auto& [address, portal] : portals_) out.push_back(address);
  return out;
}

void Fabric::refer(const std::string& service, const std::string& to) {
  portals_[to].discovery = true;
  add(service, entry(nvme::Subtype::kReferral, to, std::string(nvme::kDiscoveryNqn)));
}

void Fabric::unrefer(const std::string& service, const std::string& to) {
  std::erase(portals_[service].page.entries,
             entry(nvme::Subtype::kReferral, to, std::string(nvme::kDiscoveryNqn)));
  changed(service);
}

void Fabric::name_itself(const std::string& service, const std::string& nqn) {
  add(service, entry(nvme::Subtype::kCurrentDiscovery, service, nqn));
}

void Fabric::set(const std::string& host_port, Mood mood) {
  portals_[host_port].mood = mood;
  if (mood_changed) mood_changed(host_port);
}

}  // namespace fakes
