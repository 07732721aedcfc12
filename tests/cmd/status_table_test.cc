// The table as people see it, and JSON that is not ours.
#include "cmd/status_table.h"

#include <gtest/gtest.h>

#include <sstream>

#include "cmd/status_json.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using Json = nlohmann::ordered_json;

TEST(StatusTable, AsPeopleSeeIt) {
  const std::string expected =
      "DEGRADED: 1 of 3 paths live; no path to nqn.b; portal 10.0.0.2:4420: Connection refused (ECONNREFUSED), next try in 3 s (and 1 more)\n"
      "\n"
      "cluster cluster-a\n"
      "  10.0.0.1:8009                    up    60 s  4 entries, genctr 7, 5 s old  configured a.conf:1:1\n"
      "  10.0.0.2:8009 (storage.example)  down  30 s  no log page yet               referral of 10.0.0.1:8009\n"
      "      -> backoff: Connection refused (ECONNREFUSED); next try in 3 s\n"
      "\n"
      "  subsystem nqn.a  1 of 2 paths, hangs on 10.0.0.1\n"
      "    10.0.0.1:4420  live     nvme0  50 s\n"
      "    10.0.0.2:4420  missing  -      20 s\n"
      "        -> backoff: Connection refused (ECONNREFUSED); next try in 3 s\n"
      "\n"
      "  subsystem nqn.b  0 of 1 path\n"
      "    [fd00::1]:4420  connecting  nvme12  3 min\n"
      "        -> kernel-reconnecting\n"
      "\n"
      "not listed by any service\n"
      "\n"
      "  subsystem nqn.old  no service lists it\n"
      "    10.0.0.9:4420  live  nvme3  50 s  unlisted\n"
      "\n"
      "refused log page entries\n"
      "  10.0.0.1:8009  entry 3  subnqn: byte 0x2c at 4 \\xef\\xbf\\xbd\\x1b[31m\n"
      "\n"
      "configuration\n"
      "  a.conf:2:5  error  --traddr needs a value\n"
      "\n"
      "last changes\n"
      "  2023-11-14T22:13:19.000Z  path nqn.a at 10.0.0.2:4420  live -> missing (removed \\xef\\xbf\\xbd()\n";
  const Json json = Json::parse(dump(status_json(cmd_test::sample_status())));
  EXPECT_EQ(status_table(json, {}), expected);
}

TEST(StatusTable, WideSaysWhoAndHowOften) {
  const std::string wide = status_table(Json::parse(dump(status_json(cmd_test::sample_status()))), {.wide = true});
  EXPECT_NE(wide.find("10.0.0.2:4420  missing  -      20 s  3 tries, the last 3 failed    named by 10.0.0.1:8009\n"), std::string::npos) << wide;
  EXPECT_NE(wide.find("    as nqn.host\n"), std::string::npos) << wide;
  EXPECT_NE(wide.find(", keep alive 1500 us\n"), std::string::npos) << wide;
}

TEST(StatusTable, GroupsThatListACommonSubsystemAreOneCluster) {
  reconcile::Status s = cmd_test::sample_status();
  s.endpoints[1].id.group = "10.0.0.2:8009";
  EXPECT_NE(status_table(status_json(s), {}).find("\ncluster 10.0.0.2:8009\n"), std::string::npos);
  s.paths[1].named_by = std::vector{s.endpoints[0].id, s.endpoints[1].id};
  EXPECT_NE(status_table(status_json(s), {}).find("\ncluster 10.0.0.2:8009 + cluster-a\n"), std::string::npos);
}

TEST(StatusTable, ColourOnlyWhenAskedFor) {
  const Json json = status_json(cmd_test::sample_status());
  EXPECT_EQ(status_table(json, {false, 5}).find('\x1b'), std::string::npos);
  EXPECT_NE(status_table(json, {true, 5}).find("\x1b[32mlive\x1b[0m"), std::string::npos);
}

TEST(StatusTable, JsonThatIsNotOursDoesNoHarm) {
  for (const char* text : {"{}", "[]", "null", "3", R"({"verdict":3,"paths":[1,null,{}],"endpoints":[[],{"log":7,"hold":[]}],"changes":[2,{}]})",
                           R"({"paths":[{"since_seconds":1e300,"traddr":5,"hold":{"until_seconds":-1e300}}],"refused":[{"error":3}],"diagnostics":[1]})",
                           R"({"identity":[],"paths":[{"subnqn":[]}],"refused":[1],"notices":{}})"}) {
    EXPECT_FALSE(status_table(Json::parse(text), {}).empty()) << text;
  }
}

}  // namespace
}  // namespace cmd
