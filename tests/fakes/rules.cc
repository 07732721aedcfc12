// The account: who was tried when and with what result. What follows from it for a plan is in rules_of_plan.cc.
#include "tests/fakes/rules.h"

#include <algorithm>
#include <cmath>

#include "reconcile/failures.h"
#include "reconcile/held_portals.h"

namespace fakes {

using namespace std::chrono_literals;
using reconcile::EndpointId;
using reconcile::Path;

namespace {

constexpr base::Duration kSteady = 1min;  // what lasted longer begins its backoff anew
constexpr int kMostSessions = 60;         // a minute; stopped ones and those that somebody asked for among them

}  // namespace

void Rules::agent_started(reconcile::Controller& agent, const reconcile::Settings& settings, const std::string& hostnqn,
                          const config::Remembered& remembered) {
  agent_ = &agent;
  settings_ = settings;
  knowledge_.begin(settings, hostnqn, remembered);
  paths_.clear();
  services_.clear();
  portals_.clear();
  heard_.clear();
  running_.clear();
  stopping_.clear();
  in_flight_.clear();
  seen_live_.clear();
  lives_.clear();
  looked_.clear();
  returned_.clear();
}

void Rules::config_told(const base::Result<config::Intent>& intent) {
  knowledge_.config_told(intent);
  if (!intent) return;
  for (auto& [path, tries] : paths_) tries.excused = true;  // what new input may mend is tried at once
  for (auto& [id, tries] : services_) tries.excused = true;
}

void Rules::told_to_reread() {
  for (auto& [path, tries] : paths_) tries.excused = true;
  for (auto& [id, tries] : services_) tries.excused = true;
  for (auto& [portal, account] : portals_) {
    account.probes.excused = true;
    account.forced_until = account.hung_until = base::TimePoint{};
  }
}

base::TimePoint Rules::earliest(const Tries& tries) const {
  const int failures = tries.failures + (tries.up ? 1 : 0);  // it must have ended since
  if (failures == 0 || tries.excused) return base::TimePoint{};
  const double first = tries.refusals > 0 && !tries.up ? 10.0 : 1.0;
  const int nth = tries.refusals > 0 && !tries.up ? tries.refusals : failures;
  const double seconds = 0.8 * std::min(std::ldexp(first, std::min(nth - 1, 10)), 50.0);
  return tries.ended_at + std::chrono::milliseconds(static_cast<int>(seconds * 1000));
}

void Rules::count_failure(Tries& tries, const base::Error& error) {
  ++tries.failures;
  tries.refusals = reconcile::is_parking(error) ? tries.refusals + 1 : 0;
}

void Rules::start(const EndpointId& id, const nvme::SessionOptions& options) {
  Tries& tries = services_[id];
  if (time_.now() < earliest(tries))
    fail("bounded-attempts: a session with " + to_string(id) + " after " + std::to_string(tries.failures) + " failures, too soon");
  if (time_.now() - tries.counted_from > 1min) {
    tries.counted_from = time_.now();
    tries.count = 0;
  }
  if (++tries.count > kMostSessions)
    fail("bounded-attempts: " + std::to_string(tries.count) + " sessions with " + to_string(id) + " within a minute");
  running_.insert(id);
  sessions_.start(id, options);
}

void Rules::stop(const EndpointId& id) {
  stopping_.insert(id);
  sessions_.stop(id);
}

void Rules::connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures& features) {
  sent_.insert(options.path);
  in_flight_.insert(options.path);
  kernel_.connect(options, features);
}

void Rules::scan() {
  looked_.clear();
  scan_began_ = time_.now();
  kernel_.scan();
}

void Rules::probe(const nvme::TransportId& portal, const nvme::PreflightOptions& options) {
  const PortalAccount& account = portals_[portal];
  const bool known = account.answers && !account.probes.excused && time_.now() < account.answered_at + settings_.preflight_good_for;
  if (known) fail("bounded-attempts: " + nvme::to_string(portal) + " is asked though its answer is still good");
  if (time_.now() < earliest(account.probes))
    fail("bounded-attempts: " + nvme::to_string(portal) + " is asked after " + std::to_string(account.probes.failures) + " failures, too soon");
  network_.probe(portal, options);
}

