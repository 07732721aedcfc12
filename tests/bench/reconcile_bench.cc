// desire() and plan() over 10,000 desired and 10,000 observed paths (budget: 20 ms together), and a whole
// pass.
#include <benchmark/benchmark.h>

#include <string>

#include "nvme/fabrics.h"
#include "reconcile/controller.h"

namespace {

using namespace std::chrono_literals;
using reconcile::EndpointId;
using reconcile::ObservedState;
using reconcile::Settings;
using reconcile::TimePoint;

constexpr int kPaths = 10000;
constexpr TimePoint kNow{10h};
constexpr const char* kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-1111-4111-8111-111111111111";
constexpr const char* kHostId = "11111111-1111-4111-8111-111111111111";

std::string subsystem(int i) {
  return "nqn.2016-01.com.example:suuid:0d5a8d6c-6c0f-4f9e-9c1e-" + std::to_string(100000000000 + i);
}
nvme::IpAddress portal(int i) {
  return nvme::IpAddress::v4(
      {10, 0, static_cast<std::uint8_t>(i / 250), static_cast<std::uint8_t>(1 + i % 250)});
}

/// `services` services in one cluster; each lists every one of `paths` paths, two portals a subsystem.
ObservedState world(int services, int paths, bool connected) {
  ObservedState o;
  o.config_known = o.kernel_known = true;
  o.features = nvme::FabricsFeatures::oldest();
  o.host.identity = nvme::HostIdentity{*nvme::Nqn::parse(kHostNqn), *nvme::HostId::parse(kHostId)};
  nvme::LogPage page;
  for (int i = 0; i < paths; ++i) {
    nvme::LogEntry e;
    e.trtype = 3;
    e.adrfam = 1;
    e.subtype = 2;
    e.trsvcid = "4420";
    e.traddr = nvme::to_string(portal(i % 16));
    e.subnqn = subsystem(i / 2);
    page.entries.push_back(e);
    if (!connected) continue;
    nvme::Controller c;
    c.instance = i;
    c.device = "nvme" + std::to_string(i);
    c.state = nvme::ControllerState::kLive;
    c.transport = nvme::TransportId{portal(i % 16), 4420, std::nullopt, {}};
    c.subsysnqn = e.subnqn;
    c.hostnqn = kHostNqn;
    c.hostid = kHostId;
    c.cntrltype = "io";
    o.kernel.controllers.push_back(c);
  }
  for (int i = 0; i < services; ++i) {
    config::EndpointSpec spec;
    spec.address = portal(1000 + i);
    spec.host = nvme::to_string(*spec.address);
    spec.group = "cluster";
    o.intent.endpoints.push_back(spec);
    reconcile::SessionView& session =
        o.sessions[EndpointId{{*spec.address, 8009, std::nullopt, {}}, kHostNqn, "cluster"}];
    session.phase = reconcile::SessionPhase::kUp;
    session.log = std::make_shared<const nvme::LogPage>(page);
  }
  return o;
}

void desire_only(benchmark::State& state) {
  const ObservedState o = world(static_cast<int>(state.range(0)), kPaths, true);
  for (auto _ : state) benchmark::DoNotOptimize(reconcile::desire(o, Settings{}));
}
BENCHMARK(desire_only)->Arg(1)->Arg(4)->Unit(benchmark::kMillisecond);

void plan_all_live(benchmark::State& state) {
  const ObservedState o = world(1, kPaths, true);
  const reconcile::DesiredState d = reconcile::desire(o, Settings{});
  for (auto _ : state) benchmark::DoNotOptimize(reconcile::plan(d, o, Settings{}, kNow));
}
BENCHMARK(plan_all_live)->Unit(benchmark::kMillisecond);

void plan_none_live(benchmark::State& state) {
  ObservedState o = world(1, kPaths, false);
  for (int i = 0; i < 16; ++i) o.portals[nvme::TransportId{portal(i), 4420, std::nullopt, {}}].at = kNow;
  const reconcile::DesiredState d = reconcile::desire(o, Settings{});
  for (auto _ : state) benchmark::DoNotOptimize(reconcile::plan(d, o, Settings{}, kNow));
}
BENCHMARK(plan_none_live)->Unit(benchmark::kMillisecond);

/// The budget of DESIGN.md: 20 ms.
void desire_and_plan(benchmark::State& state) {
  const ObservedState o = world(1, kPaths, true);
  for (auto _ : state) {
    const reconcile::DesiredState d = reconcile::desire(o, Settings{});
    benchmark::DoNotOptimize(reconcile::plan(d, o, Settings{}, kNow));
  }
  state.counters["budget_ms"] = 20;
}
BENCHMARK(desire_and_plan)->Unit(benchmark::kMillisecond);

struct Quiet final : reconcile::Sessions, reconcile::Kernel, reconcile::Network, reconcile::Memory {
  void start(const EndpointId& id, const nvme::SessionOptions&) override { started.push_back(id); }
  void stop(const EndpointId&) override {}
  void reread(const EndpointId&) override {}
  void read_features() override {}
  void connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures&) override {
    sent.push_back(options.path);
  }
  void scan() override {}
  void look(const std::string&) override {}
  void probe(const nvme::TransportId& where, const nvme::PreflightOptions&) override {
    probed.push_back(where);
  }
  void resolve(const std::string&) override {}
  void save(const config::Remembered&) override {}
  base::Result<nvme::HostId> host_id_for(const nvme::Nqn&) override { return *nvme::HostId::parse(kHostId); }
  std::vector<EndpointId> started{};
  std::vector<reconcile::Path> sent{};
  std::vector<nvme::TransportId> probed{};
};

/// What one outcome costs while 10,000 paths are being connected: the pass that follows it.
void pass_per_outcome(benchmark::State& state) {
  const ObservedState o = world(1, static_cast<int>(state.range(0)), false);
  Quiet ports;
  TimePoint now = kNow;
  reconcile::ControllerEvents events;
  events.now = [&] { return now; };
  reconcile::Controller agent(Settings{}, reconcile::Ports{ports, ports, ports, ports}, std::move(events), 1);
  config::HostDefaults host;
  host.identity = o.host.identity;
  agent.host_read(host);
  agent.config_read(o.intent);
  agent.features_read(nvme::FabricsFeatures::oldest());
  agent.scanned(nvme::SysfsSnapshot{});
  agent.pass(now);
  agent.session_up(ports.started.at(0), {});
  agent.session_log(ports.started.at(0), *o.sessions.begin()->second.log);
  agent.pass(now);
  for (const nvme::TransportId& where : ports.probed) agent.probed(where, 1ms);
  agent.pass(now);
  int instance = 0;
  for (auto _ : state) {
    if (ports.sent.empty()) break;
    const reconcile::Path path = ports.sent.front();
    ports.sent.erase(ports.sent.begin());
    now += 5ms;
    nvme::Controller c;
    c.instance = instance++;
    c.device = "nvme" + std::to_string(c.instance);
    c.state = nvme::ControllerState::kLive;
    c.transport = path.transport;
    c.subsysnqn = path.subnqn;
    c.hostnqn = path.hostnqn;
    c.hostid = kHostId;
    agent.connect_ended(path, nvme::ConnectedController{c.instance, 1}, 5ms);
    agent.device_read(c.device, c);
    agent.pass(now);
  }
}
BENCHMARK(pass_per_outcome)->Arg(64)->Arg(1000)->Arg(10000)->Iterations(50)->Unit(benchmark::kMillisecond);

}  // namespace
