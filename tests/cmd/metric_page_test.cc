// What a scrape of the page reads.
#include "cmd/metric_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

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

TEST(MetricPage, EscapesLabelsAndSortsFamilies) {
  prometheus::MetricFamily gauge = family("a_gauge", prometheus::MetricType::Gauge);
  for (const double value : {1.0, -2.5}) {
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
  page.put(histogram);
  page.put(counter);
  page.put(gauge);
  EXPECT_EQ(std::move(page).text(),
            "# HELP a_gauge What it says.\n# TYPE a_gauge gauge\n"
            "a_gauge{plain=\"nqn.2014-08.org\",hostile=\"a\\\"b\\\\c\\nd, }\",empty=\"\"} 1\n"
            "a_gauge{plain=\"nqn.2014-08.org\",hostile=\"a\\\"b\\\\c\\nd, }\",empty=\"\"} -2.5\n"
            "# HELP b_total What it says.\n# TYPE b_total counter\nb_total 17\n"
            "# HELP c_seconds What it says.\n# TYPE c_seconds histogram\n"
            "c_seconds_count{result=\"ok\"} 5\nc_seconds_sum{result=\"ok\"} 2.5\n"
            "c_seconds_bucket{result=\"ok\",le=\"0.25\"} 3\nc_seconds_bucket{result=\"ok\",le=\"+Inf\"} 5\n");
}

TEST(MetricPage, NumbersAreShortAndExact) {
  prometheus::MetricFamily gauge = family("a_gauge", prometheus::MetricType::Gauge);
  gauge.metric.emplace_back().gauge.value = 0.1;
  MetricPage page;
  page.put(gauge);
  EXPECT_THAT(std::move(page).text(), testing::EndsWith("a_gauge 0.1\n"));
}

TEST(MetricPage, LeavesFamiliesWithoutSamplesOut) {
  MetricPage page;
  page.put(family("a_gauge", prometheus::MetricType::Gauge));
  EXPECT_EQ(std::move(page).text(), "");
}

}  // namespace
}  // namespace cmd