void Rules::session_up(const EndpointId& id, const nvme::ControllerInfo& info) {
  if (!agent_) return;
  Tries& tries = services_[id];
  tries.up = true;
  tries.excused = false;
  tries.ended_at = time_.now();
  heard_[id.address] = time_.now();
  knowledge_.session(id, true);
  for (auto& [portal, account] : portals_) {
    if (portal.traddr == id.address.traddr) account.probes.excused = true;
  }
  agent_->session_up(id, info);
}

void Rules::session_log(const EndpointId& id, nvme::LogPage page) {
  if (!agent_) return;
  heard_[id.address] = time_.now();
  auto named = [&](const Path& path) { return path.hostnqn == id.hostnqn && knowledge_.lists(id, path.transport, path.subnqn); };
  for (auto& [path, tries] : paths_) tries.excused |= named(path);
  knowledge_.page_told(id, page);
  for (auto& [path, tries] : paths_) tries.excused |= named(path);
  agent_->session_log(id, std::move(page));
}

void Rules::session_event(const EndpointId& id) {
  if (!agent_) return;
  heard_[id.address] = time_.now();
  agent_->session_event(id);
}

void Rules::session_keep_alive(const EndpointId& id, std::chrono::nanoseconds round_trip) {
  if (!agent_) return;
  heard_[id.address] = time_.now();
  agent_->session_keep_alive(id, round_trip);
}

void Rules::session_down(const EndpointId& id, base::Error error) {
  if (!agent_) return;
  running_.erase(id);
  knowledge_.session(id, false);
  Tries& tries = services_[id];
  const bool was_up = std::exchange(tries.up, false);
  if (stopping_.erase(id) > 0) {  // the agent's own wish is no failure
    tries.excused = true;
  } else {
    if (was_up && time_.now() - tries.ended_at > kSteady) tries.failures = tries.refusals = 0;
    tries.excused = was_up && tries.failures == 0;
    tries.ended_at = time_.now();
    count_failure(tries, error);
  }
  agent_->session_down(id, std::move(error));
}

void Rules::features_read(base::Result<nvme::FabricsFeatures> features) {
  if (agent_) agent_->features_read(std::move(features));
}

void Rules::connect_started(const Path& path) {
  if (agent_) agent_->connect_started(path);
}

void Rules::connect_ended(const Path& path, base::Result<nvme::ConnectedController> result, base::Duration took) {
  if (!agent_) return;
  in_flight_.erase(path);
  if (!result && result.error().kind == base::ErrorKind::kCancelled) {  // given back
    if (!portals_[path.transport].held) fail("progress: " + nvme::to_string(path) + " is given back by a portal that did not hold the kernel");
    return agent_->connect_ended(path, std::move(result), took);
  }
  Tries& tries = paths_[path];
  tries.excused = false;
  tries.ended_at = time_.now();
  tries.up = result.has_value();
  if (result) tries.refusals = 0;  // what follows is the first in a row again
  else count_failure(tries, result.error());
  if (result || result.error().kind == base::ErrorKind::kExists) returned_[path] = time_.now();
  PortalAccount& portal = portals_[path.transport];
  const base::TimePoint in_proportion = time_.now() + std::min<base::Duration>(5min, 5 * took);
  if (result) {
    portal.answers = true;
    portal.held = false;
    portal.answered_at = time_.now();
    portal.probes = Tries{.excused = false};
    portal.forced_until = portal.hung_until = base::TimePoint{};
  } else if (result.error().kind != base::ErrorKind::kExists) {  // that says nothing of the portal
    const base::ErrorKind kind = result.error().kind;
    const bool silent = kind == base::ErrorKind::kTimeout || kind == base::ErrorKind::kUnreachable || kind == base::ErrorKind::kRefused;
    portal.held = took > reconcile::kKernelHeld;
    if (portal.held && !silent) portal.forced_until = std::min(portal.forced_until, in_proportion);
    const bool hung = portal.held && !silent && (portal.answers || !settings_.preflight);
    if (hung || portal.hung_until != base::TimePoint{}) portal.hung_until = silent ? time_.now() + 5min : in_proportion;
    if (!portal.held) portal.hung_until = base::TimePoint{};
    if (silent || hung) portal.answers = false;
  } else if (portal.hung_until != base::TimePoint{} || !settings_.preflight) {
    portal.forced_until = base::TimePoint{};  // the kernel did not go there
  }
  agent_->connect_ended(path, std::move(result), took);
}

