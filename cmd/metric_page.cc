// prometheus-cpp writes (and escapes) the text.
#include "cmd/metric_page.h"

#include <prometheus/text_serializer.h>

#include <sstream>

namespace cmd {

prometheus::MetricFamily& MetricPage::family(const MetricInfo& info) {
  const auto known = families_.find(info.name);
  if (known != families_.end()) return known->second;
  prometheus::MetricFamily& out = families_[std::string(info.name)];
  out.name = info.name;
  out.help = info.help;
  switch (info.kind) {
    case MetricKind::kGauge: out.type = prometheus::MetricType::Gauge; break;
    case MetricKind::kCounter: out.type = prometheus::MetricType::Counter; break;
    case MetricKind::kHistogram: out.type = prometheus::MetricType::Histogram; break;
  }
  return out;
}

std::string MetricPage::text() const {
  std::vector<prometheus::MetricFamily> filled;
  for (const auto& [name, family] : families_) {
    if (!family.metric.empty()) filled.push_back(family);
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, filled);
  return out.str();
}

}  // namespace cmd
