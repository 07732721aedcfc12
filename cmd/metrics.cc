// Families built by hand from the snapshot; prometheus-cpp writes (and escapes) the text.
#include "cmd/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <map>
#include <sstream>
#include <utility>

#include "cmd/compat_metrics.h"
#include "cmd/verdict.h"
#include "cmd/version.h"

namespace cmd {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using reconcile::Status;
using Labels = std::vector<ClientMetric::Label>;

double in_seconds(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

class Page {
 public:
  MetricFamily& gauge(const char* name, const char* help) { return family(name, help, MetricType::Gauge); }
  MetricFamily& counter(const char* name, const char* help) { return family(name, help, MetricType::Counter); }
  static void add(MetricFamily& family, double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (family.type == MetricType::Counter) metric.counter.value = value;
    else metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }
  void one_gauge(const char* name, const char* help, double value) { add(gauge(name, help), value); }
  void one_counter(const char* name, const char* help, double value) { add(counter(name, help), value); }
  void put(MetricFamily made) { families_[made.name] = std::move(made); }
  std::string text() const {
    std::vector<MetricFamily> filled;
    for (const auto& [name, family] : families_) {
      if (!family.metric.empty()) filled.push_back(family);
    }
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, filled);
    return out.str();
  }

 private:
  MetricFamily& family(const char* name, const char* help, MetricType type) {
    MetricFamily& out = families_[name];
    out.name = name;
    out.help = help;
    out.type = type;
    return out;
  }
  std::map<std::string, MetricFamily> families_{};
};

Labels transport_labels(const nvme::TransportId& transport) {
  return {{"traddr", to_string(transport.traddr)}, {"trsvcid", std::to_string(transport.trsvcid)},
          {"host_traddr", transport.host_traddr ? to_string(*transport.host_traddr) : std::string()},
          {"host_iface", transport.host_iface}};
}

void put_paths(Page& page, const Status& status, base::TimePoint now) {
  MetricFamily& desired = page.gauge("discovery_client_paths_desired", "Paths that discovery services list, by subsystem.");
  MetricFamily& live = page.gauge("discovery_client_paths_live", "Listed paths whose controller is live in sysfs, by subsystem.");
  for (const auto& subsystem : status.subsystems) {
    const Labels labels{{"subnqn", subsystem.subnqn}, {"hostnqn", subsystem.hostnqn}};
    Page::add(desired, subsystem.desired, labels);
    Page::add(live, subsystem.live, labels);
  }
  MetricFamily& state = page.gauge("discovery_client_path_state", "1 for the state a path is in now; missing: listed, and not in the kernel.");
  MetricFamily& age = page.gauge("discovery_client_path_state_age_seconds", "How long a path has been in its state.");
  MetricFamily& failures = page.gauge("discovery_client_path_failures_in_a_row", "Connects that failed since the last good one.");
  std::map<std::string, int> by_state;
  for (const auto& path : status.paths) {
    const std::string name(to_string(path.state));
    Labels labels = transport_labels(path.path.transport);
    labels.insert(labels.begin(), {{"subnqn", path.path.subnqn}, {"hostnqn", path.path.hostnqn}});
    Page::add(age, std::max(0.0, in_seconds(now - path.since)), labels);
    if (path.desired) Page::add(failures, path.attempt.failures, labels);
    labels.push_back({"device", path.device});
    labels.push_back({"listed", path.desired ? "true" : "false"});
    labels.push_back({"state", name});
    Page::add(state, 1, std::move(labels));
    ++by_state[name];
  }
  MetricFamily& counts = page.gauge("discovery_client_paths", "Paths by state, listed or not.");
  for (const auto& [name, count] : by_state) Page::add(counts, count, {{"state", name}});
}

void put_endpoints(Page& page, const Status& status, base::TimePoint now) {
  MetricFamily& up = page.gauge("discovery_client_endpoint_up", "1 while there is a session with a discovery service.");
  MetricFamily& age = page.gauge("discovery_client_log_page_age_seconds", "Time since a discovery log page was last read.");
  MetricFamily& entries = page.gauge("discovery_client_log_page_entries", "Entries of the last good log page.");
  MetricFamily& events = page.counter("discovery_client_endpoint_events_total", "Asynchronous events of a discovery service.");
  MetricFamily& trip = page.gauge("discovery_client_keep_alive_round_trip_seconds", "Round trip of the last Keep Alive.");
  for (const auto& endpoint : status.endpoints) {
    Labels labels = transport_labels(endpoint.id.address);
    labels.push_back({"hostnqn", endpoint.id.hostnqn});
    labels.push_back({"group", endpoint.id.group});
    Page::add(up, endpoint.phase == reconcile::SessionPhase::kUp ? 1 : 0, labels);
    Page::add(events, static_cast<double>(endpoint.events), labels);
    if (endpoint.keep_alive_round_trip) Page::add(trip, in_seconds(*endpoint.keep_alive_round_trip), labels);
    if (!endpoint.log) continue;
    Page::add(entries, static_cast<double>(endpoint.log->entries.size()), labels);
    if (!endpoint.log_remembered) Page::add(age, std::max(0.0, in_seconds(now - endpoint.log_read_at)), labels);
  }
}

void put_holds(Page& page, const Status& status) {
  std::map<std::pair<std::string, std::string>, int> holds;
  for (const auto& path : status.paths) {
    if (path.hold) ++holds[{"path", std::string(to_string(path.hold->reason))}];
  }
  for (const auto& endpoint : status.endpoints) {
    if (endpoint.hold) ++holds[{"endpoint", std::string(to_string(endpoint.hold->reason))}];
  }
  MetricFamily& family = page.gauge("discovery_client_holds", "Paths and endpoints for which nothing is done now, by reason.");
  for (const auto& [key, count] : holds) Page::add(family, count, {{"kind", key.first}, {"reason", key.second}});
}

void put_counters(Page& page, const Status& status) {
  const reconcile::Counters& c = status.counters;
  MetricFamily& connects = page.counter("discovery_client_connects_total", "Connects that the kernel finished, by result.");
  Page::add(connects, static_cast<double>(c.connects_ok), {{"result", "ok"}});
  Page::add(connects, static_cast<double>(c.connects_failed), {{"result", "failed"}});
  MetricFamily& probes = page.counter("discovery_client_probes_total", "Preflight probes of portals, by result.");
  Page::add(probes, static_cast<double>(c.probes_ok), {{"result", "ok"}});
  Page::add(probes, static_cast<double>(c.probes_failed), {{"result", "failed"}});
  page.one_counter("discovery_client_events_total", "Asynchronous events of all discovery services.", static_cast<double>(c.events));
  page.one_counter("discovery_client_log_reads_total", "Discovery log pages read.", static_cast<double>(c.log_reads));
  page.one_counter("discovery_client_passes_total", "Reconcile passes.", static_cast<double>(c.passes));
  page.one_gauge("discovery_client_last_pass_seconds", "Duration of the last reconcile pass.", in_seconds(c.last_pass));
  page.one_counter("discovery_client_sysfs_scans_total", "Scans of sysfs.", static_cast<double>(c.scans));
  page.one_counter("discovery_client_uevent_overruns_total", "Times that the kernel dropped uevents.", static_cast<double>(c.overruns));
  page.one_counter("discovery_client_purges_total", "Controllers that the kernel gave up (ctrl_loss_tmo).", static_cast<double>(c.purges));
}

void put_changes(Page& page, const Status& status) {
  MetricFamily& family = page.counter("discovery_client_changes_total", "Changes since the start, by kind (docs/status.md, History).");
  for (std::size_t i = 0; i < status.changes.size(); ++i) {
    Page::add(family, static_cast<double>(status.changes[i]), {{"kind", std::string(to_string(static_cast<reconcile::ChangeKind>(i)))}});
  }
}

void put_configuration(Page& page, const Status& status) {
  page.one_gauge("discovery_client_config_files", "Files read in clientConfigDir.", status.config_files);
  int errors = 0;
  int warnings = 0;
  for (const auto& diagnostic : status.diagnostics) ++(diagnostic.severity == config::Severity::kError ? errors : warnings);
  MetricFamily& family = page.gauge("discovery_client_config_diagnostics", "Lines and keys with something wrong, by severity.");
  Page::add(family, errors, {{"severity", "error"}});
  Page::add(family, warnings, {{"severity", "warning"}});
  page.one_gauge("discovery_client_log_entries_refused", "Log page entries that are not used.", static_cast<double>(status.refused.size()));
  page.one_gauge("discovery_client_fabrics_available", "1 when the kernel takes connects (nvme-fabrics).", status.fabrics_available ? 1 : 0);
  page.one_gauge("discovery_client_start_time_seconds", "When the agent started, since the epoch.",
                 static_cast<double>(status.started.time_since_epoch().count()) / 1000.0);
}

void put_process(Page& page, const ProcessUsage& usage) {
  page.one_counter("process_cpu_seconds_total", "User and system time.", usage.cpu_seconds);
  page.one_gauge("process_start_time_seconds", "Start of the process, since the epoch.", usage.start_time_seconds);
  page.one_gauge("process_resident_memory_bytes", "Resident memory.", usage.resident_bytes);
  page.one_gauge("process_virtual_memory_bytes", "Virtual memory.", usage.virtual_bytes);
  page.one_gauge("process_open_fds", "Open file descriptors.", usage.open_files);
  page.one_gauge("process_max_fds", "Limit of open file descriptors.", usage.max_files);
  page.one_gauge("process_threads", "Threads.", usage.threads);
}

}  // namespace

std::string metrics_text(const Status* status, base::Duration elapsed, bool ready, const ProcessUsage& process) {
  Page page;
  MetricFamily& build = page.gauge("discovery_client_build_info", "1; what runs here.");
  Page::add(build, 1, {{"version", kVersion}, {"compiler", __VERSION__}});
  page.one_gauge("discovery_client_ready", "1 once the first sync is done.", ready ? 1 : 0);
  put_process(page, process);
  if (status != nullptr) {
    const reconcile::Health health = reconcile::health(*status);
    page.one_gauge("discovery_client_degraded", "1 when a listed path is not live or an endpoint has no session.", health.degraded() ? 1 : 0);
    put_paths(page, *status, status->now + elapsed);
    put_endpoints(page, *status, status->now + elapsed);
    put_holds(page, *status);
    put_counters(page, *status);
    put_changes(page, *status);
    put_configuration(page, *status);
    for (MetricFamily& family : compat_families(*status)) page.put(std::move(family));
  }
  return page.text();
}

}  // namespace cmd
