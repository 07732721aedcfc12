// From the snapshot to samples, one function for each part of it. Names, types and help stand in metrics_catalog.h.
#include "cmd/metrics.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "cmd/compat_metrics.h"
#include "cmd/metric_page.h"
#include "cmd/version.h"
#include "reconcile/error_class.h"
#include "reconcile/redundancy.h"

namespace cmd {
namespace {

using reconcile::EndpointStatus;
using reconcile::PathState;
using reconcile::PathStatus;
using reconcile::Status;
using reconcile::SubsystemStatus;

Labels transport_labels(const nvme::TransportId& transport) {
  return {{"traddr", to_string(transport.traddr)}, {"trsvcid", std::to_string(transport.trsvcid)},
          {"host_traddr", transport.host_traddr ? to_string(*transport.host_traddr) : std::string()},
          {"host_iface", transport.host_iface}};
}

Labels with(Labels labels, const char* name, std::string_view value) {
  labels.push_back({name, std::string(value)});
  return labels;
}

double age(base::TimePoint since, base::TimePoint now) { return std::max(0.0, in_seconds(now - since)); }

/// More of them than kDetailLimit: those that `is_well` have no series of their own, and of the others only the first ones.
template <class Thing, class IsWell>
std::vector<const Thing*> in_detail(const std::vector<Thing>& all, IsWell is_well) {
  const bool few = all.size() <= kDetailLimit;
  std::vector<const Thing*> out;
  for (const Thing& thing : all) {
    if (out.size() == kDetailLimit) break;
    if (few || !is_well(thing)) out.push_back(&thing);
  }
  return out;
}

void put_left_out(MetricPage& page, const char* what, std::size_t all, std::size_t shown) {
  page.add("discovery_client_truncated", static_cast<double>(all - shown), {{"what", what}});
}

std::string_view access_of(const SubsystemStatus& subsystem) {
  if (subsystem.desired == 0) return "unlisted";
  if (subsystem.live == 0) return "lost";
  return subsystem.live < subsystem.desired ? "reduced" : "whole";
}

void put_subsystems(MetricPage& page, const Status& status) {
  std::map<std::string_view, int> by_access{{"whole", 0}, {"reduced", 0}, {"lost", 0}, {"unlisted", 0}};
  for (const SubsystemStatus& subsystem : status.subsystems) ++by_access[access_of(subsystem)];
  for (const auto& [name, count] : by_access) page.add("discovery_client_subsystems", count, {{"access", std::string(name)}});
  page.add("discovery_client_subsystems_one_failure_away", static_cast<double>(reconcile::one_failure_away(status).size()));
  const auto shown = in_detail(status.subsystems, [](const SubsystemStatus& s) { return s.desired > 0 && s.live >= s.desired; });
  for (const SubsystemStatus* subsystem : shown) {
    const Labels labels{{"subnqn", subsystem->subnqn}, {"hostnqn", subsystem->hostnqn}};
    page.add("discovery_client_paths_desired", subsystem->desired, labels);
    page.add("discovery_client_paths_live", subsystem->live, labels);
  }
  put_left_out(page, "subsystems", status.subsystems.size(), shown.size());
}

/// Of controllers with the same addresses (duplicate_connect) the first speaks for all in series that don't name the device.
class SaidOnce {
 public:
  bool is_new(const nvme::Path& path) { return said_.insert(&path).second; }

