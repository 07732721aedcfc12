// The seed's four series, by its names and labels, for dashboards that exist: a view of one snapshot, so no series
// outlives what it describes. What each counts here: docs/migrating.md, Metrics. New dashboards use metrics.h's.
#pragma once

#include <prometheus/metric_family.h>

#include <vector>

#include "reconcile/status.h"

namespace cmd {

/// Retired endpoints are left out: the seed removes them from its list. All four families, in the order of their
/// names; one without series has no metrics.
std::vector<prometheus::MetricFamily> compat_families(const reconcile::Status& status);

}  // namespace cmd
