// What the cluster should be told, from snapshots: Events, the node condition, whether the startup taint may go, the host
// NQN's hash. Pure: no clock, no API, no order of sending (outbox.h). What goes wrong together is told together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kube/objects.h"
#include "reconcile/status.h"

namespace kube {

using namespace std::chrono_literals;

struct ReportSettings {
  base::Duration lost_settle{2s};       ///< a path that was live: the kernel often has it back by then, and its neighbours fail within it
  base::Duration new_grace{30s};        ///< a path that never was live: connecting takes its time, 64 of them more
  base::Duration recovered_settle{2s};  ///< what is back for so long is back
  base::Duration endpoint_settle{5s};   ///< a discovery service that restarts is no news
  base::Duration repeat{55min};         ///< what stands is told again before its Event expires (API server: after 1 h)
};

/// What the cluster told us.
struct ClusterFacts {
  std::string conflicting_node{};       ///< another node with our host NQN; empty: none known
  friend bool operator==(const ClusterFacts&, const ClusterFacts&) = default;
};

struct ReportPlan {
  std::vector<Event> events{};          ///< new ones; the same event again is a series (outbox.h)
  Condition condition{};
  bool ready{false};                    ///< first sync done and able to work: the startup taint may go
  std::string hostnqn_hash{};           ///< empty: no host NQN known yet
  base::TimePoint wake_at{base::kNever};  ///< plan again by then, even without a new snapshot
};

/// What was seen and told before; made by plan_reports, empty at start.
struct ReportMemory {
  struct Down {
    base::TimePoint since{};
    base::TimePoint live_since{base::kNever};  ///< reported and back since then
    bool established{false};                   ///< it was live before
    bool reported{false};
    std::uint64_t round{0};                    ///< of the last plan that saw it
  };
  struct Quiet {
    base::TimePoint since{};
    std::set<EventReason> said{};              ///< once each until it is up again
    base::TimePoint up_since{base::kNever};
  };
  struct Standing {
    std::string note{};
    base::TimePoint said_at{};
  };
  std::uint64_t round{0};
  reconcile::StatusPtr status{};
  std::map<nvme::Path, Down> paths{};
  std::map<reconcile::EndpointId, Quiet> endpoints{};
  std::map<std::pair<EventReason, std::string>, Standing> standing{};  ///< by file or endpoint
  std::set<std::pair<std::string, std::string>> purged{};              ///< subsystem NQN, host NQN
  std::optional<Condition> condition{};
};

struct PlannedReports {
  ReportPlan plan{};
  ReportMemory memory{};
};

/// `status` null: nothing published yet. `now` on the clock of status->now.
PlannedReports plan_reports(ReportMemory previous, const reconcile::StatusPtr& status, const ClusterFacts& facts,
                            const ReportSettings& settings, base::TimePoint now);

/// The condition alone, from `memory` as it is after the events are planned.
Condition decide_condition(const ReportMemory& memory, const reconcile::Status* status, const ClusterFacts& facts);

/// "nqn.a, nqn.b, nqn.c and 4 more".
std::string listing(const std::vector<std::string>& names);
/// Why a path is not live, in words that stay the same while the reason does.
std::string why_down(const reconcile::PathStatus& path);
std::string why_down(const reconcile::EndpointStatus& endpoint);
std::string host_nqn_conflict_text(const std::string& other_node);

}  // namespace kube
