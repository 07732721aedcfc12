// Events: one pass over the snapshot each for paths, endpoints, configuration, refused entries and purges.
#include "kube/report_plan.h"

#include <algorithm>

#include "base/sorted_walk.h"
#include "base/text.h"

namespace kube {

using reconcile::EndpointStatus;
using reconcile::HoldReason;
using reconcile::PathState;
using reconcile::PathStatus;
using reconcile::Status;

namespace {

constexpr std::size_t kNamesShown = 3;
constexpr std::size_t kEndpointsOneByOne = 4;  // more of them at once are one Event
constexpr std::size_t kReasonShown = 300;

std::string portal_of(const nvme::Path& path) { return nvme::host_port(path.transport.traddr, path.transport.trsvcid); }

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + " " + std::string(n == 1 ? one : many);
}

/// Paths through one portal that are told in one Event.
struct Group {
  std::vector<std::string> subsystems{};
  std::string why{};
  bool established{true};
};

class Planner {
 public:
  Planner(ReportMemory& memory, ReportPlan& plan, const Status& status, const ReportSettings& settings, base::TimePoint now)
      : memory_(memory), plan_(plan), status_(status), settings_(settings), now_(now) {}

  void plan_paths();
  void plan_endpoints();
  void plan_configuration();
  void plan_refused_entries();
  void plan_purges();

  void say(EventReason reason, std::string note) { plan_.events.push_back({reason, std::move(note)}); }
  void wake(base::TimePoint at) { plan_.wake_at = std::min(plan_.wake_at, at); }
  /// Once, when the note changes, and again before the Event expires.
  void say_standing(EventReason reason, const std::string& about, std::string note);

 private:
  void see_path(const PathStatus& path, bool was_live);
  void see_live(const PathStatus& path, std::map<nvme::Path, ReportMemory::Down>::iterator known);
  void say_lost();
  void see_endpoint(const EndpointStatus& endpoint);
  void say_endpoints();

