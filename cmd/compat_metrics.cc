// Gauges named _total are the seed's; renaming them is what this file exists to avoid.
#include "cmd/compat_metrics.h"

#include <array>
#include <map>
#include <string>
#include <utility>

namespace cmd {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using reconcile::EndpointStatus;
using Labels = std::vector<ClientMetric::Label>;

MetricFamily gauge(const char* name, const char* help) {
  MetricFamily family;
  family.name = name;
  family.help = help;
  family.type = prometheus::MetricType::Gauge;
  return family;
}

void add(MetricFamily& family, Labels labels, double value) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  family.metric.push_back(std::move(metric));
}

/// The seed has one address, port and group for a connection; source address and interface are not in its labels.
using ConnectionKey = std::array<std::string, 3>;
ConnectionKey key_of(const EndpointStatus& endpoint) {
  return {to_string(endpoint.id.address.traddr), std::to_string(endpoint.id.address.trsvcid), endpoint.id.group};
}
Labels connection_labels(const ConnectionKey& key) {
  return {{"trtype", "tcp"}, {"traddr", key[0]}, {"trsvcid", key[1]}, {"nqn", key[2]}};
}

}  // namespace

std::vector<MetricFamily> compat_families(const reconcile::Status& status) {
  std::map<std::pair<ConnectionKey, std::string>, int> connections;  // with the host NQN
  std::map<ConnectionKey, bool> up;                                  // every one of them has a session
  struct Newest {
    base::TimePoint read_at{};
    std::size_t entries{0};
  };
  std::map<std::pair<std::string, std::string>, Newest> pages;  // host NQN and group
  int entries = 0;
  for (const EndpointStatus& endpoint : status.endpoints) {
    if (endpoint.retired) continue;
    ++entries;
    const ConnectionKey key = key_of(endpoint);
    ++connections[{key, endpoint.id.hostnqn}];
    const bool session = endpoint.phase == reconcile::SessionPhase::kUp;
    const auto [known, fresh] = up.try_emplace(key, session);
    if (!fresh) known->second = known->second && session;
    if (!endpoint.log || endpoint.log_remembered) continue;
    Newest& newest = pages[{endpoint.id.hostnqn, endpoint.id.group}];
    if (endpoint.log_read_at >= newest.read_at) newest = {endpoint.log_read_at, endpoint.log->entries.size()};
  }
  std::map<std::string, std::size_t> counts;
  for (const auto& [key, newest] : pages) counts[key.first] += newest.entries;

  MetricFamily state = gauge("discovery_connection_state", "Show if a connection to discovery service is working or not");
  for (const auto& [key, working] : up) add(state, connection_labels(key), working ? 1 : 0);
  MetricFamily total = gauge("discovery_connections_total", "Number of connections to different discovery servers");
  for (const auto& [key, count] : connections) {
    Labels labels = connection_labels(key.first);
    labels.push_back({"hostnqn", key.second});
    add(total, std::move(labels), count);
  }
  MetricFamily all = gauge("discovery_entries_total", "Number of entries we monitor");
  add(all, {}, entries);
  MetricFamily page = gauge("discovery_log_page_count", "Number of discovery log pages for hostnqn");
  for (const auto& [hostnqn, count] : counts) add(page, {{"hostnqn", hostnqn}}, static_cast<double>(count));
  return {std::move(state), std::move(total), std::move(all), std::move(page)};
}

}  // namespace cmd
