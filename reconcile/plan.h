// What to do now and why not the rest. Pure: no clock, no I/O, no state. The most tested file.
#pragma once

#include <map>
#include <variant>
#include <vector>

#include "reconcile/model.h"
#include "reconcile/kernel_view.h"
#include "reconcile/settings.h"

namespace reconcile {

struct StartSession { Endpoint endpoint; };
struct StopSession { EndpointId id; };
struct RereadLog { EndpointId id; };
struct ResolveName { std::string host; };
struct ProbePortal { nvme::TransportId portal; bool tcp_only{false}; };
/// In breadth-first order: one path to every subsystem before the second to any; silent portals last.
struct ConnectPath { nvme::ConnectOptions options; bool forced{false}; /**< the portal is silent; tried all the same */ };
using Action = std::variant<StartSession, StopSession, RereadLog, ResolveName, ProbePortal, ConnectPath>;
std::string to_string(const Action& action);  ///< for `plan` and logs: "connect nqn… at 10.0.0.1:4420"

struct Plan {
  std::vector<Action> actions{};
  std::vector<std::optional<Hold>> path_holds{};  ///< for each desired path; none: live, or sent to the kernel now
  std::map<EndpointId, Hold> endpoint_holds{};
  int queued{0};                    ///< connects that could begin, had the fabrics worker's queue room
  TimePoint wake_at{base::kNever};  ///< earliest time at which the answer could differ by itself
};

/// What should be, from the files' intent, the services' last good log pages and the host's identity.
/// Unknown is not absent: a service that can't be read keeps its last page; config that can't be read keeps all.
DesiredState desire(const ObservedState& observed, const Settings& settings);

/// How many paths the fabrics worker may have at once, the one it is at among them.
int fabrics_queue(const ObservedState& observed, const Settings& settings);

/// What to do about the difference. Never a disconnect. Two actions never concern one path.
/// `view` is that of these desired paths and this kernel, refreshed; without one it is made for this one plan.
Plan plan(const DesiredState& desired, const KernelView& view, const ObservedState& observed, const Settings& settings, TimePoint now);
Plan plan(const DesiredState& desired, const ObservedState& observed, const Settings& settings, TimePoint now);

}  // namespace reconcile
