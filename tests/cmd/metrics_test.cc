// /metrics as a scraper reads it: every line parsable, every series once, names and types that hold together.
#include "cmd/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "cmd/metrics_catalog.h"
#include "reconcile/redundancy.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;

struct Parsed {
  std::map<std::string, std::string> types{};
  std::map<std::string, double> series{};
};

/// A histogram's samples have the family's name and one of three endings.
std::string family_of(const std::string& name, const std::map<std::string, std::string>& types) {
  for (const std::string_view ending : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(ending)) continue;
    const std::string family = name.substr(0, name.size() - ending.size());
    if (const auto known = types.find(family); known != types.end() && known->second == "histogram") return family;
  }
  return name;
}

Parsed parse(const std::string& text) {
  static const std::regex sample(R"re(^([a-z_:][a-z0-9_:]*)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*\})? (-?[0-9.eE+-]+|\+Inf)$)re");
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
    EXPECT_TRUE(out.types.contains(family_of(match[1], out.types))) << line;
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
  EXPECT_EQ(value(R"(discovery_client_path_state{subnqn="nqn.a",hostnqn="nqn.host",traddr="10.0.0.1",trsvcid="4420",host_traddr="",host_iface="",device="nvme0",subsystem="nvme-subsys0",listed="true",state="live"})"), 1);
  EXPECT_EQ(value(R"(discovery_client_paths{state="live",listed="true"})"), 1);
  EXPECT_EQ(value(R"(discovery_client_paths{state="live",listed="false"})"), 1);
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

const std::string kPathLabels = R"(subnqn="nqn.b",hostnqn="nqn.host",traddr="fd00::1",trsvcid="4420",host_traddr="",host_iface="")";

double only(const Parsed& page, const std::string& series) {
  const auto it = page.series.find(series);
  if (it != page.series.end()) return it->second;
  ADD_FAILURE() << "missing: " << series;
  return -1;
}

bool has_family(const Parsed& page, const std::string& name) {
  return std::ranges::any_of(page.series, [&](const auto& entry) { return entry.first == name || entry.first.starts_with(name + "{"); });
}

TEST(Metrics, WhatTheKernelDoesWithALostPath) {
  reconcile::Status status = cmd_test::sample_status();
  reconcile::PathStatus& lost = status.paths[2];
  lost.purge_at = status.now + 100s;
  lost.ana[static_cast<std::size_t>(nvme::AnaState::kOptimized)] = 3;
  lost.ana[static_cast<std::size_t>(nvme::AnaState::kInaccessible)] = 1;
  Parsed page = parse(metrics_text(&status, 1s, true, {}));
  EXPECT_EQ(only(page, "discovery_client_path_purge_in_seconds{" + kPathLabels + "}"), 99);
  EXPECT_EQ(only(page, "discovery_client_path_namespaces{" + kPathLabels + ",ana_state=\"optimized\"}"), 3);
  EXPECT_EQ(only(page, "discovery_client_path_namespaces{" + kPathLabels + ",ana_state=\"inaccessible\"}"), 1);
  page = parse(metrics_text(&status, 500s, true, {}));
  EXPECT_EQ(only(page, "discovery_client_path_purge_in_seconds{" + kPathLabels + "}"), 0) << "overdue is not negative";
  lost.purge_at.reset();
  EXPECT_FALSE(has_family(parse(metrics_text(&status, 1s, true, {})), "discovery_client_path_purge_in_seconds")) << "unknown is absent";
}

TEST(Metrics, LastErrorsAreOfAClosedList) {
  const reconcile::Status status = cmd_test::sample_status();
  const Parsed page = parse(metrics_text(&status, 1s, true, {}));
  EXPECT_EQ(only(page, R"(discovery_client_path_last_error{subnqn="nqn.a",hostnqn="nqn.host",traddr="10.0.0.2",trsvcid="4420",host_traddr="",host_iface="",class="ECONNREFUSED"})"), 1);
  EXPECT_EQ(only(page, R"(discovery_client_endpoint_last_error{traddr="10.0.0.2",trsvcid="8009",host_traddr="",host_iface="",hostnqn="nqn.host",group="cluster-a",class="ECONNREFUSED"})"), 1);
}

TEST(Metrics, EndpointsThatAreNotInUseAreNotDown) {
  reconcile::Status status = cmd_test::sample_status();
  EXPECT_EQ(only(parse(metrics_text(&status, 1s, true, {})), R"(discovery_client_endpoints{state="down"})"), 1);
  status.endpoints[1].retired = true;
  Parsed page = parse(metrics_text(&status, 1s, true, {}));
  const std::string second = R"(discovery_client_endpoint_up{traddr="10.0.0.2",trsvcid="8009",host_traddr="",host_iface="",hostnqn="nqn.host",group="cluster-a"})";
  EXPECT_FALSE(page.series.contains(second));
  EXPECT_EQ(only(page, R"(discovery_client_endpoints{state="retired"})"), 1);
  EXPECT_EQ(only(page, R"(discovery_client_endpoints{state="down"})"), 0);
  status.endpoints[1].retired = false;
  for (const auto reason : {reconcile::HoldReason::kStandby, reconcile::HoldReason::kSelection}) {  // as reconcile::is_missing has it
    status.endpoints[1].hold = reconcile::Hold{reason, base::kNever, ""};
    page = parse(metrics_text(&status, 1s, true, {}));
    EXPECT_FALSE(page.series.contains(second));
    EXPECT_EQ(only(page, R"(discovery_client_endpoints{state="standby"})"), 1);
    EXPECT_EQ(only(page, R"(discovery_client_endpoints{state="down"})"), 0);
  }
}

TEST(Metrics, ThatNoPathIsLiveIsANumberToo) {
  reconcile::Status status = cmd_test::sample_status();
  status.paths.clear();
  const Parsed page = parse(metrics_text(&status, 1s, true, {}));
  for (const std::string state : {"missing", "new", "live", "connecting", "resetting", "deleting", "dead"}) {
    EXPECT_EQ(only(page, "discovery_client_paths{state=\"" + state + "\",listed=\"true\"}"), 0);
  }
}

TEST(Metrics, HistogramsAddUp) {
  reconcile::Status status = cmd_test::sample_status();
  for (const base::Duration took : {base::Duration(200us), base::Duration(3ms), base::Duration(10s)}) status.counters.pass_durations.observe(took);
  const Parsed page = parse(metrics_text(&status, 1s, true, {}));
  EXPECT_EQ(only(page, R"(discovery_client_pass_duration_seconds_bucket{le="0.0001"})"), 0);
  EXPECT_EQ(only(page, R"(discovery_client_pass_duration_seconds_bucket{le="0.00025"})"), 1);
  EXPECT_EQ(only(page, R"(discovery_client_pass_duration_seconds_bucket{le="0.25"})"), 2);
  EXPECT_EQ(only(page, R"(discovery_client_pass_duration_seconds_bucket{le="+Inf"})"), 3);
  EXPECT_EQ(only(page, "discovery_client_pass_duration_seconds_count"), 3);
  EXPECT_NEAR(only(page, "discovery_client_pass_duration_seconds_sum"), 10.0032, 1e-9);
}

TEST(Metrics, ControllersWithTheSameAddressesBreakNoScrape) {
  reconcile::Status status = cmd_test::sample_status();
  reconcile::PathStatus twin = status.paths[0];
  twin.device = "nvme7";
  twin.desired = false;
  status.paths.push_back(twin);
  parse(metrics_text(&status, 1s, true, {}));  // expects each series once
}

/// `count` subsystems of one path each; every `bad`th is missing.
reconcile::Status large_status(std::size_t count, std::size_t bad) {
  reconcile::Status status = cmd_test::sample_status();
  const reconcile::PathStatus live = status.paths[0];
  status.paths.clear();
  status.subsystems.clear();
  for (std::size_t i = 0; i < count; ++i) {
    reconcile::PathStatus& path = status.paths.emplace_back(live);
    path.path = nvme::Path{live.path->transport, "nqn.s" + std::to_string(i), live.path->hostnqn};
    if (i % bad == 0) path.state = reconcile::PathState::kMissing;
    status.subsystems.push_back({path.path->subnqn, "nqn.host", 1, i % bad == 0 ? 0 : 1, false});
  }
  return status;
}

std::size_t series_of(const Parsed& page, const std::string& name) {
  return static_cast<std::size_t>(std::ranges::count_if(page.series, [&](const auto& entry) { return entry.first.starts_with(name + "{"); }));
}

TEST(Metrics, AThousandPathsHaveDetailMoreHaveAggregates) {
  const reconcile::Status full = large_status(kDetailLimit, 10);
  Parsed page = parse(metrics_text(&full, 1s, true, {}));
  EXPECT_EQ(series_of(page, "discovery_client_path_state"), kDetailLimit);
  EXPECT_EQ(only(page, R"(discovery_client_truncated{what="paths"})"), 0);

  const reconcile::Status over = large_status(10'000, 20);
  page = parse(metrics_text(&over, 1s, true, {}));
  EXPECT_EQ(series_of(page, "discovery_client_path_state"), 500u) << "those that are not live";
  EXPECT_EQ(series_of(page, "discovery_client_paths_live"), 500u) << "those that lack a path";
  EXPECT_EQ(only(page, R"(discovery_client_truncated{what="paths"})"), 9500);
  EXPECT_EQ(only(page, R"(discovery_client_truncated{what="subsystems"})"), 9500);
  EXPECT_EQ(only(page, R"(discovery_client_paths{state="live",listed="true"})"), 9500) << "aggregates count all";
  EXPECT_EQ(only(page, R"(discovery_client_subsystems{access="lost"})"), 500);

  const reconcile::Status night = large_status(10'000, 2);
  page = parse(metrics_text(&night, 1s, true, {}));
  EXPECT_EQ(series_of(page, "discovery_client_path_state"), kDetailLimit) << "bounded, whatever fails";
  EXPECT_LT(page.series.size(), 12 * kDetailLimit);
}

TEST(Metrics, OneFailureAwayIsCounted) {
  reconcile::Status status = cmd_test::sample_status();
  EXPECT_EQ(only(parse(metrics_text(&status, 1s, true, {})), "discovery_client_subsystems_one_failure_away"), static_cast<double>(reconcile::one_failure_away(status).size()));
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
