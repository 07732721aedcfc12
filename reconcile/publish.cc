// Builds the snapshot that all readers share. Only reads.
#include <algorithm>
#include <iterator>
#include <tuple>

#include "base/sorted_walk.h"
#include "reconcile/controller_state.h"
#include "reconcile/path_drafts.h"

namespace reconcile {

namespace {

constexpr base::Duration kPurgeShown = 1h;  // after a path is back; the remount is due until somebody did it

PathState path_state(nvme::ControllerState state) {
  switch (state) {
    case nvme::ControllerState::kNew:
      return PathState::kNew;
    case nvme::ControllerState::kLive:
      return PathState::kLive;
    case nvme::ControllerState::kResetting:
      return PathState::kResetting;
    case nvme::ControllerState::kConnecting:
      return PathState::kConnecting;
    case nvme::ControllerState::kDeleting:
      return PathState::kDeleting;
    case nvme::ControllerState::kDead:
      return PathState::kDead;
    case nvme::ControllerState::kUnknown:
      return PathState::kNew;
  }
  return PathState::kNew;
}

/// `hostid`: that of the path before, nearly always the same.
void fill_from(PathStatus& out, const nvme::Controller& controller, const KernelWatch& watch, base::Shared<std::string>& hostid) {
  out.state = path_state(controller.state);
  out.device = controller.device;
  if (*hostid != controller.hostid) hostid = base::Shared<std::string>(controller.hostid);
  out.hostid = hostid;
  out.subsystem = controller.subsystem;
  out.ana = controller.ana;
  const Watched* watched = watch.of(controller.instance);
  if (!watched) return;
  out.since = watched->since;
  out.adopted = !watched->ours();
  if (watched->ours()) out.attempt = Attempt{.total = 1, .last_at = watched->made_at};
  const bool lost = out.state == PathState::kConnecting || out.state == PathState::kResetting;
  const bool gives_up = controller.ctrl_loss_tmo && *controller.ctrl_loss_tmo >= 0;
  if (lost && gives_up && watched->lost_at != TimePoint{}) out.purge_at = watched->lost_at + std::chrono::seconds(*controller.ctrl_loss_tmo);
}

std::tuple<const std::string&, const std::string&> name_of(const SubsystemStatus& s) { return {s.subnqn, s.hostnqn}; }

/// Those of desired paths are numbered; the few that only the kernel knows are found by name.
class Subsystems {
 public:
  explicit Subsystems(const DesiredState& desired) : desired_(desired), listed_(desired.subsystems.size()) {
    for (std::size_t i = 0; i < listed_.size(); ++i) {
      const Path& path = desired.paths[desired.subsystems[i]].path;
      listed_[i].subnqn = path.subnqn;
      listed_[i].hostnqn = path.hostnqn;
    }
  }

  SubsystemStatus& of(const DesiredPath& path) { return listed_[path.subsystem]; }

  SubsystemStatus& of(const Path& path) {
    if (const std::optional<std::size_t> known = subsystem_of(desired_, path)) return listed_[*known];
    SubsystemStatus& out = unlisted_[{path.subnqn, path.hostnqn}];
    out.subnqn = path.subnqn;
    out.hostnqn = path.hostnqn;
    return out;
  }

  /// All, by name.
  std::vector<SubsystemStatus> take() {
    if (unlisted_.empty()) return std::move(listed_);
    std::vector<SubsystemStatus> out;
    out.reserve(listed_.size() + unlisted_.size());
    std::vector<SubsystemStatus> others;
    for (auto& [key, its] : unlisted_) others.push_back(std::move(its));
    const auto moved = [](auto at) { return std::make_move_iterator(at); };
    std::merge(moved(listed_.begin()), moved(listed_.end()), moved(others.begin()), moved(others.end()), std::back_inserter(out),
               [](const SubsystemStatus& a, const SubsystemStatus& b) { return name_of(a) < name_of(b); });
    return out;
  }

