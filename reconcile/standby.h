// sessionsPerGroup: which services of a cluster have a session now, and which stand by. Pure.
#pragma once

#include <vector>

#include "reconcile/model.h"

namespace reconcile {

/// Holds (kStandby) all but `sessions` of the usable endpoints of each cluster (group, host NQN); 0: none is held.
/// Those that are up stay; else the one that failed least, in an order that differs from host to host, so that hosts
/// spread over the services. A failure so moves the session to the next service at once. Retired ones come last, and are
/// not tried while others suffice.
void hold_standbys(std::vector<Endpoint>& endpoints, const ObservedState& observed, int sessions);

}  // namespace reconcile
