// Prometheus' text format 0.0.4. prometheus-cpp's own serializer puts each byte through a stream, which is four fifths of a
// scrape; tests compare with what it writes.
#include "cmd/metric_page.h"

#include <array>
#include <charconv>
#include <cmath>

namespace cmd {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

template <class Number, class... Format>
void put_digits(std::string& out, Number value, Format... format) {
  std::array<char, 32> digits;
  out.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value, format...).ptr);
}

/// The shortest text that is this number again.
void put_number(std::string& out, double value) {
  constexpr double kWhole = 1e15;  // below it each whole number is exact, and is written as one
  if (std::isnan(value)) out += "Nan";
  else if (std::isinf(value)) out += value < 0 ? "-Inf" : "+Inf";
  else if (std::abs(value) < kWhole && std::trunc(value) == value) put_digits(out, static_cast<std::int64_t>(value));
  else put_digits(out, value, std::chars_format::general);
}

void put_escaped(std::string& out, std::string_view value) {
  for (std::size_t special; (special = value.find_first_of("\\\n\"")) != std::string_view::npos; value.remove_prefix(special + 1)) {
    out.append(value.substr(0, special)).append(value[special] == '\n' ? "\\n" : value[special] == '"' ? "\\\"" : "\\\\");
  }
  out += value;
}

/// Name and labels; `bound` is the label "le" of a bucket.
void put_series(std::string& out, const MetricFamily& family, std::string_view suffix, const ClientMetric& metric, const double* bound = nullptr) {
  out.append(family.name).append(suffix);
  char before = '{';
  for (const ClientMetric::Label& label : metric.label) {
    out.append(1, std::exchange(before, ',')).append(label.name).append("=\"");
    put_escaped(out, label.value);
    out += '"';
  }
  if (bound != nullptr) {
    out.append(1, std::exchange(before, ',')).append("le=\"");
    put_number(out, *bound);
    out += '"';
  }
  out += before == ',' ? "} " : " ";
}

void put_histogram(std::string& out, const MetricFamily& family, const ClientMetric& metric) {
  put_series(out, family, "_count", metric);
  put_digits(out, metric.histogram.sample_count);
  out += '\n';
  put_series(out, family, "_sum", metric);
  put_number(out, metric.histogram.sample_sum);
  out += '\n';
  for (const ClientMetric::Bucket& bucket : metric.histogram.bucket) {
    put_series(out, family, "_bucket", metric, &bucket.upper_bound);
    put_digits(out, bucket.cumulative_count);
    out += '\n';
  }
}

}  // namespace

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

std::string MetricPage::text() const {
  std::string out;
  for (const auto& [name, family] : families_) {
    if (family.metric.empty()) continue;
    const bool counts = family.type == MetricType::Counter, spreads = family.type == MetricType::Histogram;
    out.append("# HELP ").append(family.name).append(" ").append(family.help);
    out.append("\n# TYPE ").append(family.name).append(spreads ? " histogram\n" : counts ? " counter\n" : " gauge\n");
    for (const ClientMetric& metric : family.metric) {
      if (spreads) {
        put_histogram(out, family, metric);
        continue;
      }
      put_series(out, family, {}, metric);
      put_number(out, counts ? metric.counter.value : metric.gauge.value);
      out += '\n';
    }
  }
  return out;
}

}  // namespace cmd
