// The seed's series: names, labels and values as text, and no series without what it describes (B33).
#include "cmd/compat_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace cmd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

reconcile::EndpointStatus endpoint(const char* address, std::uint16_t port, const char* hostnqn, bool up) {
  reconcile::EndpointStatus out;
  out.id = {.address = {.traddr = *nvme::IpAddress::parse(address), .trsvcid = port}, .hostnqn = hostnqn, .group = "cluster1"};
  out.phase = up ? reconcile::SessionPhase::kUp : reconcile::SessionPhase::kDown;
  return out;
}

std::shared_ptr<const nvme::LogPage> page(std::size_t entries) {
  nvme::LogPage out;
  out.entries.resize(entries);
  return std::make_shared<const nvme::LogPage>(std::move(out));
}

std::string text(const reconcile::Status& status) {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, compat_families(status));
  return out.str();
}

TEST(CompatMetrics, NamesAndLabelsAreTheSeeds) {
  reconcile::Status status;
  status.endpoints = {endpoint("10.0.0.1", 8009, "host1", true), endpoint("fd00::1", 8010, "host1", false)};
  status.endpoints[0].log = page(6);
  status.endpoints[0].log_read_at = base::TimePoint(10s);
  const std::string out = text(status);
  EXPECT_THAT(out, HasSubstr("# TYPE discovery_connections_total gauge\n"));
  EXPECT_THAT(out, HasSubstr("discovery_connections_total{trtype=\"tcp\",traddr=\"10.0.0.1\",trsvcid=\"8009\",nqn=\"cluster1\",hostnqn=\"host1\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("discovery_connections_total{trtype=\"tcp\",traddr=\"fd00::1\",trsvcid=\"8010\",nqn=\"cluster1\",hostnqn=\"host1\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("discovery_connection_state{trtype=\"tcp\",traddr=\"10.0.0.1\",trsvcid=\"8009\",nqn=\"cluster1\"} 1\n"));
  EXPECT_THAT(out, HasSubstr("discovery_connection_state{trtype=\"tcp\",traddr=\"fd00::1\",trsvcid=\"8010\",nqn=\"cluster1\"} 0\n"));
  EXPECT_THAT(out, HasSubstr("discovery_entries_total 2\n"));
  EXPECT_THAT(out, HasSubstr("discovery_log_page_count{hostnqn=\"host1\"} 6\n"));
}

TEST(CompatMetrics, B33SeriesGoWithWhatTheyDescribe) {
  reconcile::Status status;
  status.endpoints = {endpoint("10.0.0.1", 8009, "host1", true), endpoint("10.0.0.2", 8009, "host1", true)};
  EXPECT_THAT(text(status), HasSubstr("10.0.0.2"));
  status.endpoints.pop_back();
  EXPECT_THAT(text(status), Not(HasSubstr("10.0.0.2")));
  status.endpoints[0].retired = true;
  EXPECT_THAT(text(status), Not(HasSubstr("10.0.0.1")));
  EXPECT_THAT(text(status), HasSubstr("discovery_entries_total 0\n"));
  EXPECT_THAT(text(status), Not(HasSubstr("discovery_log_page_count{")));
}

TEST(CompatMetrics, B33TwoHostNqnsShareOneStateSeries) {
  reconcile::Status status;
  status.endpoints = {endpoint("10.0.0.1", 8009, "host1", true), endpoint("10.0.0.1", 8009, "host2", false)};
  const std::string out = text(status);
  EXPECT_THAT(out, HasSubstr("discovery_connection_state{trtype=\"tcp\",traddr=\"10.0.0.1\",trsvcid=\"8009\",nqn=\"cluster1\"} 0\n"));
  EXPECT_EQ(out.find("discovery_connection_state{"), out.rfind("discovery_connection_state{")) << out;
  EXPECT_THAT(out, HasSubstr("hostnqn=\"host2\"} 1\n"));
}

TEST(CompatMetrics, B33LogPageCountIsOfTheNewestPageOfEachCluster) {
  reconcile::Status status;
  status.endpoints = {endpoint("10.0.0.1", 8009, "host1", true), endpoint("10.0.0.2", 8009, "host1", true),
                      endpoint("10.9.0.1", 8009, "host1", true)};
  status.endpoints[0].log = page(4);
  status.endpoints[0].log_read_at = base::TimePoint(10s);
  status.endpoints[1].log = page(6);
  status.endpoints[1].log_read_at = base::TimePoint(20s);
  status.endpoints[2].id.group = "cluster2";
  status.endpoints[2].log = page(3);
  status.endpoints[2].log_read_at = base::TimePoint(1s);
  EXPECT_THAT(text(status), HasSubstr("discovery_log_page_count{hostnqn=\"host1\"} 9\n"));
}

}  // namespace
}  // namespace cmd
