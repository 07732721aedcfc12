// Families on the way to Prometheus' text: made from the catalog, so that type and help are the documented ones.
#pragma once

#include <prometheus/metric_family.h>

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "cmd/metrics_catalog.h"
#include "reconcile/histogram.h"

namespace cmd {

using Labels = std::vector<prometheus::ClientMetric::Label>;

inline double in_seconds(base::Duration duration) { return std::chrono::duration<double>(duration).count(); }

class MetricPage {
 public:
  /// A gauge's or a counter's sample.
  void add(Metric metric, double value, Labels labels = {}) {
    prometheus::ClientMetric sample;
    sample.label = std::move(labels);
    if (metric.info().kind == MetricKind::kCounter) sample.counter.value = value;
    else sample.gauge.value = value;
    family(metric.info()).metric.push_back(std::move(sample));
  }
  template <const auto& kBounds>
  void add(Metric metric, const reconcile::Histogram<kBounds>& histogram, Labels labels = {}) {
    prometheus::ClientMetric sample;
    sample.label = std::move(labels);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
      seen += histogram.counts[i];
      const double end = i < kBounds.size() ? in_seconds(kBounds[i]) : std::numeric_limits<double>::infinity();
      sample.histogram.bucket.push_back({.cumulative_count = seen, .upper_bound = end});
    }
    sample.histogram.sample_count = seen;
    sample.histogram.sample_sum = in_seconds(histogram.sum);
    family(metric.info()).metric.push_back(std::move(sample));
  }
  void put(prometheus::MetricFamily made) { families_[made.name] = std::move(made); }
  /// Once, last. Families without a sample are left out.
  std::string text() &&;

 private:
  prometheus::MetricFamily& family(const MetricInfo& info);
  std::map<std::string, prometheus::MetricFamily, std::less<>> families_{};
};

}  // namespace cmd
