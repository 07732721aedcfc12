// NVMeFabricDegraded: True for what has been told as an Event and still stands, so that condition and Events agree.
#include <algorithm>

#include "kube/report_plan.h"

namespace kube {

using reconcile::EndpointStatus;
using reconcile::PathState;
using reconcile::PathStatus;
using reconcile::Status;

namespace {

struct Counts {
  int paths{0};
  int endpoints{0};
  bool pending{false};                    ///< something is down, not yet for long enough
  std::vector<std::string> paths_down{};
  std::string path_why{};
  std::vector<std::string> endpoints_down{};
  std::string endpoint_why{};
  std::vector<std::string> subsystems_down{};
  std::vector<std::string> purged{};
};

void count_paths(Counts& out, const ReportMemory& memory, const Status& status) {
  std::set<std::string> told;  // subsystems with a path that was told as down
  for (const PathStatus& path : status.paths) {
    if (!path.desired) continue;
    ++out.paths;
    if (path.state == PathState::kLive) continue;
    const auto down = memory.paths.find(*path.path);
    if (down == memory.paths.end() || !down->second.reported) {
      out.pending = true;
      continue;
    }
    if (out.paths_down.empty()) out.path_why = why_down(path);
    out.paths_down.push_back(to_string(*path.path));
    told.insert(path.path->subnqn);
  }
  for (const reconcile::SubsystemStatus& subsystem : status.subsystems) {
    if (subsystem.desired > 0 && subsystem.live == 0 && told.contains(subsystem.subnqn)) out.subsystems_down.push_back(subsystem.subnqn);
    if (subsystem.purged) out.purged.push_back(subsystem.subnqn);
  }
}

void count_endpoints(Counts& out, const ReportMemory& memory, const Status& status) {
  for (const EndpointStatus& endpoint : status.endpoints) {
    if (endpoint.retired) continue;
    ++out.endpoints;
    if (!reconcile::is_missing(endpoint)) continue;
    const auto quiet = memory.endpoints.find(endpoint.id);
    if (quiet == memory.endpoints.end() || quiet->second.said.empty()) {
      out.pending = true;
      continue;
    }
    if (out.endpoints_down.empty()) out.endpoint_why = why_down(endpoint);
    out.endpoints_down.push_back(to_string(endpoint.id));
  }
}

/// What was said before stays while it is not clear yet what to say next.
bool says_something_about_paths(const Condition& condition) {
  return condition.reason != "NotSynced" && condition.reason != "NoFabrics" && condition.reason != "HostNQNConflict";
}

std::string down_text(const Counts& counts) {
  std::string out;
  if (!counts.subsystems_down.empty()) out += "no path to " + listing(counts.subsystems_down) + "; ";
  if (!counts.paths_down.empty()) {
    out += std::to_string(counts.paths_down.size()) + " of " + std::to_string(counts.paths) + " paths down: " +
           listing(counts.paths_down) + ": " + counts.path_why + "; ";
  }
  if (!counts.endpoints_down.empty()) {
    out += std::to_string(counts.endpoints_down.size()) + " of " + std::to_string(counts.endpoints) + " discovery services down: " +
           listing(counts.endpoints_down) + ": " + counts.endpoint_why + "; ";
  }
  if (!counts.purged.empty()) {
    out += "the kernel gave up the last path to " + listing(counts.purged) + ": what was mounted from there has to be mounted again; ";
  }
  return out.substr(0, out.size() - 2);
}

std::string up_text(const Counts& counts) {
  return std::to_string(counts.paths) + (counts.paths == 1 ? " path" : " paths") + " live, " + std::to_string(counts.endpoints) +
         (counts.endpoints == 1 ? " discovery service" : " discovery services") + " connected";
}

}  // namespace

Condition decide_condition(const ReportMemory& memory, const Status* status, const ClusterFacts& facts) {
  using enum ConditionStatus;
  if (!facts.conflicting_node.empty()) return {kTrue, "HostNQNConflict", host_nqn_conflict_text(facts.conflicting_node)};
  if (status == nullptr) return {kUnknown, "NotSynced", "the agent has not looked at anything yet"};
  const bool wanted = !status->endpoints.empty() || std::ranges::any_of(status->paths, &PathStatus::desired);
  if (!status->synced) {
    return {kUnknown, "NotSynced", status->not_ready.empty() ? "the first sync is not done yet" : status->not_ready};
  }
  if (!status->not_ready.empty()) return {wanted ? kTrue : kUnknown, "NoFabrics", status->not_ready};

  Counts counts;
  count_paths(counts, memory, *status);
  count_endpoints(counts, memory, *status);
  if (!counts.subsystems_down.empty()) return {kTrue, "SubsystemUnreachable", down_text(counts)};
  if (!counts.purged.empty()) return {kTrue, "SubsystemPurged", down_text(counts)};
  if (!counts.paths_down.empty()) return {kTrue, "PathsDown", down_text(counts)};
  if (!counts.endpoints_down.empty()) return {kTrue, "EndpointsDown", down_text(counts)};
  if (counts.pending) {
    return memory.condition && says_something_about_paths(*memory.condition) ? *memory.condition : Condition{kUnknown, "Connecting", "the first connects are under way"};
  }
  if (!wanted) return {kFalse, "NothingConfigured", "no discovery service is configured"};
  return {kFalse, "AllPathsLive", up_text(counts)};
}

}  // namespace kube
