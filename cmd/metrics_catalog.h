// Every metric there is: name, type, labels, meaning. /metrics can serve no other (a name that is not here does not
// compile), and docs/metrics.md is made of it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cmd {

enum class MetricKind : std::uint8_t { kGauge, kCounter, kHistogram };
std::string_view to_string(MetricKind kind);

struct MetricInfo {
  std::string_view name{};
  MetricKind kind{MetricKind::kGauge};
  std::string_view labels{};  ///< "a,b" in their order, or "": no labels
  std::string_view help{};
};

/// Detail is served for as many paths, as many subsystems and as many endpoints: some ten thousand samples, 3 MB.
inline constexpr std::size_t kDetailLimit = 1000;

#define DC_PATH_LABELS "subnqn,hostnqn,traddr,trsvcid,host_traddr,host_iface"
#define DC_ENDPOINT_LABELS "traddr,trsvcid,host_traddr,host_iface,hostnqn,group"

inline constexpr std::array kMetrics = std::to_array<MetricInfo>({
    // The agent
    {"discovery_client_build_info", MetricKind::kGauge, "version,compiler", "1; what runs here."},
    {"discovery_client_start_time_seconds", MetricKind::kGauge, "", "When the agent started, since the epoch."},
    {"discovery_client_ready", MetricKind::kGauge, "", "1 when /readyz says so: first sync done, configuration valid, the kernel takes connects."},
    {"discovery_client_degraded", MetricKind::kGauge, "", "1 when a listed path is not live or an endpoint that should have a session has none."},
    {"discovery_client_passes_total", MetricKind::kCounter, "", "Reconcile passes."},
    {"discovery_client_pass_duration_seconds", MetricKind::kHistogram, "", "How long reconcile passes took, with the building of a snapshot where there was one."},
    {"discovery_client_changes_total", MetricKind::kCounter, "kind", "Changes since the start, by kind (docs/status.md, History)."},
    {"discovery_client_holds", MetricKind::kGauge, "kind,reason", "Paths and endpoints for which nothing is done now, by reason (docs/holds.md)."},
    {"discovery_client_truncated", MetricKind::kGauge, "what", "Paths, subsystems and endpoints without series of their own, because there are more than 1,000."},
    // Configuration
    {"discovery_client_config_files", MetricKind::kGauge, "", "Files read in clientConfigDir."},
    {"discovery_client_config_lines", MetricKind::kGauge, "", "Lines of these files that hold something besides blanks and comments."},
    {"discovery_client_config_diagnostics", MetricKind::kGauge, "severity", "Lines and keys with something wrong, by severity."},
    {"discovery_client_config_readable", MetricKind::kGauge, "", "1 when clientConfigDir was read the last time; what was known stays otherwise."},
    // The kernel
    {"discovery_client_fabrics_available", MetricKind::kGauge, "", "1 when the kernel takes connects (/dev/nvme-fabrics)."},
    {"discovery_client_native_multipath", MetricKind::kGauge, "", "1 when the kernel joins paths by itself, 0 when each is a disk of its own; absent until known."},
    {"discovery_client_connects_total", MetricKind::kCounter, "result", "Connects that the kernel finished, by result."},
    {"discovery_client_connect_duration_seconds", MetricKind::kHistogram, "result", "How long the kernel took for a connect, by result."},
    {"discovery_client_connect_in_progress_seconds", MetricKind::kGauge, "", "How long the kernel has been at the connect that it is at; absent when it is at none."},
    {"discovery_client_purges_total", MetricKind::kCounter, "", "Controllers that went while the agent watched: the kernel gave them up (ctrl_loss_tmo), or somebody deleted them."},
    {"discovery_client_sysfs_scans_total", MetricKind::kCounter, "", "Scans of sysfs."},
    {"discovery_client_uevent_overruns_total", MetricKind::kCounter, "", "Times that the kernel dropped uevents."},
    // Preflight
    {"discovery_client_probes_total", MetricKind::kCounter, "result", "Preflight probes of portals, by result."},
    {"discovery_client_portals", MetricKind::kGauge, "state", "Portals of listed paths, as preflight and connects last found them."},
    // Discovery services
    {"discovery_client_endpoints", MetricKind::kGauge, "state", "Discovery services by state: up and down, retired ones, and those held back on purpose (standby, or below a `# only:` that can't be decided yet)."},
    {"discovery_client_endpoint_up", MetricKind::kGauge, DC_ENDPOINT_LABELS, "1 while there is a session with a discovery service. Those that are retired or held back on purpose have no series."},
    {"discovery_client_endpoint_state_age_seconds", MetricKind::kGauge, DC_ENDPOINT_LABELS, "How long it has been up, or not up, without a break; absent until it was tried."},
    {"discovery_client_endpoint_attempts_total", MetricKind::kCounter, DC_ENDPOINT_LABELS, "Sessions begun."},
    {"discovery_client_endpoint_failures_in_a_row", MetricKind::kGauge, DC_ENDPOINT_LABELS, "Sessions that failed since the last good one."},
    {"discovery_client_endpoint_last_error", MetricKind::kGauge, DC_ENDPOINT_LABELS ",class", "1 for the class of the last error, while there is no session."},
    {"discovery_client_endpoint_events_total", MetricKind::kCounter, DC_ENDPOINT_LABELS, "Asynchronous events (AEN) of a discovery service."},
    {"discovery_client_keep_alive_round_trip_seconds", MetricKind::kGauge, DC_ENDPOINT_LABELS, "Round trip of the last Keep Alive."},
    {"discovery_client_log_page_age_seconds", MetricKind::kGauge, DC_ENDPOINT_LABELS, "Time since the log page was last read; absent for one that is remembered from before the start."},
    {"discovery_client_log_page_entries", MetricKind::kGauge, DC_ENDPOINT_LABELS, "Entries of the last good log page."},
    {"discovery_client_log_page_generation", MetricKind::kGauge, DC_ENDPOINT_LABELS, "Generation counter (genctr) of the last good log page."},
    {"discovery_client_events_total", MetricKind::kCounter, "", "Asynchronous events of all discovery services."},
    {"discovery_client_log_reads_total", MetricKind::kCounter, "", "Log pages read."},
    {"discovery_client_log_entries_refused", MetricKind::kGauge, "", "Log page entries that are not used."},
    // Subsystems and paths
    {"discovery_client_subsystems", MetricKind::kGauge, "access", "Subsystems by access: whole (every listed path is live), reduced, lost (none is), unlisted (live, and no service lists it)."},
    {"discovery_client_subsystems_one_failure_away", MetricKind::kGauge, "", "Subsystems with access whose live paths all share a target address, or one of several local addresses or interfaces."},
    {"discovery_client_paths_desired", MetricKind::kGauge, "subnqn,hostnqn", "Paths that discovery services list, by subsystem."},
    {"discovery_client_paths_live", MetricKind::kGauge, "subnqn,hostnqn", "Paths whose controller is live in sysfs, by subsystem."},
    {"discovery_client_paths", MetricKind::kGauge, "state,listed", "Paths by state, and whether some service lists them."},
    {"discovery_client_path_state", MetricKind::kGauge, DC_PATH_LABELS ",device,subsystem,listed,state", "1 for the state a path is in now; missing: listed, and not in the kernel."},
    {"discovery_client_path_state_age_seconds", MetricKind::kGauge, DC_PATH_LABELS, "How long a path has been in its state."},
    {"discovery_client_path_attempts_total", MetricKind::kCounter, DC_PATH_LABELS, "Connects that the kernel finished for a listed path."},
    {"discovery_client_path_failures_in_a_row", MetricKind::kGauge, DC_PATH_LABELS, "Connects of a listed path that failed since the last good one."},
    {"discovery_client_path_last_error", MetricKind::kGauge, DC_PATH_LABELS ",class", "1 for the class of the last error, while the path is not live."},
    {"discovery_client_path_purge_in_seconds", MetricKind::kGauge, DC_PATH_LABELS, "About when the kernel gives a lost controller up (ctrl_loss_tmo); absent where the loss was not seen, as after a restart, and where it never does."},
    {"discovery_client_path_namespaces", MetricKind::kGauge, DC_PATH_LABELS ",ana_state", "Namespaces of a path by ANA state; absent where the target does not use ANA."},
    // The process
    {"process_cpu_seconds_total", MetricKind::kCounter, "", "User and system time."},
    {"process_start_time_seconds", MetricKind::kGauge, "", "Start of the process, since the epoch."},
    {"process_resident_memory_bytes", MetricKind::kGauge, "", "Resident memory."},
    {"process_virtual_memory_bytes", MetricKind::kGauge, "", "Virtual memory."},
    {"process_open_fds", MetricKind::kGauge, "", "Open file descriptors."},
    {"process_max_fds", MetricKind::kGauge, "", "Limit of open file descriptors."},
    {"process_threads", MetricKind::kGauge, "", "Threads."},
    // As the Go client names them
    {"discovery_connection_state", MetricKind::kGauge, "trtype,traddr,trsvcid,nqn", "Show if a connection to discovery service is working or not"},
    {"discovery_connections_total", MetricKind::kGauge, "trtype,traddr,trsvcid,nqn,hostnqn", "Number of connections to different discovery servers"},
    {"discovery_entries_total", MetricKind::kGauge, "", "Number of entries we monitor"},
    {"discovery_log_page_count", MetricKind::kGauge, "hostnqn", "Number of discovery log pages for hostnqn"},
});

#undef DC_PATH_LABELS
#undef DC_ENDPOINT_LABELS

/// Null for a name that is not there.
constexpr const MetricInfo* find_metric(std::string_view name) {
  for (const MetricInfo& info : kMetrics) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

/// A name that is in the list: any other text does not compile.
class Metric {
 public:
  consteval Metric(const char* name) : info_(find_metric(name)) {  // NOLINT: implicit on purpose
    if (info_ == nullptr) throw "no such metric in kMetrics";
  }
  const MetricInfo& info() const { return *info_; }

 private:
  const MetricInfo* info_;
};

/// docs/metrics.md.
std::string metrics_document();

}  // namespace cmd
