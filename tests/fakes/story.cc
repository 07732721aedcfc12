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

Story::Story() {
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

base::Result<config::Intent> Story::read_config() const {
  if (!readable_) return base::fail(base::ErrorKind::kDenied, "discovery.d: permission denied");
  config::DiscoveryConf conf = config::parse_discovery_conf(text_, "a.conf");
  config::Intent intent;
  intent.endpoints = std::move(conf.endpoints);
  intent.diagnostics = std::move(conf.diagnostics);
  intent.files = 1;
  return intent;
}

void Story::tell_config() {
  base::Result<config::Intent> intent = read_config();
  rules.config_told(intent);
  agent->config_read(std::move(intent));
}

void Story::start_agent() {
  reconcile::ControllerEvents events;
  events.wake = [this] { raised_ = true; };
  events.wake_by = [this](base::TimePoint when) { wake_at_ = std::min(wake_at_, when); };
  events.now = [this] { return time.now() + spent_; };
  events.wall = [this] { return time.wall(); };
  events.publish = [this](const reconcile::StatusPtr&) {
    ++snapshots;
    spent_ += snapshot_takes;
  };
  events.changed = [this](const reconcile::Change& change) { changes.push_back(change); };
  agent = std::make_unique<reconcile::Controller>(
      settings, reconcile::Ports{rules, rules, rules, memory}, std::move(events), seed++);
  kernel.inbox = sessions.inbox = network.inbox = &rules;
  kernel.uevent = [this](const std::string& device) {
    if (uevents) agent->device_changed(device);
  };
  agent->host_read(host);
  memory.not_ours = !settings.keep_remembered;
  const config::Remembered remembered = memory.saved.value_or(config::Remembered{});
  rules.agent_started(*agent, settings, host.identity ? host.identity->hostnqn.str() : std::string{}, remembered);
  agent->restore(remembered);
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
  rules.agent_gone();
  agent.reset();
  raised_ = false;
  wake_at_ = base::kNever;
}

void Story::hang_up() {
  rules.told_to_reread();
  tell_config();
  agent->reread_everything();
}

void Story::freeze(base::Duration duration) {
  frozen_ = true;
  run(duration);
  frozen_ = false;
}

void Story::heal() {
  for (const std::string& address : fabric.addresses()) {
    fabric.set(address, Mood::kUp);
    fabric.make_unreadable(address, std::nullopt);
  }
  kernel.mend();
  network.dns_down = false;
  memory.broken = false;
  readable_ = true;
  if (agent) tell_config();
  else start_agent();
}

void Story::make_pass() {
  raised_ = false;
  ++passes;
  rules.before_pass();
  wake_at_ = agent->pass(time.now());
  spent_ = {};
  rules.after_pass();
}

void Story::run(base::Duration duration) {
  run_until([] { return false; }, duration);
}

bool Story::run_until(const std::function<bool()>& done, base::Duration limit) {
  const base::TimePoint end = time.now() + limit;
  int in_place = 0;
  base::TimePoint last = time.now();
  while (true) {
    const bool runs = agent && !frozen_;
    if (runs && (raised_ || wake_at_ <= time.now())) make_pass();
    if (done()) return true;
    if (!rules.violations.empty()) return false;  // and more of it would follow, perhaps for ever
    in_place = last == time.now() ? in_place + 1 : 0;
    last = time.now();
    if (in_place > 100000) {
      kernel.violations.push_back("the agent's loop spins without time going by");
      return false;
    }
    const base::TimePoint next = std::min(runs ? wake_at_ : base::kNever, time.next());
    if (runs && raised_) continue;
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
    const bool there = nvme::host_port(p.path->transport.traddr, p.path->transport.trsvcid) == host_port;
    if (there && (subnqn.empty() || p.path->subnqn == subnqn)) return &p;
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

std::string Story::unwell() {
  for (const reconcile::EndpointStatus& service : status()->endpoints) {
    const bool stands_by = service.hold && service.hold->reason == reconcile::HoldReason::kStandby;
    const bool disowned = service.retired && settings.referrals_authoritative;
    Portal* portal = fabric.find(service.id.address);
    if (stands_by || disowned || !portal || !portal->discovery) continue;
    if (service.phase != reconcile::SessionPhase::kUp) return "progress-of-sessions: there is no session with " + to_string(service.id);
    for (const nvme::LogEntry& entry : portal->page.entries) {
      const base::Result<nvme::EntryTarget> target = nvme::target(entry);
      if (!target) continue;
      const nvme::TransportId there{target->traddr, target->trsvcid, service.id.address.host_traddr, service.id.address.host_iface};
      const bool refers = entry.subtype == static_cast<std::uint8_t>(nvme::Subtype::kReferral);
      auto is_there = [&](const reconcile::EndpointStatus& e) { return e.id.address.traddr == there.traddr && e.id.address.trsvcid == there.trsvcid; };
      if (refers && std::ranges::none_of(status()->endpoints, is_there))
        return "progress-of-sessions: nobody follows the referral to " + nvme::to_string(there);
      if (refers || !fabric.has(there, target->subnqn.str())) continue;
      auto serves = [&](const nvme::Controller& c) {
        return c.state == nvme::ControllerState::kLive && c.transport.traddr == there.traddr && c.transport.trsvcid == there.trsvcid &&
               c.subsysnqn == target->subnqn.str() && c.hostnqn == service.id.hostnqn;
      };
      if (std::ranges::none_of(kernel.controllers(), serves))
        return "progress-of-paths: " + target->subnqn.str() + " at " + nvme::to_string(there) + " is not live";
    }
  }
  for (const reconcile::PathStatus& p : status()->paths) {
    if (p.desired && p.state != reconcile::PathState::kLive && fabric.has(p.path->transport, p.path->subnqn))
      return "progress-of-paths: " + nvme::to_string(*p.path) + " is shown as " + std::string(to_string(p.state));
  }
  return {};
}

std::vector<std::string> Story::violations() const {
  std::vector<std::string> out = kernel.violations;
  for (const std::vector<std::string>* more : {&sessions.violations, &network.violations, &memory.violations, &rules.violations})
    out.insert(out.end(), more->begin(), more->end());
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