  ReportMemory& memory_;
  ReportPlan& plan_;
  const Status& status_;
  const ReportSettings& settings_;
  const base::TimePoint now_;
  std::vector<const PathStatus*> down_{};
  std::set<std::string> due_portals_{};
  std::map<std::string, Group> recovered_{};
  std::map<EventReason, std::vector<const EndpointStatus*>> endpoints_{};
};

void Planner::say_standing(EventReason reason, const std::string& about, std::string note) {
  ReportMemory::Standing& known = memory_.standing[{reason, about}];
  if (known.note != note || now_ >= known.said_at + settings_.repeat) {
    say(reason, note);
    known = {std::move(note), now_};
  }
  wake(known.said_at + settings_.repeat);
}

void Planner::see_live(const PathStatus& path, std::map<nvme::Path, ReportMemory::Down>::iterator known) {
  if (!known->second.reported) {
    memory_.paths.erase(known);
    return;
  }
  known->second.round = memory_.round;
  known->second.live_since = std::min(known->second.live_since, now_);
  const base::TimePoint due = known->second.live_since + settings_.recovered_settle;
  if (now_ < due) return wake(due);
  recovered_[portal_of(*path.path)].subsystems.push_back(path.path->subnqn);
  memory_.paths.erase(known);
}

void Planner::see_path(const PathStatus& path, bool was_live) {
  const auto known = memory_.paths.find(*path.path);
  if (path.state == PathState::kLive) {
    if (known != memory_.paths.end()) see_live(path, known);
    return;
  }
  ReportMemory::Down& down = known != memory_.paths.end() ? known->second : memory_.paths[*path.path];
  if (known == memory_.paths.end()) {
    down.since = now_;
    down.established = was_live || (path.state != PathState::kMissing && path.state != PathState::kNew);
  }
  down.round = memory_.round;
  down.live_since = base::kNever;
  down_.push_back(&path);
  if (down.reported) return;
  const base::TimePoint due = down.since + (down.established ? settings_.lost_settle : settings_.new_grace);
  if (now_ >= due) due_portals_.insert(portal_of(*path.path));
  else wake(due);
}

void Planner::say_lost() {
  std::map<std::string, Group> lost;
  for (const PathStatus* path : down_) {
    ReportMemory::Down& down = memory_.paths[*path->path];
    const std::string portal = portal_of(*path->path);
    // Those that fail with a neighbour are told with it; new ones keep their grace.
    const bool due = now_ >= down.since + (down.established ? settings_.lost_settle : settings_.new_grace);
    if (down.reported || !due_portals_.contains(portal) || !(due || down.established)) continue;
    down.reported = true;
    Group& group = lost[portal];
    if (group.subsystems.empty()) group.why = why_down(*path);
    group.subsystems.push_back(path->path->subnqn);
    group.established = group.established && down.established;
  }
  for (const auto& [portal, group] : lost) {
    const std::size_t n = group.subsystems.size();
    say(EventReason::kPathLost, counted(n, "path", "paths") + " through " + portal + (n == 1 ? " is" : " are") +
                                    (group.established ? " down: " : " not connected: ") + listing(group.subsystems) +
                                    ": " + group.why);
  }
  for (const auto& [portal, group] : recovered_) {
    const std::size_t n = group.subsystems.size();
    say(EventReason::kPathRecovered, counted(n, "path", "paths") + " through " + portal + (n == 1 ? " is" : " are") +
                                         " live again: " + listing(group.subsystems));
  }
}

void Planner::plan_paths() {
  base::SortedWalk before(memory_.status ? desired_paths(*memory_.status) : std::span<const PathStatus>(), reconcile::path_of);
  ++memory_.round;
  for (const PathStatus& path : desired_paths(status_)) {
    const PathStatus* old = before.at(*path.path);
    see_path(path, old && old->state == PathState::kLive);
  }
  std::erase_if(memory_.paths, [&](const auto& entry) { return entry.second.round != memory_.round; });
  say_lost();
}

/// An answer that is no session, as opposed to no answer.
bool is_refusal(const EndpointStatus& endpoint) {
  if (!endpoint.attempt.last_error) return true;  // a hold of our own: identity, TLS, …
  switch (endpoint.attempt.last_error->kind) {
    case base::ErrorKind::kUnreachable:
    case base::ErrorKind::kTimeout:
    case base::ErrorKind::kClosed:
    case base::ErrorKind::kNotFound:
    case base::ErrorKind::kIo:
    case base::ErrorKind::kCancelled: return false;
    default: return true;
  }
}

bool is_obstacle(const std::optional<reconcile::Hold>& hold) {
  if (!hold) return false;
  switch (hold->reason) {
    case HoldReason::kParked:
    case HoldReason::kNoFabrics:
    case HoldReason::kNoIdentity:
    case HoldReason::kIdentityConflict:
    case HoldReason::kNeedsTls:
    case HoldReason::kNeedsAuthentication:
    case HoldReason::kUnresolved:
    case HoldReason::kDepth:
    case HoldReason::kUnsafeOption: return true;
    default: return false;
  }
}

void Planner::see_endpoint(const EndpointStatus& endpoint) {
  const auto known = memory_.endpoints.find(endpoint.id);
  if (endpoint.phase == reconcile::SessionPhase::kUp) {
    if (known == memory_.endpoints.end()) return;
    known->second.up_since = std::min(known->second.up_since, now_);
    const base::TimePoint due = known->second.up_since + settings_.recovered_settle;
    if (!known->second.said.empty() && now_ < due) return wake(due);
    if (!known->second.said.empty()) endpoints_[EventReason::kEndpointRecovered].push_back(&endpoint);
    memory_.endpoints.erase(known);
    return;
  }
  ReportMemory::Quiet& quiet = known != memory_.endpoints.end() ? known->second : memory_.endpoints[endpoint.id];
  if (known == memory_.endpoints.end()) quiet.since = now_;
  quiet.up_since = base::kNever;
  const bool explained = (endpoint.attempt.failures > 0 && endpoint.attempt.last_error) || is_obstacle(endpoint.hold);
  if (!explained) return;
  const EventReason reason = is_refusal(endpoint) && (!endpoint.hold || endpoint.hold->reason != HoldReason::kUnresolved)
                                 ? EventReason::kEndpointRefused
                                 : EventReason::kEndpointUnreachable;
  const base::TimePoint due = quiet.since + settings_.endpoint_settle;
  if (now_ < due) return wake(due);
  if (quiet.said.insert(reason).second) endpoints_[reason].push_back(&endpoint);
}

void Planner::say_endpoints() {
  for (const auto& [reason, endpoints] : endpoints_) {
    const bool up = reason == EventReason::kEndpointRecovered;
    const std::string end = up ? " is connected again" : reason == EventReason::kEndpointRefused ? " refuses us: " : " does not answer: ";
    if (endpoints.size() <= kEndpointsOneByOne) {
      for (const EndpointStatus* endpoint : endpoints) {
        say(reason, "discovery service " + to_string(endpoint->id) + end + (up ? "" : why_down(*endpoint)));
      }
      continue;
    }
    std::vector<std::string> names;
    for (const EndpointStatus* endpoint : endpoints) names.push_back(to_string(endpoint->id));
    const std::string what = up ? " are connected again: " : reason == EventReason::kEndpointRefused ? " refuse us: " : " do not answer: ";
    say(reason, std::to_string(names.size()) + " discovery services" + what + listing(names) + (up ? "" : ": " + why_down(*endpoints.front())));
  }
}

void Planner::plan_endpoints() {
  std::set<reconcile::EndpointId> seen;
  for (const EndpointStatus& endpoint : status_.endpoints) {
    if (endpoint.retired) continue;
    seen.insert(endpoint.id);
    see_endpoint(endpoint);
  }
  std::erase_if(memory_.endpoints, [&](const auto& entry) { return !seen.contains(entry.first); });
  say_endpoints();
}

void Planner::plan_configuration() {
  std::map<std::string, std::pair<std::string, int>> files;  // first error, how many
  for (const config::Diagnostic& diagnostic : status_.diagnostics) {
    if (diagnostic.severity != config::Severity::kError) continue;
    auto& [first, count] = files[diagnostic.where.file];
    if (count++ == 0) first = to_string(diagnostic);
  }
  for (auto& [file, errors] : files) {
    const int more = errors.second - 1;
    say_standing(EventReason::kBadConfiguration, file,
                 more == 0 ? errors.first : errors.first + " (and " + counted(static_cast<std::size_t>(more), "more error", "more errors") + ")");
  }
  std::erase_if(memory_.standing, [&](const auto& entry) {
    return entry.first.first == EventReason::kBadConfiguration && !files.contains(entry.first.second);
  });
}

void Planner::plan_refused_entries() {
  std::map<std::string, std::pair<const reconcile::RefusedEntry*, std::size_t>> services;
  for (const reconcile::RefusedEntry& entry : status_.refused) {
    auto& [first, count] = services[to_string(entry.endpoint)];
    if (count++ == 0) first = &entry;
  }
  for (const auto& [service, entries] : services) {
    const auto& [first, count] = entries;
    say_standing(EventReason::kEntryRefused, service,
                 counted(count, "entry", "entries") + " of discovery service " + service + (count == 1 ? " is" : " are") +
                     " not used; entry " + std::to_string(first->index) + ": " + first->error.message);
  }
  std::erase_if(memory_.standing, [&](const auto& entry) {
    return entry.first.first == EventReason::kEntryRefused && !services.contains(entry.first.second);
  });
}

void Planner::plan_purges() {
  std::set<std::pair<std::string, std::string>> purged;
  for (const reconcile::SubsystemStatus& subsystem : status_.subsystems) {
    if (!subsystem.purged) continue;
    purged.emplace(subsystem.subnqn, subsystem.hostnqn);
    if (memory_.purged.contains({subsystem.subnqn, subsystem.hostnqn})) continue;
    say(EventReason::kSubsystemPurged, "the kernel gave up the last path to " + subsystem.subnqn +
                                           ": what was mounted from it stays broken, also after a reconnect, until it is unmounted and mounted again");
  }
  memory_.purged = std::move(purged);
}

}  // namespace

