// /metrics as a scraper reads it: every line parsable, every series once, names and types that hold together.
#include "cmd/metrics.h"

#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;

struct Parsed {
  std::map<std::string, std::string> types{};
  std::map<std::string, double> series{};
};

Parsed parse(const std::string& text) {
  static const std::regex sample(R"re(^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*\})? (-?[0-9.eE+-]+)$)re");
  Parsed out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("# TYPE ")) {
      const std::size_t space = line.rfind(' ');
      EXPECT_TRUE(out.types.emplace(line.substr(7, space - 7), line.substr(space + 1)).second) << line;
      continue;
    }
    if (line.starts_with("#")) continue;
    std::smatch match;
    if (!std::regex_match(line, match, sample)) {
      ADD_FAILURE() << "no sample: " << line;
      continue;
    }
    EXPECT_TRUE(out.types.contains(match[1])) << line;
    EXPECT_TRUE(out.series.emplace(match[1].str() + match[2].str(), std::stod(match[3])).second) << "twice: " << line;
  }
  return out;
}

TEST(Metrics, ParseWithoutDuplicates) {
  const reconcile::Status status = cmd_test::sample_status();
  const Parsed page = parse(metrics_text(&status, 1s, true, read_process_usage()));
  for (const auto& [name, type] : page.types) {
    // The seed's gauges keep their names (docs/migrating.md).
    if (name == "discovery_connections_total" || name == "discovery_entries_total") continue;
    EXPECT_EQ(name.ends_with("_total"), type == "counter") << name;
    EXPECT_EQ(name.find("_ms"), std::string::npos) << name;
  }
  const auto value = [&page](const std::string& series) {
    const auto it = page.series.find(series);
    if (it == page.series.end()) ADD_FAILURE() << "missing: " << series;
    return it == page.series.end() ? -1.0 : it->second;
  };
  EXPECT_EQ(value(R"(discovery_client_paths_desired{subnqn="nqn.a",hostnqn="nqn.host"})"), 2);
  EXPECT_EQ(value(R"(discovery_client_paths_live{subnqn="nqn.a",hostnqn="nqn.host"})"), 1);
  EXPECT_EQ(value(R"(discovery_client_path_state{subnqn="nqn.a",hostnqn="nqn.host",traddr="10.0.0.1",trsvcid="4420",host_traddr="",host_iface="",device="nvme0",listed="true",state="live"})"), 1);
  EXPECT_EQ(value(R"(discovery_client_paths{state="live"})"), 2);
  EXPECT_EQ(value(R"(discovery_client_endpoint_up{traddr="10.0.0.1",trsvcid="8009",host_traddr="",host_iface="",hostnqn="nqn.host",group="cluster-a"})"), 1);
  EXPECT_EQ(value(R"(discovery_client_log_page_age_seconds{traddr="10.0.0.1",trsvcid="8009",host_traddr="",host_iface="",hostnqn="nqn.host",group="cluster-a"})"), 6);
  EXPECT_EQ(value(R"(discovery_client_holds{kind="path",reason="backoff"})"), 1);
  EXPECT_EQ(value(R"(discovery_client_connects_total{result="failed"})"), 3);
  EXPECT_EQ(value("discovery_client_events_total"), 3);
  EXPECT_EQ(value("discovery_client_ready"), 1);
  EXPECT_EQ(value("discovery_client_degraded"), 1);
  EXPECT_GT(value("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(value("process_start_time_seconds"), 1e9);
  EXPECT_GE(value("process_open_fds"), 3);
}

TEST(Metrics, NoSeriesOutlivesWhatItDescribes) {
  reconcile::Status status = cmd_test::sample_status();
  status.paths.clear();
  status.endpoints.clear();
  status.subsystems.clear();
  const std::string text = metrics_text(&status, {}, true, {});
  EXPECT_EQ(text.find("nqn.a"), std::string::npos);
  EXPECT_EQ(text.find("10.0.0.1"), std::string::npos);
}

TEST(Metrics, LabelsAreEscaped) {
  reconcile::Status status = cmd_test::sample_status();
  status.endpoints[0].id.group = "a\"b\\c\nd";
  parse(metrics_text(&status, {}, false, {}));
}

TEST(Metrics, WithoutASnapshotThereIsTheProcess) {
  const Parsed page = parse(metrics_text(nullptr, {}, false, {}));
  EXPECT_TRUE(page.series.contains("discovery_client_ready"));
  EXPECT_FALSE(page.types.contains("discovery_client_paths"));
}

}  // namespace
}  // namespace cmd
