// What a person may write after --without, what the answer looks like, and the cases that the page answers too.
#include "cmd/without.h"

#include <gtest/gtest.h>

#include <fstream>

#include "cmd/screen.h"
#include "cmd/status_json.h"
#include "cmd/yaml_text.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

Json sample() { return status_json(cmd_test::sample_status()); }

std::string asked(const std::string& name, const Json& status) {
  const auto removals = parse_removal(name, status);
  if (!removals) return removals.error().message;
  return losses_text(losses_without(paths_and_services(status), *removals), {name}, false);
}

TEST(Without, AnswersForAPerson) {
  EXPECT_EQ(asked("10.0.0.1", sample()),
            "NOT SAFE without 10.0.0.1: 1 subsystem loses its last path\n"
            "\n"
            "would lose the last path\n"
            "  nqn.a  1 -> 0 paths\n"
            "\n"
            "without any path even now\n"
            "  nqn.b\n"
            "\n"
            "1 subsystem not touched.\n"
            "No discovery service left for cluster-a: what is connected stays, changes go unnoticed.\n");
  EXPECT_TRUE(asked("10.0.0.2", sample()).starts_with("SAFE without 10.0.0.2: no live path goes there\n"));
}

TEST(Without, WhatCanBeNamed) {
  reconcile::Status s = cmd_test::sample_status();
  cmd_test::go_from(s.paths[0], "10.0.0.7", "eth1");
  const Json status = status_json(s);
  for (const char* name : {"10.0.0.1", "10.0.0.1:4420", "eth1", "10.0.0.7"}) EXPECT_TRUE(asked(name, status).starts_with("NOT SAFE")) << name << asked(name, status);
  for (const char* name : {"10.0.0.1:8009", "fd00::1", "fd00:0::1", "[fd00::1]", "[fd00::1]:4420", "storage.example"}) {
    EXPECT_TRUE(asked(name, status).starts_with("SAFE")) << name << asked(name, status);
  }
}

TEST(Without, AnUnknownNameIsAnErrorThatNamesWhatIsNear) {
  EXPECT_EQ(asked("10.0.0.3", sample()), "--without 10.0.0.3: no path and no discovery service goes there; did you mean 10.0.0.1?");
  EXPECT_EQ(asked("storage", sample()), "--without storage: no path and no discovery service goes there; did you mean storage.example?");
  EXPECT_EQ(asked("10.0.0.1:4421", sample()).find("SAFE"), std::string::npos);
  EXPECT_FALSE(parse_removal("", sample()));
  EXPECT_FALSE(parse_removal("x\x1b[31m", Json::array()));
}

/// tests/golden/redundancy.json: small fabrics with the answers, which tests/page gives to the page as well.
TEST(Without, TheCasesThatThePageAnswersToo) {
  std::ifstream file(std::string(DC_TEST_DATA) + "/golden/redundancy.json");
  const Json cases = Json::parse(file);
  ASSERT_GE(cases.size(), 8U);
  for (const Json& one : cases) {
    SCOPED_TRACE(one["name"].get<std::string>());
    const reconcile::Status status = paths_and_services(one["status"]);
    std::vector<reconcile::Removal> removals;
    for (const Json& leg : one["without"]) {
      const std::string text = leg;
      const std::string what = text.substr(text.find(' ') + 1);
      if (text.starts_with("via ")) removals.push_back({.host_iface = what});
      else removals.push_back({.address = *nvme::IpAddress::parse(what)});
    }
    const reconcile::Losses losses = losses_without(status, removals);
    Json said = Json::object();
    said["last"] = Json::array();
    said["fewer"] = Json::array();
    for (const auto& loss : losses.last) said["last"].push_back(loss.subsystem.subnqn);
    for (const auto& loss : losses.fewer) said["fewer"].push_back(loss.subsystem.subnqn);
    said["mute"] = losses.mute;
    said["edge"] = Json::object();
    for (const auto& at : one_failure_away(status)) said["edge"][at.subsystem.subnqn] = at.hangs_on;
    EXPECT_EQ(said, one["expect"]);
  }
}

TEST(YamlText, SaysTheSameAndQuotesEveryString) {
  const Json json = Json::parse(R"({"a":"10.0.0.1","b":[1,2.5,true,null],"c":{},"d":[],"e":{"x":"no: *anchor\n\u001b"}})");
  EXPECT_EQ(yaml_text(json), "a: \"10.0.0.1\"\nb:\n  - 1\n  - 2.5\n  - true\n  - null\nc: {}\nd: []\ne:\n  x: \"no: *anchor\\n\\x1b\"\n");
}

TEST(Screen, ShowsAsMuchAsThereIsRoomFor) {
  EXPECT_EQ(first_lines("a\nb\nc\n", 0), "a\nb\nc\n");
  EXPECT_EQ(first_lines("a\nb\nc\n", 4), "a\nb\nc\n");
  EXPECT_EQ(first_lines("a\nb\nc\n", 3), "a\nb\nc");
  EXPECT_EQ(first_lines("a\nb\nc\n", 2), "a\n... 2 more lines");
  EXPECT_EQ(first_lines("a\nb\nc\n", 1), "... 3 more lines");
}

}  // namespace
}  // namespace cmd
