// The words of reconciling as text: for logs, the status page, `plan` and tests. Decides nothing.
#include <algorithm>

#include "reconcile/model.h"
#include "reconcile/plan.h"
#include "reconcile/status.h"

namespace reconcile {

std::string to_string(const EndpointId& id) { return nvme::to_string(id.address); }

std::string_view to_string(OriginKind kind) {
  switch (kind) {
    case OriginKind::kConfigured:
      return "configured";
    case OriginKind::kReferral:
      return "referral";
    case OriginKind::kRemembered:
      return "remembered";
    case OriginKind::kDetected:
      return "detected";
  }
  return "unknown";
}

std::string_view to_string(HoldReason reason) {
  switch (reason) {
    case HoldReason::kBackoff:
      return "backoff";
    case HoldReason::kParked:
      return "parked";
    case HoldReason::kInFlight:
      return "in-flight";
    case HoldReason::kQueued:
      return "queued";
    case HoldReason::kProbing:
      return "probing";
    case HoldReason::kSilentPortal:
      return "silent-portal";
    case HoldReason::kKernelReconnecting:
      return "kernel-reconnecting";
    case HoldReason::kDeleting:
      return "deleting";
    case HoldReason::kNoFabrics:
      return "no-fabrics";
    case HoldReason::kNoIdentity:
      return "no-identity";
    case HoldReason::kIdentityConflict:
      return "identity-conflict";
    case HoldReason::kNeedsTls:
      return "needs-tls";
    case HoldReason::kNeedsAuthentication:
      return "needs-authentication";
    case HoldReason::kUnresolved:
      return "unresolved";
    case HoldReason::kRetired:
      return "retired";
    case HoldReason::kSelection:
      return "selection";
    case HoldReason::kStandby:
      return "standby";
    case HoldReason::kDepth:
      return "depth";
    case HoldReason::kUnsafeOption:
      return "unsafe-option";
    case HoldReason::kObserving:
      return "observing";
  }
  return "unknown";
}

std::string_view to_string(SessionPhase phase) {
  switch (phase) {
    case SessionPhase::kDown:
      return "down";
    case SessionPhase::kStarting:
      return "starting";
    case SessionPhase::kUp:
      return "up";
    case SessionPhase::kStopping:
      return "stopping";
  }
  return "unknown";
}

std::string_view to_string(PathState state) {
  switch (state) {
    case PathState::kMissing:
      return "missing";
    case PathState::kNew:
      return "new";
    case PathState::kLive:
      return "live";
    case PathState::kConnecting:
      return "connecting";
    case PathState::kResetting:
      return "resetting";
    case PathState::kDeleting:
      return "deleting";
    case PathState::kDead:
      return "dead";
  }
  return "unknown";
}

namespace {

struct ActionText {
  std::string operator()(const StartSession& a) const {
    return "start session with " + to_string(a.endpoint.id);
  }
  std::string operator()(const StopSession& a) const { return "stop session with " + to_string(a.id); }
  std::string operator()(const RereadLog& a) const { return "read log page of " + to_string(a.id); }
  std::string operator()(const ResolveName& a) const { return "resolve " + a.host; }
  std::string operator()(const ProbePortal& a) const { return "probe " + nvme::to_string(a.portal); }
  std::string operator()(const ConnectPath& a) const {
    return "connect " + nvme::to_string(a.options.path) + (a.forced ? " although the portal is silent" : "");
  }
};

}  // namespace

std::string to_string(const Action& action) { return std::visit(ActionText{}, action); }

std::span<const PathStatus> desired_paths(const Status& status) {
  const auto end = std::ranges::partition_point(status.paths, &PathStatus::desired);
  return {status.paths.begin(), end};
}

bool is_missing(const EndpointStatus& endpoint) {
  const bool stands_by = endpoint.hold && (endpoint.hold->reason == HoldReason::kStandby || endpoint.hold->reason == HoldReason::kSelection);
  return endpoint.phase != SessionPhase::kUp && !endpoint.retired && !stands_by;
}

Health health(const Status& status) {
  Health out;
  for (const PathStatus& path : status.paths) {
    if (path.desired && path.state != PathState::kLive) ++out.paths_down;
  }
  for (const EndpointStatus& endpoint : status.endpoints) {
    if (is_missing(endpoint)) ++out.endpoints_down;
  }
  return out;
}

}  // namespace reconcile
