// Short ways to write the snapshots that tests of reports are made of.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "kube/report_plan.h"
#include "reconcile/status.h"

namespace values {

using namespace std::chrono_literals;
using reconcile::PathState;
using reconcile::SessionPhase;
using reconcile::Status;
using reconcile::StatusPtr;

inline constexpr base::TimePoint kNow{std::chrono::hours(10)};
inline constexpr base::WallTime kWall{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22)};
inline constexpr const char* kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-1111-4111-8111-111111111111";

inline nvme::TransportId portal(const std::string& ip, std::uint16_t port) { return {*nvme::IpAddress::parse(ip), port, {}, {}}; }

/// A host that is in sync, with nothing configured.
inline Status quiet() {
  Status out;
  out.now = kNow;
  out.synced = true;
  out.fabrics_available = true;
  out.hostnqn = kHostNqn;
  return out;
}

inline reconcile::PathStatus& add_path(Status& status, const std::string& subnqn, const std::string& ip, PathState state = PathState::kLive) {
  reconcile::PathStatus path;
  path.path = nvme::Path{portal(ip, 4420), subnqn, kHostNqn};
  path.state = state;
  path.desired = true;
  const auto at = std::ranges::lower_bound(status.paths, *path.path, {}, reconcile::path_of);
  return *status.paths.insert(at, path);
}

inline reconcile::EndpointStatus& add_endpoint(Status& status, const std::string& ip, SessionPhase phase = SessionPhase::kUp) {
  reconcile::EndpointStatus& out = status.endpoints.emplace_back();
  out.id = {portal(ip, 8009), kHostNqn, "c"};
  out.phase = phase;
  return out;
}

inline void fails(reconcile::Attempt& attempt, base::ErrorKind kind, const std::string& message) {
  ++attempt.failures;
  attempt.last_error = base::Error{kind, message};
}

/// What publish.cc would count.
inline StatusPtr published(Status status) {
  std::map<std::string, reconcile::SubsystemStatus> subsystems;
  for (const reconcile::PathStatus& path : status.paths) {
    reconcile::SubsystemStatus& its = subsystems[path.path->subnqn];
    its.subnqn = path.path->subnqn;
    its.hostnqn = path.path->hostnqn;
    its.desired += path.desired;
    its.live += path.state == PathState::kLive;
  }
  for (const reconcile::SubsystemStatus& given : status.subsystems) {
    if (given.purged) subsystems[given.subnqn].purged = true;
  }
  status.subsystems.clear();
  for (auto& [name, its] : subsystems) {
    its.subnqn = name;
    status.subsystems.push_back(its);
  }
  return std::make_shared<const Status>(std::move(status));
}

}  // namespace values
