// Text is made once; nothing here is measured.
#include "tests/bench/world.h"

#include <utility>

namespace bench {
namespace {

constexpr const char* kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-1111-4111-8111-111111111111";

std::string subsystem(int i) { return "nqn.2016-01.com.example:suuid:0d5a8d6c-6c0f-4f9e-9c1e-" + std::to_string(100000000000 + i); }

nvme::IpAddress portal(int i) { return nvme::IpAddress::v4({10, 0, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(1 + i % 250)}); }

nvme::LogEntry entry(int i) {
  nvme::LogEntry out;
  out.trtype = 3;
  out.adrfam = 1;
  out.subtype = 2;
  out.trsvcid = "4420";
  out.traddr = nvme::to_string(portal(i % 16));
  out.subnqn = subsystem(i / 2);
  return out;
}

nvme::Controller controller(int i) {
  nvme::Controller out;
  out.instance = i;
  out.device = "nvme" + std::to_string(i);
  out.state = nvme::ControllerState::kLive;
  out.transport = nvme::TransportId{portal(i % 16), 4420, std::nullopt, {}};
  out.subsysnqn = subsystem(i / 2);
  out.hostnqn = kHostNqn;
  out.hostid = kHostId;
  out.cntrltype = "io";
  out.subsystem = "nvme-subsys" + std::to_string(i / 2);
  return out;
}

reconcile::ControllerEvents events_at(const reconcile::TimePoint& now) {
  reconcile::ControllerEvents events;
  events.now = [&now] { return now; };
  return events;
}

}  // namespace

reconcile::ObservedState world(int services, int paths, bool connected) {
  reconcile::ObservedState out;
  out.config_known = out.kernel_known = true;
  out.features = nvme::FabricsFeatures::oldest();
  out.host.identity = nvme::HostIdentity{*nvme::Nqn::parse(kHostNqn), *nvme::HostId::parse(kHostId)};
  nvme::LogPage page;
  for (int i = 0; i < paths; ++i) {
    page.entries.push_back(entry(i));
    if (connected) out.kernel.controllers.push_back(controller(i));
  }
  for (int i = 0; i < services; ++i) {
    config::EndpointSpec spec;
    spec.address = portal(1000 + i);
    spec.host = nvme::to_string(*spec.address);
    spec.group = "cluster";
    out.intent.endpoints.push_back(spec);
    reconcile::SessionView& session = out.sessions[reconcile::EndpointId{{*spec.address, 8009, std::nullopt, {}}, kHostNqn, "cluster"}];
    session.phase = reconcile::SessionPhase::kUp;
    session.log = std::make_shared<const nvme::LogPage>(page);
  }
  return out;
}

base::Result<nvme::HostId> Quiet::host_id_for(const nvme::Nqn&) { return *nvme::HostId::parse(kHostId); }

ToldAgent::ToldAgent(int paths, bool connected)
    : told(world(1, paths, connected)), agent_(reconcile::Settings{}, reconcile::Ports{ports, ports, ports, ports}, events_at(now), 1) {
  config::HostDefaults host;
  host.identity = told.host.identity;
  agent_.host_read(host);
  agent_.config_read(told.intent);
  agent_.features_read(nvme::FabricsFeatures::oldest());
  agent_.pass(now);
  agent_.scanned(told.kernel);
  agent_.pass(now);
  agent_.session_up(ports.started.at(0), {});
  agent_.session_log(ports.started.at(0), *told.sessions.begin()->second.log);
  agent_.pass(now);
  for (const nvme::TransportId& where : std::exchange(ports.probed, {})) agent_.probed(where, std::chrono::milliseconds(1));
  agent_.pass(now);
}

}  // namespace bench
