// The agent's loop in virtual time: a pass when something came in or when one is due.
#include "tests/fakes/story.h"

#include <algorithm>

#include "config/discovery_conf.h"

namespace fakes {

using namespace std::chrono_literals;

base::Result<nvme::HostId> FakeMemory::host_id_for(const nvme::Nqn& hostnqn) {
  if (broken) return base::fail(base::ErrorKind::kIo, "hostids.json: disk full");
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < hostnqn.str().size(); ++i)
    bytes[i % 16] = static_cast<std::uint8_t>(bytes[i % 16] * 31 + hostnqn.str()[i]);
  return nvme::HostId::from_random(bytes);
}

Story::Story(std::uint64_t seed) : seed_(seed) {
  host.identity = nvme::HostIdentity{*nvme::Nqn::parse(kHostNqn), *nvme::HostId::parse(kHostId)};
  host.source = "/etc/nvme/hostnqn";
  fabric.page_changed = [this](const std::string& where) { sessions.page_changed(where); };
  fabric.mood_changed = [this](const std::string& where) {
    sessions.mood_changed(where);
    kernel.portal_changed(where);
  };
}

Story::~Story() = default;

void Story::config(const std::string& text) {
  text_ = text;
  readable_ = true;
  if (agent) tell_config();
}

void Story::config_unreadable() {
  readable_ = false;
  if (agent) tell_config();
}

void Story::tell_config() {
  if (!readable_) {
    agent->config_read(base::fail(base::ErrorKind::kDenied, "discovery.d: permission denied"));
    return;
  }
  config::DiscoveryConf conf = config::parse_discovery_conf(text_, "a.conf");
  config::Intent intent;
  intent.endpoints = std::move(conf.endpoints);
  intent.diagnostics = std::move(conf.diagnostics);
  intent.files = 1;
  agent->config_read(std::move(intent));
}

void Story::start_agent() {
  reconcile::ControllerEvents events;
  events.wake = [this] { raised_ = true; };
  events.wake_by = [this](base::TimePoint when) { wake_at_ = std::min(wake_at_, when); };
  events.now = [this] { return time.now(); };
  events.wall = [this] { return time.wall(); };
  events.publish = [](const reconcile::StatusPtr&) {};
  events.changed = [this](const reconcile::Change& change) { changes.push_back(change); };
  agent = std::make_unique<reconcile::Controller>(
      settings, reconcile::Ports{sessions, kernel, network, memory}, std::move(events), seed_++);
  kernel.inbox = sessions.inbox = network.inbox = agent.get();
  if (uevents) kernel.uevent = [this](const std::string& device) { agent->device_changed(device); };
  agent->host_read(host);
  agent->restore(memory.saved.value_or(config::Remembered{}));
  if (config_takes == base::Duration{}) {
    tell_config();
  } else {
    time.after(config_takes, [this] {
      if (agent) tell_config();
    });
  }
  wake_at_ = time.now();
}

void Story::kill_agent() {
  kernel.agent_gone();
  sessions.agent_gone();
  network.agent_gone();
  agent.reset();
  raised_ = false;
  wake_at_ = base::kNever;
}

void Story::make_pass() {
  raised_ = false;
  ++passes;
  wake_at_ = agent->pass(time.now());
}

void Story::run(base::Duration duration) {
  run_until([] { return false; }, duration);
}

bool Story::run_until(const std::function<bool()>& done, base::Duration limit) {
  const base::TimePoint end = time.now() + limit;
  int in_place = 0;
  base::TimePoint last = time.now();
  while (true) {
    if (agent && (raised_ || wake_at_ <= time.now())) make_pass();
    if (done()) return true;
    in_place = last == time.now() ? in_place + 1 : 0;
    last = time.now();
    if (in_place > 100000) {
      kernel.violations.push_back("the agent's loop spins without time going by");
      return false;
    }
    const base::TimePoint next = std::min(agent ? wake_at_ : base::kNever, time.next());
    if (agent && raised_) continue;
    if (next > end) break;
    if (time.next() <= next) time.run_one(next);
    else time.jump(next);
  }
  time.jump(end);
  return done();
}

const reconcile::PathStatus* Story::path(const std::string& host_port, const std::string& subnqn) const {
  if (!agent || !agent->status()) return nullptr;
  for (const reconcile::PathStatus& p : agent->status()->paths) {
    const bool there = nvme::host_port(p.path.transport.traddr, p.path.transport.trsvcid) == host_port;
    if (there && (subnqn.empty() || p.path.subnqn == subnqn)) return &p;
  }
  return nullptr;
}

const reconcile::EndpointStatus* Story::endpoint(const std::string& host_port) const {
  if (!agent || !agent->status()) return nullptr;
  for (const reconcile::EndpointStatus& e : agent->status()->endpoints) {
    if (reconcile::to_string(e.id) == host_port) return &e;
  }
  return nullptr;
}

std::vector<std::string> Story::violations() const {
  std::vector<std::string> out = kernel.violations;
  out.insert(out.end(), sessions.violations.begin(), sessions.violations.end());
  return out;
}

std::string Story::told() const {
  std::string out;
  for (const reconcile::Change& c : changes) {
    out += base::to_string(c.at) + " " + std::string(to_string(c.kind)) + " " + c.subject + ": " + c.before + " -> " + c.after + " (" + c.cause + ")\n";
  }
  return out;
}

}  // namespace fakes
