// Short ways to write the values that table tests of desire() and plan() are made of.
#pragma once

#include <string>

#include "config/discovery_conf.h"
#include "reconcile/plan.h"
#include "tests/fakes/fabric.h"

namespace values {

using namespace std::chrono_literals;
using fakes::entry;
using reconcile::EndpointId;
using reconcile::ObservedState;
using reconcile::Path;
using reconcile::TimePoint;

inline constexpr TimePoint kNow{std::chrono::hours(10)};
inline constexpr const char* kHostNqn =
    "nqn.2014-08.org.nvmexpress:uuid:11111111-1111-4111-8111-111111111111";
inline constexpr const char* kHostId = "11111111-1111-4111-8111-111111111111";
inline constexpr const char* kOtherId = "22222222-2222-4222-8222-222222222222";

inline nvme::HostIdentity identity(const std::string& nqn = kHostNqn, const std::string& id = kHostId) {
  return {*nvme::Nqn::parse(nqn), *nvme::HostId::parse(id)};
}

/// A host that knows itself, has read its directory and sysfs, and may use the kernel.
inline ObservedState observed(const std::string& lines) {
  ObservedState out;
  out.config_known = true;
  out.intent.endpoints = config::parse_discovery_conf(lines, "a.conf").endpoints;
  out.host.identity = identity();
  out.kernel_known = true;
  out.features = nvme::FabricsFeatures::oldest();
  return out;
}

inline EndpointId service(const std::string& host_port, const std::string& group,
                          const std::string& hostnqn = kHostNqn) {
  return EndpointId{fakes::Fabric::address(host_port), hostnqn, group};
}

inline reconcile::SessionView& up(ObservedState& o, const EndpointId& id,
                                  std::vector<nvme::LogEntry> entries) {
  reconcile::SessionView& session = o.sessions[id];
  session.phase = reconcile::SessionPhase::kUp;
  session.since = kNow - 1h;
  session.log = std::make_shared<const nvme::LogPage>(nvme::LogPage{1, std::move(entries)});
  return session;
}

inline nvme::LogEntry nvm(const std::string& host_port, const std::string& nqn) {
  return entry(nvme::Subtype::kNvm, host_port, nqn);
}
inline nvme::LogEntry referral(const std::string& host_port,
                               const std::string& nqn = std::string(nvme::kDiscoveryNqn)) {
  return entry(nvme::Subtype::kReferral, host_port, nqn);
}
inline nvme::LogEntry itself(const std::string& host_port, const std::string& nqn) {
  return entry(nvme::Subtype::kCurrentDiscovery, host_port, nqn);
}

inline nvme::Controller& controller(ObservedState& o, const std::string& host_port, const std::string& nqn,
                                    nvme::ControllerState state = nvme::ControllerState::kLive,
                                    const std::string& hostid = kHostId,
                                    const std::string& hostnqn = kHostNqn) {
  nvme::Controller c;
  c.instance = static_cast<int>(o.kernel.controllers.size());
  c.device = "nvme" + std::to_string(c.instance);
  c.state = state;
  c.transport = fakes::Fabric::address(host_port);
  c.subsysnqn = nqn;
  c.hostnqn = hostnqn;
  c.hostid = hostid;
  c.cntrltype = "io";
  o.kernel.controllers.push_back(c);
  return o.kernel.controllers.back();
}

inline Path path(const std::string& host_port, const std::string& nqn,
                 const std::string& hostnqn = kHostNqn) {
  return Path{fakes::Fabric::address(host_port), nqn, hostnqn};
}

inline void answered(ObservedState& o, const std::string& host_port) {
  o.portals[fakes::Fabric::address(host_port)].at = kNow;
}

}  // namespace values
