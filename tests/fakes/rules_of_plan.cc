// After each pass: the plan, what was desired and what is shown, held against the account.
#include <algorithm>
#include <tuple>
#include <variant>

#include "reconcile/kernel_view.h"
#include "tests/fakes/rules.h"

namespace fakes {

using namespace std::chrono_literals;
using reconcile::ConnectPath;
using reconcile::EndpointId;
using reconcile::Path;

namespace {

template <class... F>
struct Each : F... {
  using F::operator()...;
};

constexpr base::TimePoint kNot{};

}  // namespace

void Rules::before_pass() {
  sent_.clear();
  before_.clear();
  for (const nvme::Controller& c : kernel_.controllers())
    before_.emplace_back(c.device, c.state == nvme::ControllerState::kLive);
}

void Rules::after_pass() {
  const reconcile::Plan& plan = agent_->last_plan();
  const reconcile::DesiredState& desired = agent_->last_desired();
  if (std::string broken = knowledge_.broken_by(desired); !broken.empty()) fail(std::move(broken));
  check_view(desired);
  check_once(plan);
  check_connects(plan, desired);
  check_reasons(plan, desired);
  check_states();
  forget_the_unwanted(desired);
}

/// What is kept of the kernel from pass to pass is what a look at all of it would say.
void Rules::check_view(const reconcile::DesiredState& desired) {
  reconcile::KernelView anew;
  anew.refresh(desired, agent_->last_kernel(), settings_.aux_suffix);
  for (std::size_t i = 0; i < anew.size(); ++i) {
    const int kept = agent_->last_view().controller_of(i);
    if (kept != anew.controller_of(i)) fail("view: " + to_string(desired.paths[i].path) + " is kept as served by controller " + std::to_string(kept) + ", anew " + std::to_string(anew.controller_of(i)));
  }
  if (agent_->last_view().identities() != anew.identities()) fail("view: other host identities are kept than the kernel has");
}

/// Never two actions on one thing; and what is planned is what reaches the ports.
void Rules::check_once(const reconcile::Plan& plan) {
  std::set<Path> connects;
  std::set<EndpointId> services;
  std::set<nvme::TransportId> portals;
  std::set<std::string> names;
  for (const reconcile::Action& action : plan.actions) {
    const bool once = std::visit(
        Each{[&](const reconcile::StartSession& a) { return services.insert(a.endpoint.id).second; },
             [&](const reconcile::StopSession& a) { return services.insert(a.id).second; },
             [&](const reconcile::RereadLog& a) { return services.insert(a.id).second; },
             [&](const reconcile::ResolveName& a) { return names.insert(a.host).second; },
             [&](const reconcile::ProbePortal& a) { return portals.insert(a.portal).second; },
             [&](const ConnectPath& a) { return connects.insert(a.options.path).second; }},
        action);
    if (!once) fail("two-actions: a second one in the plan: " + to_string(action));
  }
  if (connects != sent_) fail("two-actions: the kernel was sent other paths than planned");
}

void Rules::check_connects(const reconcile::Plan& plan, const reconcile::DesiredState& desired) {
  std::vector<const ConnectPath*> connects;
  for (const reconcile::Action& action : plan.actions) {
    if (const auto* connect = std::get_if<ConnectPath>(&action)) connects.push_back(connect);
  }
  if (connects.empty()) return;
  if (in_flight_.size() > static_cast<std::size_t>(settings_.fabrics_queue))
    fail("bounded-attempts: " + std::to_string(in_flight_.size()) + " connects wait for the kernel");
  using Name = std::pair<std::string, std::string>;
  std::map<Name, int> paths_of;  // what sysfs showed, and what is under way
  std::map<Name, int> also;      // what the kernel has connected and sysfs did not show yet
  for (const reconcile::PathStatus& p : agent_->status()->paths) {
    if (!p.desired) continue;
    if (p.state == reconcile::PathState::kLive) ++paths_of[{p.path->subnqn, p.path->hostnqn}];
    else if (returned_.contains(*p.path)) ++also[{p.path->subnqn, p.path->hostnqn}];
  }
  for (const Path& path : in_flight_) {
    if (!sent_.contains(path)) ++paths_of[{path.subnqn, path.hostnqn}];
  }
  int level = 0;
  for (const ConnectPath* connect : connects) {
    const Path& path = connect->options.path;
    if (!std::ranges::binary_search(desired.paths, path, {}, &reconcile::DesiredPath::path))
      fail("named-by-nobody: connect " + nvme::to_string(path));
    check_try(path);
    check_portal(*connect, connects.size() == 1 && in_flight_.size() == 1);
    if (connect->forced) continue;
    const Name its_subsystem{path.subnqn, path.hostnqn};
    const int its = paths_of[its_subsystem]++;
    if (its + also[its_subsystem] < level) fail("breadth-first: " + nvme::to_string(path) + " is sent after other subsystems' further paths");
    level = std::max(level, its);
  }
}

void Rules::check_try(const Path& path) {
  Tries& tries = paths_[path];
  if (tries.up && time_.now() - tries.ended_at > 1min) tries = Tries{};  // it lasted, and its end was not seen here
  if (time_.now() < earliest(tries))
    fail("bounded-attempts: connect " + nvme::to_string(path) + " after " + std::to_string(tries.failures) + " failures, too soon");
}

/// Preflight orders: what does not answer goes last, alone and rarely.
void Rules::check_portal(const ConnectPath& action, bool alone) {
  PortalAccount& portal = portals_[action.options.path.transport];
  const std::string name = nvme::to_string(action.options.path);
  const base::TimePoint now = time_.now();
  if (action.forced) {
    if (!alone) fail("silent-last: " + name + " is forced while others are under way");
    if (now < portal.forced_until)
      fail("silent-last: " + name + " is forced again too soon");
    if (now < portal.hung_until)
      fail("silent-last: " + name + " is forced too soon after it held the kernel");
    portal.forced_until = now + settings_.silent_force_every;
    return;
  }
  if (portal.hung_until != kNot) fail("silent-last: " + name + " is sent to a portal that held the kernel");
  if (!settings_.preflight) return;
  const bool answered = portal.answers && now <= portal.answered_at + settings_.preflight_good_for;
  auto session = heard_.find(action.options.path.transport);
  const bool heard = session != heard_.end() && now <= session->second + settings_.preflight_good_for;
  if (!answered && !heard) fail("silent-last: " + name + " is sent to a portal that has not answered");
}

/// Why nothing is done for something is always said, and until when is never over.
void Rules::check_reasons(const reconcile::Plan& plan, const reconcile::DesiredState& desired) {
  const base::TimePoint now = time_.now();
  auto check_hold = [&](const reconcile::Hold& hold, const std::string& name) {
    if (hold.until <= now) fail("a-reason: " + name + " is held until a time that is over");
    if (hold.until < plan.wake_at) fail("a-reason: nobody wakes when the hold of " + name + " ends");
  };
  for (std::size_t i = 0; i < desired.paths.size(); ++i) {
    const Path& path = desired.paths[i].path;
    if (plan.path_holds[i]) check_hold(*plan.path_holds[i], path.subnqn);
    else if (agent_->last_view().controller_of(i) < 0 && !sent_.contains(path)) fail("a-reason: nothing is done for " + nvme::to_string(path) + ", and not said why");
  }
  for (const auto& [id, hold] : plan.endpoint_holds) check_hold(hold, to_string(id));
  for (const reconcile::Endpoint& endpoint : desired.endpoints) {
    if (endpoint.hold || plan.endpoint_holds.contains(endpoint.id) || running_.contains(endpoint.id)) continue;
    fail("a-reason: there is no session with " + to_string(endpoint.id) + ", and not said why");
  }
}

/// Only sysfs makes a path live; a pass takes nothing from the kernel.
void Rules::check_states() {
  std::size_t i = 0;
  for (const nvme::Controller& c : kernel_.controllers()) {
    const bool same = i < before_.size() && before_[i] == std::pair(c.device, c.state == nvme::ControllerState::kLive);
    if (!same) break;
    ++i;
  }
  if (i != before_.size() || i != kernel_.controllers().size()) fail("last-live-path: a pass changed the kernel's controllers");
  for (const reconcile::PathStatus& p : agent_->status()->paths) {
    if (p.state != reconcile::PathState::kLive) continue;
    const auto seen = seen_live_.find(p.device);
    auto is_this = [&](const Path& path) {
      return path.transport.traddr == p.path->transport.traddr && path.transport.trsvcid == p.path->transport.trsvcid && path.hostnqn == p.path->hostnqn;
    };
    if (seen == seen_live_.end() || std::ranges::none_of(seen->second, is_this))
      fail("only-sysfs: " + nvme::to_string(*p.path) + " is shown as live");
  }
}

/// As the agent does: what nobody desires has no history.
void Rules::forget_the_unwanted(const reconcile::DesiredState& desired) {
  std::erase_if(paths_, [&](const auto& entry) {
    return !in_flight_.contains(entry.first) && !std::ranges::binary_search(desired.paths, entry.first, {}, &reconcile::DesiredPath::path);
  });
  std::erase_if(services_, [&](const auto& entry) {
    return !running_.contains(entry.first) && !std::ranges::binary_search(desired.endpoints, entry.first, {}, &reconcile::Endpoint::id);
  });
  for (auto& [portal, account] : portals_) {
    auto transport_of = [](const reconcile::DesiredPath& p) { return p.path.transport; };
    if (std::ranges::binary_search(desired.paths, portal, {}, transport_of)) continue;
    account.probes = Tries{};
    account.forced_until = account.hung_until = kNot;
  }
}

}  // namespace fakes
