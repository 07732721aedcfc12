// The catalog as a page for people: one table a topic, topics by the first metric of each.
#include "cmd/metrics_catalog.h"

#include <algorithm>

#include "nvme/sysfs.h"
#include "reconcile/error_class.h"
#include "reconcile/history.h"

namespace cmd {
namespace {

struct Topic {
  std::string_view first;  ///< its first metric
  std::string_view title;
};
constexpr std::array kTopics = std::to_array<Topic>({
    {"discovery_client_build_info", "The agent"},
    {"discovery_client_config_files", "Configuration"},
    {"discovery_client_fabrics_available", "The kernel"},
    {"discovery_client_probes_total", "Preflight"},
    {"discovery_client_endpoints", "Discovery services"},
    {"discovery_client_subsystems", "Subsystems and paths"},
    {"process_cpu_seconds_total", "The process"},
    {"discovery_connection_state", "By the Go client's names"},
});

constexpr std::string_view kHead = R"(<!-- Made by `discovery-client metrics-doc`; a test compares. -->
# Metrics

`/metrics` is a view of the agent's last snapshot, made when it is asked for: no series outlives what it describes. Units are
seconds and bytes; `_total` is on counters only (but for the last topic's, which keep their old names). `debug.metrics: false`
switches it off. Alerts and a dashboard that use these: [manifests/components](../manifests/components).

**How many series.** Paths, subsystems and endpoints have series of their own as long as there are at most 1,000 of them. Where there are
more, subsystems with every listed path live and paths that are live have none, and of the others the first 1,000 have; endpoints
beyond the first 1,000 keep `discovery_client_endpoint_up` alone (there are never more than 4,096). `discovery_client_truncated` says
how many are left out. The aggregates (`discovery_client_paths`, `_subsystems`, `_endpoints`, `_holds`, `_portals`) count all of them, always.

**Joining with node_exporter.** `discovery_client_path_state` has its collectors' labels: `device` (`nvme3`) as `node_nvme_info` and
`node_nvme_namespace_info` have it, `subsystem` (`nvme-subsys2`) as `node_nvmesubsystem_info` has it. The model and serial number behind each path:

    node_nvme_info * on (node, device) group_left (subnqn, traddr) discovery_client_path_state{device!=""}

`node` stands for a label that both jobs have and that names the host, as in Kubernetes; `instance` has the port and never matches.
)";

void put_words(std::string& out, const std::vector<std::string_view>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    out += i == 0 ? "`" : ", `";
    out += words[i];
    out += '`';
  }
  out += ".\n";
}

}  // namespace

std::string_view to_string(MetricKind kind) {
  switch (kind) {
    case MetricKind::kGauge: return "gauge";
    case MetricKind::kCounter: return "counter";
    case MetricKind::kHistogram: return "histogram";
  }
  return "unknown";
}

std::string metrics_document() {
  std::string out(kHead);
  for (const MetricInfo& metric : kMetrics) {
    const auto topic = std::ranges::find(kTopics, metric.name, &Topic::first);
    if (topic != kTopics.end()) out += "\n## " + std::string(topic->title) + "\n| metric | type | labels | meaning |\n|---|---|---|---|\n";
    std::string labels(metric.labels);
    for (std::size_t at = 0; (at = labels.find(',', at)) != std::string::npos; at += 2) labels.insert(at + 1, " ");
    out += "| `" + std::string(metric.name) + "` | " + std::string(to_string(metric.kind)) + " | " + labels + " | " + std::string(metric.help) + " |\n";
  }
  out += "\n## Closed lists\n`class` (last errors): an errno, an NVMe status, or the agent's own word for it: ";
  put_words(out, reconcile::error_classes());
  out += "\n`ana_state`: ";
  std::vector<std::string_view> states;
  for (std::size_t i = 0; i < nvme::kAnaStates; ++i) states.push_back(to_string(static_cast<nvme::AnaState>(i)));
  put_words(out, states);
  out += "\n`kind` of `discovery_client_changes_total`: ";
  std::vector<std::string_view> kinds;
  for (std::size_t i = 0; i < reconcile::kChangeKinds; ++i) kinds.push_back(to_string(static_cast<reconcile::ChangeKind>(i)));
  put_words(out, kinds);
  out += "\n`reason` of `discovery_client_holds`: [holds.md](holds.md).\n";
  return out;
}

}  // namespace cmd
