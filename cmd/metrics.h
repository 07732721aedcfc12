// /metrics: a view of one snapshot at scrape time, in Prometheus' text format. Keeps nothing, so no series outlives
// what it describes. Base units; _total on counters only.
#pragma once

#include <string>

#include "reconcile/status.h"

namespace cmd {

/// What /proc/self says of this process.
struct ProcessUsage {
  double cpu_seconds{0};
  double start_time_seconds{0};
  double resident_bytes{0};
  double virtual_bytes{0};
  double open_files{0};
  double max_files{0};
  double threads{0};
};
ProcessUsage read_process_usage();

/// `status` null: only what does not need one. `elapsed`: how old the snapshot is.
std::string metrics_text(const reconcile::Status* status, base::Duration elapsed, bool ready, const ProcessUsage& process);

}  // namespace cmd
