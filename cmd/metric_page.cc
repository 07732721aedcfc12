// Families by name, and prometheus-cpp's text of them.
#include "cmd/metric_page.h"

#include <prometheus/text_serializer.h>

#include <sstream>

namespace cmd {

using prometheus::MetricType;

prometheus::MetricFamily& MetricPage::family(const MetricInfo& info) {
  const auto known = families_.find(info.name);
  if (known != families_.end()) return known->second;
  prometheus::MetricFamily& out = families_[std::string(info.name)];
  out.name = info.name;
  out.help = info.help;
  switch (info.kind) {
    case MetricKind::kGauge: out.type = MetricType::Gauge; break;
    case MetricKind::kCounter: out.type = MetricType::Counter; break;
    case MetricKind::kHistogram: out.type = MetricType::Histogram; break;
  }
  return out;
}

std::string MetricPage::text() && {
  std::vector<prometheus::MetricFamily> used;
  for (auto& [name, family] : families_) {
    if (!family.metric.empty()) used.push_back(std::move(family));
  }
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, used);
  return std::move(out).str();
}

}  // namespace cmd
