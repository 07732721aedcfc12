// The documented fields of schema 1, and bytes that are no UTF-8.
#include "cmd/status_json.h"

#include <gtest/gtest.h>

#include "cmd/verdict.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

TEST(StatusJson, Schema1) {
  const Json j = Json::parse(dump(status_json(cmd_test::sample_status(), 1s)));
  EXPECT_EQ(j["schema"], 1);
  EXPECT_EQ(j["verdict"]["level"], "degraded");
  EXPECT_EQ(j["ready"], true);
  EXPECT_EQ(j["paths_desired"], 3);
  EXPECT_EQ(j["paths_live"], 1);
  EXPECT_EQ(j["endpoints_down"], 1);
  EXPECT_EQ(j["uptime_seconds"], 91.0);
  EXPECT_EQ(j["identity"]["hostnqn"], "nqn.host");
  EXPECT_EQ(j["kernel"]["fabrics_available"], true);
  EXPECT_EQ(j["kernel"]["native_multipath"], true);
  EXPECT_TRUE(j["kernel"]["connecting"].is_null());
  EXPECT_EQ(j["next_look_seconds"], 2.0) << "until and since count from now, not from the snapshot";

  const Json& refused = j["paths"][1];
  EXPECT_EQ(refused["subnqn"], "nqn.a");
  EXPECT_EQ(refused["hostnqn"], "nqn.host");
  EXPECT_EQ(refused["traddr"], "10.0.0.2");
  EXPECT_EQ(refused["trsvcid"], 4420);
  EXPECT_TRUE(refused["host_traddr"].is_null());
  EXPECT_EQ(refused["state"], "missing");
  EXPECT_TRUE(refused["device"].is_null());
  EXPECT_EQ(refused["desired"], true);
  EXPECT_EQ(refused["hold"]["reason"], "backoff");
  EXPECT_EQ(refused["hold"]["until_seconds"], 2.0);
  EXPECT_EQ(refused["hold"]["detail"], "Connection refused (ECONNREFUSED)");
  EXPECT_EQ(refused["attempts"], 3);
  EXPECT_EQ(refused["last_error"], "Connection refused (ECONNREFUSED)");
  EXPECT_EQ(refused["since_seconds"], 21.0);
  EXPECT_EQ(refused["named_by"], Json::array({"10.0.0.1:8009"}));
  EXPECT_TRUE(j["paths"][2]["hold"]["until_seconds"].is_null()) << "never is null, not a number";
  EXPECT_EQ(j["paths"][3]["desired"], false);

  const Json& endpoint = j["endpoints"][0];
  EXPECT_EQ(endpoint["session"], "up");
  EXPECT_EQ(endpoint["group"], "cluster-a");
  EXPECT_EQ(endpoint["log"]["genctr"], 7);
  EXPECT_EQ(endpoint["log"]["entries"], 4);
  EXPECT_EQ(endpoint["log"]["age_seconds"], 6.0);
  EXPECT_EQ(endpoint["origins"][0]["where"], "a.conf:1:1");
  EXPECT_EQ(j["endpoints"][1]["origins"][0]["referrer"], "10.0.0.1:8009");
  EXPECT_EQ(j["endpoints"][1]["host"], "storage.example");
  EXPECT_EQ(j["subsystems"][0]["desired"], 2);
  EXPECT_EQ(j["diagnostics"][0]["where"], "a.conf:2:5");
  EXPECT_EQ(j["diagnostics"][0]["severity"], "error");
  EXPECT_EQ(j["counters"]["connects_failed"], 3);
}

TEST(StatusJson, HistoryIsTheSameInBothDocuments) {
  const reconcile::Status status = cmd_test::sample_status();
  const Json j = Json::parse(dump(status_json(status)));
  const Json events = Json::parse(dump(events_json(*status.history)));
  EXPECT_EQ(events["schema"], 1);
  EXPECT_EQ(events["events"], j["history"]);
  ASSERT_EQ(j["history"].size(), 1u);
  const Json& change = j["history"][0];
  EXPECT_EQ(change["at"], "2023-11-14T22:13:19.000Z");
  EXPECT_EQ(change["kind"], "path");
  EXPECT_EQ(change["subject"], "nqn.a at 10.0.0.2:4420");
  EXPECT_EQ(change["before"], "live");
  EXPECT_EQ(change["after"], "missing");
  EXPECT_EQ(change["cause"], "removed \xEF\xBF\xBD(") << "bytes that are no UTF-8 are replaced";
}