 private:
  struct Less {
    bool operator()(const nvme::Path* a, const nvme::Path* b) const { return *a < *b; }
  };
  std::set<const nvme::Path*, Less> said_{};
};

void put_path(MetricPage& page, const PathStatus& path, base::TimePoint now, SaidOnce& said) {
  Labels labels = transport_labels(path.path->transport);
  labels.insert(labels.begin(), {{"subnqn", path.path->subnqn}, {"hostnqn", path.path->hostnqn}});
  Labels state = labels;
  state.push_back({"device", path.device});
  state.push_back({"subsystem", path.subsystem});
  state.push_back({"listed", path.desired ? "true" : "false"});
  state.push_back({"state", std::string(to_string(path.state))});
  page.add("discovery_client_path_state", 1, std::move(state));
  if (!said.is_new(*path.path)) return;
  page.add("discovery_client_path_state_age_seconds", age(path.since, now), labels);
  if (path.desired) {
    page.add("discovery_client_path_attempts_total", static_cast<double>(path.attempt.total), labels);
    page.add("discovery_client_path_failures_in_a_row", path.attempt.failures, labels);
  }
  if (path.attempt.last_error) page.add("discovery_client_path_last_error", 1, with(labels, "class", reconcile::error_class(*path.attempt.last_error)));
  if (path.purge_at) page.add("discovery_client_path_purge_in_seconds", std::max(0.0, in_seconds(*path.purge_at - now)), labels);
  for (std::size_t i = 0; i < path.ana.size(); ++i) {
    if (path.ana[i] > 0) page.add("discovery_client_path_namespaces", path.ana[i], with(labels, "ana_state", to_string(static_cast<nvme::AnaState>(i))));
  }
}

void put_paths(MetricPage& page, const Status& status, base::TimePoint now) {
  std::map<std::pair<std::string_view, bool>, int> by_state;
  for (auto state = PathState::kMissing; state <= PathState::kDead; state = static_cast<PathState>(static_cast<int>(state) + 1)) {
    by_state[{to_string(state), true}] = 0;  // "none is live" is a number
  }
  for (const PathStatus& path : status.paths) ++by_state[{to_string(path.state), path.desired}];
  for (const auto& [key, count] : by_state) {
    page.add("discovery_client_paths", count, {{"state", std::string(key.first)}, {"listed", key.second ? "true" : "false"}});
  }
  const auto shown = in_detail(status.paths, [](const PathStatus& path) { return path.state == PathState::kLive; });
  SaidOnce said;
  for (const PathStatus* path : shown) put_path(page, *path, now, said);
  put_left_out(page, "paths", status.paths.size(), shown.size());
}

void put_endpoint(MetricPage& page, const EndpointStatus& endpoint, const Labels& labels, base::TimePoint now) {
  if (endpoint.since != base::TimePoint{}) page.add("discovery_client_endpoint_state_age_seconds", age(endpoint.since, now), labels);
  page.add("discovery_client_endpoint_attempts_total", static_cast<double>(endpoint.attempt.total), labels);
  page.add("discovery_client_endpoint_failures_in_a_row", endpoint.attempt.failures, labels);
  page.add("discovery_client_endpoint_events_total", static_cast<double>(endpoint.events), labels);
  const bool up = endpoint.phase == reconcile::SessionPhase::kUp;
  if (endpoint.attempt.last_error && !up) page.add("discovery_client_endpoint_last_error", 1, with(labels, "class", reconcile::error_class(*endpoint.attempt.last_error)));
  if (endpoint.keep_alive_round_trip && up) page.add("discovery_client_keep_alive_round_trip_seconds", in_seconds(*endpoint.keep_alive_round_trip), labels);
  if (!endpoint.log) return;
  page.add("discovery_client_log_page_entries", static_cast<double>(endpoint.log->entries.size()), labels);
  page.add("discovery_client_log_page_generation", static_cast<double>(endpoint.log->genctr), labels);
  if (!endpoint.log_remembered) page.add("discovery_client_log_page_age_seconds", age(endpoint.log_read_at, now), labels);
}

void put_endpoints(MetricPage& page, const Status& status, base::TimePoint now) {
  std::map<std::string_view, int> by_state{{"up", 0}, {"down", 0}, {"retired", 0}, {"standby", 0}};
  std::size_t in_use = 0;
  for (const EndpointStatus& endpoint : status.endpoints) {
    const bool up = endpoint.phase == reconcile::SessionPhase::kUp;
    const bool retired = endpoint.retired && !up;
    const bool standby = !up && !retired && !reconcile::is_missing(endpoint);
    ++by_state[up ? "up" : retired ? "retired" : standby ? "standby" : "down"];
    if (retired || standby) continue;
    Labels labels = transport_labels(endpoint.id.address);
    labels.push_back({"hostnqn", endpoint.id.hostnqn});
    labels.push_back({"group", endpoint.id.group});
    page.add("discovery_client_endpoint_up", up ? 1 : 0, labels);
    if (++in_use <= kDetailLimit) put_endpoint(page, endpoint, labels, now);
  }
  for (const auto& [name, count] : by_state) page.add("discovery_client_endpoints", count, {{"state", std::string(name)}});
  put_left_out(page, "endpoints", in_use, std::min(in_use, kDetailLimit));
}

void put_holds(MetricPage& page, const Status& status) {
  std::map<std::pair<std::string_view, std::string_view>, int> holds;
  for (const PathStatus& path : status.paths) {
    if (path.hold) ++holds[{"path", to_string(path.hold->reason)}];
  }
  for (const EndpointStatus& endpoint : status.endpoints) {
    if (endpoint.hold) ++holds[{"endpoint", to_string(endpoint.hold->reason)}];
  }
  for (const auto& [key, count] : holds) page.add("discovery_client_holds", count, {{"kind", std::string(key.first)}, {"reason", std::string(key.second)}});
}

void put_kernel(MetricPage& page, const Status& status, base::TimePoint now) {
  const reconcile::Counters& c = status.counters;
  page.add("discovery_client_fabrics_available", status.fabrics_available ? 1 : 0);
  if (status.native_multipath) page.add("discovery_client_native_multipath", *status.native_multipath ? 1 : 0);
  page.add("discovery_client_connects_total", static_cast<double>(c.connects_ok), {{"result", "ok"}});
  page.add("discovery_client_connects_total", static_cast<double>(c.connects_failed), {{"result", "failed"}});
  page.add("discovery_client_connect_duration_seconds", c.connect_ok_durations, {{"result", "ok"}});
  page.add("discovery_client_connect_duration_seconds", c.connect_failed_durations, {{"result", "failed"}});
  if (status.at_the_kernel) page.add("discovery_client_connect_in_progress_seconds", age(status.at_the_kernel_since, now));
  page.add("discovery_client_purges_total", static_cast<double>(c.purges));
  page.add("discovery_client_sysfs_scans_total", static_cast<double>(c.scans));
  page.add("discovery_client_uevent_overruns_total", static_cast<double>(c.overruns));
  page.add("discovery_client_probes_total", static_cast<double>(c.probes_ok), {{"result", "ok"}});
  page.add("discovery_client_probes_total", static_cast<double>(c.probes_failed), {{"result", "failed"}});
  page.add("discovery_client_portals", status.portals.answering, {{"state", "answering"}});
  page.add("discovery_client_portals", status.portals.silent, {{"state", "silent"}});
}

void put_agent(MetricPage& page, const Status& status) {
  page.add("discovery_client_degraded", reconcile::health(status).degraded() ? 1 : 0);
  page.add("discovery_client_start_time_seconds", static_cast<double>(status.started.time_since_epoch().count()) / 1000.0);
  page.add("discovery_client_passes_total", static_cast<double>(status.counters.passes));
  page.add("discovery_client_pass_duration_seconds", status.counters.pass_durations);
  for (std::size_t i = 0; i < status.changes.size(); ++i) {
    page.add("discovery_client_changes_total", static_cast<double>(status.changes[i]), {{"kind", std::string(to_string(static_cast<reconcile::ChangeKind>(i)))}});
  }
  page.add("discovery_client_events_total", static_cast<double>(status.counters.events));
  page.add("discovery_client_log_reads_total", static_cast<double>(status.counters.log_reads));
  page.add("discovery_client_log_entries_refused", static_cast<double>(status.refused.size()));
}

void put_configuration(MetricPage& page, const Status& status) {
  page.add("discovery_client_config_files", status.config_files);
  page.add("discovery_client_config_lines", status.config_lines);
  page.add("discovery_client_config_readable", status.config_read ? 1 : 0);
  const auto errors = std::ranges::count(status.diagnostics, config::Severity::kError, &config::Diagnostic::severity);
  page.add("discovery_client_config_diagnostics", static_cast<double>(errors), {{"severity", "error"}});
  page.add("discovery_client_config_diagnostics", static_cast<double>(std::ssize(status.diagnostics) - errors), {{"severity", "warning"}});
}

void put_process(MetricPage& page, const ProcessUsage& usage) {
  page.add("process_cpu_seconds_total", usage.cpu_seconds);
  page.add("process_start_time_seconds", usage.start_time_seconds);
  page.add("process_resident_memory_bytes", usage.resident_bytes);
  page.add("process_virtual_memory_bytes", usage.virtual_bytes);
  page.add("process_open_fds", usage.open_files);
  page.add("process_max_fds", usage.max_files);
  page.add("process_threads", usage.threads);
}

}  // namespace

std::string metrics_text(const Status* status, base::Duration elapsed, bool ready, const ProcessUsage& process) {
  MetricPage page;
  page.add("discovery_client_build_info", 1, {{"version", kVersion}, {"compiler", __VERSION__}});
  page.add("discovery_client_ready", ready ? 1 : 0);
  put_process(page, process);
  if (status != nullptr) {
    const base::TimePoint now = status->now + elapsed;
    put_agent(page, *status);
    put_configuration(page, *status);
    put_kernel(page, *status, now);
    put_endpoints(page, *status, now);
    put_subsystems(page, *status);
    put_paths(page, *status, now);
    put_holds(page, *status);
    for (prometheus::MetricFamily& family : compat_families(*status)) page.put(std::move(family));
  }
  return std::move(page).text();
}

}  // namespace cmd