/// Whoever connected it: a later refusal is the first in a row again.
void Rules::saw(const nvme::Controller& controller) {
  const Path path{controller.transport, controller.subsysnqn, controller.hostnqn};
  if (controller.state != nvme::ControllerState::kLive) return saw_not_live(path);
  seen_live_[controller.device].insert(path);
  Life& life = lives_.try_emplace(path, Life{controller.device, time_.now()}).first->second;
  if (!std::exchange(life.live, true)) life.since = time_.now();
  if (const auto tries = paths_.find(path); tries != paths_.end()) tries->second.refusals = 0;
}

/// Whoever connected it: a path that lasted begins its backoff anew.
void Rules::saw_not_live(const Path& path) {
  const auto life = lives_.find(path);
  if (life == lives_.end() || !std::exchange(life->second.live, false)) return;
  if (time_.now() - life->second.since > kSteady) paths_[path] = Tries{};
}

/// What was live and went has not refused.
void Rules::saw_gone(const Path& path) {
  saw_not_live(path);
  if (const auto tries = paths_.find(path); tries != paths_.end()) tries->second.refusals = 0;
  lives_.erase(path);
}

void Rules::scanned(nvme::SysfsSnapshot snapshot) {
  if (!agent_) return;
  std::set<Path> there;
  for (const nvme::Controller& c : snapshot.controllers) {
    there.insert(Path{c.transport, c.subsysnqn, c.hostnqn});
    if (c.state == nvme::ControllerState::kLive || !looked_.contains(c.device)) saw(c);
  }
  for (const auto& [path, life] : std::map(lives_)) {
    if (!there.contains(path) && !looked_.contains(life.device)) saw_gone(path);
  }
  std::erase_if(returned_, [this](const auto& entry) { return entry.second < scan_began_; });
  agent_->scanned(std::move(snapshot));
}

void Rules::device_read(const std::string& device, std::optional<nvme::Controller> controller) {
  if (!agent_) return;
  looked_.insert(device);
  for (const auto& [path, life] : std::map(lives_)) {
    const bool still = controller && path == Path{controller->transport, controller->subsysnqn, controller->hostnqn};
    if (life.device == device && !still) saw_gone(path);
  }
  if (controller) saw(*controller);
  agent_->device_read(device, std::move(controller));
}

void Rules::probed(const nvme::TransportId& portal, base::Result<std::chrono::nanoseconds> result) {
  if (!agent_) return;
  PortalAccount& account = portals_[portal];
  account.answers = result.has_value();
  account.probes.excused = false;
  account.probes.ended_at = time_.now();
  account.probes.failures = result ? 0 : account.probes.failures + 1;
  if (result) {
    account.answered_at = time_.now();
    account.forced_until = base::TimePoint{};
  }
  agent_->probed(portal, std::move(result));
}

void Rules::resolved(const std::string& host, base::Result<std::vector<nvme::IpAddress>> addresses) {
  if (!agent_) return;
  if (addresses) knowledge_.addresses_told(host, *addresses);
  agent_->resolved(host, std::move(addresses));
}

}  // namespace fakes