 private:
  const DesiredState& desired_;
  std::vector<SubsystemStatus> listed_;
  std::map<SubsystemKey, SubsystemStatus> unlisted_{};
};

template <class Map, class Key>
const typename Map::mapped_type* find_in(const Map& map, const Key& key) {
  auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

}  // namespace

bool Controller::State::first_sync_done(std::string& why_not) const {
  if (!observed.config_known) {
    why_not =
        observed.config_error ? observed.config_error->message : "the configuration has not been read yet";
    return false;
  }
  if (!observed.kernel_known) {
    why_not = "sysfs has not been read yet";
    return false;
  }
  if (observed.intent.awaits_labels) {
    why_not = "this node's labels have been asked for (# only:)";
    return false;
  }
  return endpoints_done(why_not);
}

bool Controller::State::endpoints_done(std::string& why_not) const {
  for (const Endpoint& endpoint : desired->endpoints) {
    if (endpoint.hold && endpoint.hold->reason != HoldReason::kUnresolved) continue;
    if (endpoint.hold) {
      const NameView* name = find_in(observed.names, endpoint.host);
      if (name && name->attempt.failures > 0) continue;
      why_not = endpoint.host + " is being resolved";
      return false;
    }
    const SessionView* session = find_in(observed.sessions, endpoint.id);
    const bool answered = session && session->log && !session->log_remembered;
    const bool failed = session && session->attempt.failures > 0;
    if (answered || failed) continue;
    why_not = "discovery service " + to_string(endpoint.id) + " has not answered yet";
    return false;
  }
  return true;
}

StatusPtr Controller::State::build_status(TimePoint at) {
  auto out = std::make_shared<Status>();
  out->now = at;
  out->wall = events.wall ? events.wall() : base::WallTime{};
  out->started = started;
  out->synced = synced;
  if (!synced) first_sync_done(out->not_ready);
  if (observed.fabrics_error) out->fabrics_error = out->not_ready = observed.fabrics_error->message;
  if (observed.host.identity) {
    out->hostnqn = observed.host.identity->hostnqn.str();
    out->hostid = nvme::to_string(observed.host.identity->hostid);
  }
  out->identity_source = observed.host.source;
  out->config_files = observed.intent.files;
  out->config_lines = observed.intent.lines;
  out->config_read = observed.config_known && !observed.config_error;
  out->diagnostics = observed.intent.diagnostics;
  out->diagnostics.insert(out->diagnostics.end(), observed.host.diagnostics.begin(),
                          observed.host.diagnostics.end());
  if (observed.config_error) {
    out->diagnostics.push_back(
        config::Diagnostic{{}, config::Severity::kError, observed.config_error->message});
  }
  base::SortedWalk sessions(observed.sessions, base::key_of);
  base::SortedWalk endpoint_holds(last_plan.endpoint_holds, base::key_of);
  for (const Endpoint& endpoint : desired->endpoints) {
    EndpointStatus& e = out->endpoints.emplace_back();
    e.id = endpoint.id;
    e.host = endpoint.host;
    e.origins = endpoint.origins;
    e.depth = endpoint.depth;
    e.retired = endpoint.retired;
    e.hold = endpoint.hold;
    if (const auto* its = endpoint_holds.at(endpoint.id); its && !e.hold) e.hold = its->second;
    if (e.hold && e.hold->reason == HoldReason::kNoIdentity) {
      if (const std::string* why = find_in(host_id_errors, endpoint.id.hostnqn)) e.hold->detail = *why;
    }
    const auto* known = sessions.at(endpoint.id);
    if (!known || endpoint.id.address.traddr.is_unspecified()) continue;
    const SessionView* session = &known->second;
    e.phase = session->phase;
    e.since = session->since;
    e.attempt = session->attempt;
    e.info = session->info;
    e.events = session->events;
    e.keep_alive_round_trip = session->keep_alive_round_trip;
    e.log = session->log;
    e.log_read_at = session->log_read_at;
    e.log_remembered = session->log_remembered;
  }

  std::size_t matched = 0;
  for (std::size_t i = 0; i < view.size(); ++i) matched += view.controller_of(i) >= 0 ? 1 : 0;
  out->paths.reserve(desired->paths.size() + observed.kernel.controllers.size() - std::min(matched, observed.kernel.controllers.size()));
  std::vector<bool> listed(observed.kernel.controllers.size(), false);
  Subsystems subsystems(*desired);
  base::SortedWalk attempts(observed.attempts, base::key_of);
  base::SortedWalk in_flight(observed.in_flight);
  base::SortedWalk before(status ? desired_paths(*status) : std::span<const PathStatus>(), path_of);
  base::Shared<std::string> hostid;
  for (std::size_t i = 0; i < desired->paths.size(); ++i) {
    const DesiredPath& wanted = desired->paths[i];
    PathStatus& p = out->paths.emplace_back();
    p.path = base::Shared<Path>(std::shared_ptr<const Path>(desired, &wanted.path));
    p.desired = true;
    p.stale = wanted.stale;
    p.named_by = wanted.named_by;
    p.since = at;
    const int match = view.controller_of(i);
    if (match >= 0) {
      listed[static_cast<std::size_t>(match)] = true;
      fill_from(p, observed.kernel.controllers[static_cast<std::size_t>(match)], watch, hostid);
    } else if (const PathStatus* known = before.at(wanted.path); known && known->state == PathState::kMissing) {
      p.since = known->since;
    }
    if (i < last_plan.path_holds.size()) p.hold = last_plan.path_holds[i];
    if (!p.hold && in_flight.at(wanted.path)) p.hold = Hold{HoldReason::kQueued, base::kNever, {}};
    if (const auto* known = attempts.at(wanted.path)) {
      p.attempt = known->second;
      if (p.state == PathState::kLive) p.attempt = Attempt{.total = known->second.total, .last_at = known->second.last_at};
    }
    if (const TimePoint* back = purged_paths.empty() ? nullptr : find_in(purged_paths, wanted.path)) {
      p.purged = *back == base::kNever || at < *back + kPurgeShown;
    }
    SubsystemStatus& its = subsystems.of(wanted);
    ++its.desired;
    its.live += p.state == PathState::kLive;
  }
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const nvme::Controller& controller = observed.kernel.controllers[i];
    if (listed[i] || controller.is_discovery()) continue;
    PathStatus& p = out->paths.emplace_back();
    p.path = Path{controller.transport, controller.subsysnqn, controller.hostnqn};
    fill_from(p, controller, watch, hostid);
    SubsystemStatus& its = subsystems.of(*p.path);
    p.left_behind = synced && (p.state != PathState::kLive || its.desired > 0);
    its.live += p.state == PathState::kLive;
  }
  out->subsystems = subsystems.take();
  for (const auto& [subnqn, hostnqn] : purged_subsystems) {
    const auto its = std::ranges::lower_bound(out->subsystems, std::tie(subnqn, hostnqn), {}, name_of);
    if (its != out->subsystems.end() && name_of(*its) == std::tie(subnqn, hostnqn)) its->purged = true;
  }
  out->refused = desired->refused;
  out->notices = notices;
  out->history = history.view();
  out->changes = history.counts();
  out->counters = counters;
  for (const auto& [portal, probe] : observed.portals) {
    if (probe.error) ++out->portals.silent;
    else if (probe.at != TimePoint{}) ++out->portals.answering;
  }
  out->at_the_kernel = observed.at_the_kernel;
  if (observed.at_the_kernel && at_the_kernel_since) out->at_the_kernel_since = *at_the_kernel_since;
  out->fabrics_available = observed.features.has_value();
  out->native_multipath = observed.kernel.native_multipath;
  out->wake_at = last_plan.wake_at;
  return out;
}

}  // namespace reconcile