TEST(StatusJson, HostileBytesAreReplaced) {
  const std::string text = dump(status_json(cmd_test::sample_status()));
  ASSERT_TRUE(nlohmann::json::accept(text));
  const Json j = Json::parse(text);
  EXPECT_EQ(j["refused"][0]["error"]["message"], "subnqn: byte 0x2c at 4 \xEF\xBF\xBD\x1b[31m");
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "control bytes are escaped on the wire";
}

TEST(StatusJson, AnEmptyStatusIsWhole) {
  const Json j = status_json(reconcile::Status{});
  for (const char* list : {"endpoints", "subsystems", "paths", "refused", "diagnostics", "notices", "history"}) EXPECT_TRUE(j[list].is_array()) << list;
  EXPECT_EQ(j["verdict"]["level"], "not-ready");
}

TEST(Verdict, SaysTheWorstThing) {
  reconcile::Status s = cmd_test::sample_status();
  EXPECT_EQ(verdict(s).line, "DEGRADED: 1 of 3 paths live; no path to nqn.b; portal 10.0.0.2:4420: Connection refused (ECONNREFUSED), next try in 3 s (and 1 more)");
  s.paths.resize(1);
  s.subsystems.resize(1);
  s.subsystems[0].desired = 1;
  EXPECT_EQ(verdict(s).line, "DEGRADED: 1 of 1 path live; discovery service storage.example:8009: 10.0.0.2:8009: connect: Connection refused (ECONNREFUSED), next try in 3 s");
  s.endpoints.resize(1);
  EXPECT_EQ(verdict(s).line, "OK: 1 of 1 path live");
  EXPECT_EQ(verdict(s).level, Verdict::Level::kOk);
  s.not_ready = "/dev/nvme-fabrics: no such file";
  EXPECT_EQ(verdict(s).line, "NOT READY: 1 of 1 path live; /dev/nvme-fabrics: no such file");
}

TEST(Verdict, Readiness) {
  EXPECT_FALSE(readiness(nullptr, false).ready);
  reconcile::Status s = cmd_test::sample_status();
  EXPECT_FALSE(readiness(&s, false).ready) << "a line with an error";
  s.diagnostics[0].severity = config::Severity::kWarning;
  EXPECT_TRUE(readiness(&s, false).ready) << "remote targets never make it false";
  EXPECT_FALSE(readiness(&s, true).ready);
  s.synced = false;
  s.diagnostics.assign(3, {{"a.conf", 2, 5}, config::Severity::kError, "--traddr needs a value"});
  s.not_ready = s.fabrics_error = "/dev/nvme-fabrics: no such device";
  const Readiness not_ready = readiness(&s, false);
  EXPECT_EQ(health_text("readyz", not_ready.checks, true),
            "[+]shutdown ok\n[-]first-sync failed: the first sync is not done yet\n[-]configuration failed: a.conf:2:5: --traddr needs a value (and 2 more)\n"
            "[-]kernel failed: /dev/nvme-fabrics: no such device\nreadyz check failed\n");
  EXPECT_EQ(health_text("readyz", not_ready.checks, false),
            "the first sync is not done yet\na.conf:2:5: --traddr needs a value (and 2 more)\n/dev/nvme-fabrics: no such device\n");
  EXPECT_EQ(health_text("livez", {{"loop", ""}}, false), "ok\n");
  EXPECT_EQ(health_text("livez", {{"loop", ""}}, true), "[+]loop ok\nlivez check passed\n");
}

TEST(Verdict, AboutADuration) {
  EXPECT_EQ(about(-1s), "0 s");
  EXPECT_EQ(about(250ms), "250 ms");
  EXPECT_EQ(about(2600ms), "3 s");
  EXPECT_EQ(about(119s), "119 s");
  EXPECT_EQ(about(10min), "10 min");
  EXPECT_EQ(about(5h), "5 h");
  EXPECT_EQ(about(24h * 9), "9 d");
}

}  // namespace
}  // namespace cmd
