// The page's text is what prometheus-cpp's own serializer makes of the same families.
#include "cmd/metric_page.h"

#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace cmd {
namespace {

using namespace std::chrono_literals;

prometheus::MetricFamily family(const char* name, prometheus::MetricType type) {
  prometheus::MetricFamily out;
  out.name = name;
  out.help = "What it says.";
  out.type = type;
  return out;
}

std::string theirs(const std::vector<prometheus::MetricFamily>& families) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families);
  return out.str();
}

TEST(MetricPage, WritesWhatPrometheusCppWrites) {
  prometheus::MetricFamily gauge = family("a_gauge", prometheus::MetricType::Gauge);
  for (const double value : {0.0, 1.0, -2.5, 0.125, 1e21, 123456789.0}) {
    prometheus::ClientMetric sample;
    sample.gauge.value = value;
    sample.label = {{"plain", "nqn.2014-08.org"}, {"hostile", "a\"b\\c\nd, }"}, {"empty", ""}};
    gauge.metric.push_back(sample);
  }
  prometheus::MetricFamily counter = family("b_total", prometheus::MetricType::Counter);
  counter.metric.emplace_back().counter.value = 17;
  prometheus::MetricFamily histogram = family("c_seconds", prometheus::MetricType::Histogram);
  prometheus::ClientMetric& spread = histogram.metric.emplace_back();
  spread.label = {{"result", "ok"}};
  spread.histogram.sample_count = 5;
  spread.histogram.sample_sum = 2.5;
  spread.histogram.bucket = {{.cumulative_count = 3, .upper_bound = 0.25},
                             {.cumulative_count = 5, .upper_bound = std::numeric_limits<double>::infinity()}};
  MetricPage page;
  page.put(gauge);
  page.put(counter);
  page.put(histogram);
  EXPECT_EQ(page.text(), theirs({gauge, counter, histogram}));
}

TEST(MetricPage, NumbersAreShortAndExact) {
  prometheus::MetricFamily gauge = family("a_gauge", prometheus::MetricType::Gauge);
  gauge.metric.emplace_back().gauge.value = 0.1;
  MetricPage page;
  page.put(gauge);
  EXPECT_TRUE(page.text().ends_with("a_gauge 0.1\n")) << page.text();
}

TEST(MetricPage, LeavesFamiliesWithoutSamplesOut) {
  MetricPage page;
  page.put(family("a_gauge", prometheus::MetricType::Gauge));
  EXPECT_EQ(page.text(), "");
}

}  // namespace
}  // namespace cmd