std::string listing(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) out += (i == 0 ? "" : ", ") + names[i];
  if (names.size() > kNamesShown) out += " and " + std::to_string(names.size() - kNamesShown) + " more";
  return out;
}

std::string why_down(const PathStatus& path) {
  if (path.attempt.last_error) return base::printable(path.attempt.last_error->message, kReasonShown);
  if (path.hold && !path.hold->detail.empty()) return base::printable(path.hold->detail, kReasonShown);
  return std::string(to_string(path.state));
}

std::string why_down(const EndpointStatus& endpoint) {
  if (endpoint.attempt.last_error) return base::printable(endpoint.attempt.last_error->message, kReasonShown);
  if (!endpoint.hold) return std::string(to_string(endpoint.phase));
  return endpoint.hold->detail.empty() ? std::string(to_string(endpoint.hold->reason)) : base::printable(endpoint.hold->detail, kReasonShown);
}

std::string host_nqn_conflict_text(const std::string& other_node) {
  return "node " + other_node + " has the same host NQN as this node: targets take both for one host, which corrupts data. "
         "Give one of them a new /etc/nvme/hostnqn and hostid and restart its agent";
}

PlannedReports plan_reports(ReportMemory previous, const reconcile::StatusPtr& status, const ClusterFacts& facts,
                            const ReportSettings& settings, base::TimePoint now) {
  PlannedReports out{{}, std::move(previous)};
  if (status) {
    Planner planner(out.memory, out.plan, *status, settings, now);
    planner.plan_configuration();
    if (!facts.conflicting_node.empty()) {
      planner.say_standing(EventReason::kHostNqnConflict, {}, host_nqn_conflict_text(facts.conflicting_node));
    } else {
      out.memory.standing.erase({EventReason::kHostNqnConflict, {}});
    }
    if (status->synced) {
      planner.plan_purges();
      planner.plan_paths();
      planner.plan_endpoints();
      planner.plan_refused_entries();
    }
    out.plan.ready = status->synced && status->not_ready.empty();
    if (!status->hostnqn.empty()) out.plan.hostnqn_hash = hostnqn_hash(status->hostnqn);
  }
  out.memory.status = status;
  out.memory.condition = decide_condition(out.memory, status.get(), facts);
  out.plan.condition = *out.memory.condition;
  return out;
}

}  // namespace kube
