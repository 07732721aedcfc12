// One file for all nodes: `# only:` and ${NODE_NAME}.
#include "config/only_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/directory.h"
#include "tests/config/temporary_directory.h"

namespace config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

NodeFacts node(std::map<std::string, std::string> labels) {
  NodeFacts out;
  out.name = "worker-1";
  out.labels = std::move(labels);
  return out;
}

/// "host" of each endpoint, "(host)" where it is held.
std::vector<std::string> hosts(const std::vector<EndpointSpec>& endpoints) {
  std::vector<std::string> out;
  for (const EndpointSpec& spec : endpoints) out.push_back(spec.held.empty() ? spec.host : "(" + spec.host + ")");
  return out;
}

constexpr std::string_view kZones =
    "-a 10.0.0.1\n"
    "# only: zone=a\n"
    "-a 10.1.0.1\n"
    "-a 10.1.0.2\n"
    "  #only:zone=b, disk=fast\n"
    "-a 10.2.0.1\n";

TEST(OnlyLine, LimitsTheLinesBelowToNodesWithAllTheLabels) {
  const DiscoveryConf a = parse_discovery_conf(kZones, "f", node({{"zone", "a"}}));
  EXPECT_THAT(hosts(a.endpoints), ElementsAre("10.0.0.1", "10.1.0.1", "10.1.0.2"));
  EXPECT_EQ(a.elsewhere, 1);
  EXPECT_THAT(hosts(parse_discovery_conf(kZones, "f", node({{"zone", "b"}})).endpoints), ElementsAre("10.0.0.1"));
  EXPECT_THAT(hosts(parse_discovery_conf(kZones, "f", node({{"zone", "b"}, {"disk", "fast"}})).endpoints), ElementsAre("10.0.0.1", "10.2.0.1"));
  EXPECT_THAT(a.diagnostics, IsEmpty());
}

TEST(OnlyLine, WithoutLabelsTheLinesAreHeldWithTheReason) {
  NodeFacts unknown;
  unknown.why_no_labels = "HTTP 403";
  const DiscoveryConf conf = parse_discovery_conf(kZones, "f", unknown);
  EXPECT_THAT(hosts(conf.endpoints), ElementsAre("10.0.0.1", "(10.1.0.1)", "(10.1.0.2)", "(10.2.0.1)"));
  EXPECT_EQ(conf.endpoints[1].held, "'# only:' in line 2: HTTP 403");
  EXPECT_EQ(conf.elsewhere, 0);
}

TEST(OnlyLine, AWrongOneHasItsPlaceAndHoldsItsLines) {
  const std::vector<std::pair<std::string, int>> wrong = {
      {"# only:", 8},      {"# only: zone", 9},       {"# only: zone=a,", 16},     {"# only: zone=a, =b", 17},        {"# only: zo ne=a", 9},
      {"# only: zone=a b", 9}, {"# only: zone==a", 9}, {"# only: zone=a,disk=-", 16}, {"#only: a/b/c=d", 8}, {"# only: zone=" + std::string(64, 'x'), 9}};
  for (const auto& [line, column] : wrong) {
    const DiscoveryConf conf = parse_discovery_conf("-a 10.0.0.1\n" + line + "\n-a 10.0.0.2\n# only: zone=a\n-a 10.0.0.3\n", "f", node({{"zone", "a"}}));
    EXPECT_THAT(hosts(conf.endpoints), ElementsAre("10.0.0.1", "(10.0.0.2)", "10.0.0.3")) << line;
    ASSERT_THAT(conf.diagnostics, SizeIs(1)) << line;
    EXPECT_EQ(conf.diagnostics[0].where, (SourceLocation{"f", 2, column})) << line << to_string(conf.diagnostics[0]);
    EXPECT_EQ(conf.diagnostics[0].severity, Severity::kError);
    EXPECT_THAT(conf.diagnostics[0].message, HasSubstr("the lines below it are held"));
  }
}

TEST(OnlyLine, ValuesMayBeEmptyAndKeysHavePrefixes) {
  const std::optional<Selection> selection = parse_only_line("# Only: topology.kubernetes.io/zone = eu-1 , gpu=");
  ASSERT_TRUE(selection);
  EXPECT_EQ(selection->error, "");
  EXPECT_THAT(selection->labels, ElementsAre(std::pair("topology.kubernetes.io/zone", "eu-1"), std::pair("gpu", "")));
  EXPECT_EQ(selects(*selection, node({{"topology.kubernetes.io/zone", "eu-1"}, {"gpu", ""}})), Selected::kYes);
  EXPECT_EQ(selects(*selection, node({{"topology.kubernetes.io/zone", "eu-1"}})), Selected::kNo) << "a label that is not there is not empty";
  EXPECT_EQ(selects(*selection, {}), Selected::kUnknown);
}

TEST(OnlyLine, OtherCommentsAreNone) {
  for (const char* line : {"# only zone=a", "-a 10.0.0.1 # only: zone=a", "# the only: x", "only: x=y", ""}) EXPECT_FALSE(parse_only_line(line)) << line;
}

TEST(OnlyLine, LinesOfOtherNodesAreNotJudged) {
  const std::string text = "# only: zone=b\n-t tcp --nonsense ${\n";
  EXPECT_THAT(parse_discovery_conf(text, "f", node({{"zone", "a"}})).diagnostics, IsEmpty());
  EXPECT_THAT(parse_discovery_conf(text, "f", node({{"zone", "b"}})).diagnostics, SizeIs(1));
  EXPECT_THAT(parse_discovery_conf(text, "f").diagnostics, SizeIs(1)) << "not known: judged";
}

TEST(OnlyLine, OneEndpointForTwoZonesIsNoDuplicate) {
  const std::string text = "# only: zone=a\n-a 10.0.0.1 -l 60\n# only: zone=b\n-a 10.0.0.1 -l 70\n";
  EXPECT_THAT(parse_discovery_conf(text, "f").diagnostics, IsEmpty());
  const DiscoveryConf b = parse_discovery_conf(text, "f", node({{"zone", "b"}}));
  ASSERT_THAT(b.endpoints, SizeIs(1));
  EXPECT_EQ(b.endpoints[0].tunables.ctrl_loss_tmo, 70);
}

TEST(OnlyLine, HoldsUpToTheEndOfItsFileOnly) {
  TemporaryDirectory dir;
  write_text(dir / "a", "# only: zone=a\n-a 10.0.0.1\n");
  write_text(dir / "b", "-a 10.0.0.1\n-a 10.0.0.2\n");
  NodeFacts asked;
  asked.labels_may_come = true;
  const base::Result<Intent> waiting = read_directories({dir.path()}, asked);
  ASSERT_TRUE(waiting);
  EXPECT_THAT(hosts(waiting->endpoints), ElementsAre("(10.0.0.1)", "10.0.0.1", "10.0.0.2"));
  EXPECT_TRUE(waiting->awaits_labels);
  const base::Result<Intent> elsewhere = read_directories({dir.path()}, node({}));
  EXPECT_THAT(hosts(elsewhere->endpoints), ElementsAre("10.0.0.1", "10.0.0.2"));
  EXPECT_FALSE(elsewhere->awaits_labels);
  EXPECT_EQ(elsewhere->elsewhere, 1);
}

TEST(NodeName, IsPutWhereItIsAskedFor) {
  const DiscoveryConf conf = parse_discovery_conf("-a ${NODE_NAME}.storage -q nqn.2014-08.org.example:${NODE_NAME} -n '${NODE_NAME}'\n", "f", node({}));
  ASSERT_THAT(conf.endpoints, SizeIs(1)) << to_string(conf.diagnostics.at(0));
  EXPECT_EQ(conf.endpoints[0].host, "worker-1.storage");
  EXPECT_EQ(conf.endpoints[0].hostnqn->str(), "nqn.2014-08.org.example:worker-1");
  EXPECT_EQ(conf.endpoints[0].group, "worker-1");
}

TEST(NodeName, MissingOrMistypedItIsAnErrorWithItsPlace) {
  const DiscoveryConf unset = parse_discovery_conf("-a 10.0.0.1 -q nqn.x:${NODE_NAME}\n-a 10.0.0.2\n", "f");
  EXPECT_THAT(hosts(unset.endpoints), ElementsAre("10.0.0.2"));
  ASSERT_THAT(unset.diagnostics, SizeIs(1));
  EXPECT_THAT(to_string(unset.diagnostics[0]), HasSubstr("f:1:22: error: ${NODE_NAME}: the environment variable NODE_NAME is not set"));
  const DiscoveryConf mistyped = parse_discovery_conf("-a ${NODENAME}\n", "f", node({}));
  ASSERT_THAT(mistyped.diagnostics, SizeIs(1));
  EXPECT_THAT(to_string(mistyped.diagnostics[0]), HasSubstr("f:1:4: error: only ${NODE_NAME} is replaced"));
}

TEST(NodeName, ColumnsBehindItAreThoseOfTheFile) {
  const DiscoveryConf conf = parse_discovery_conf("-q nqn.x:${NODE_NAME} -a 10.0.0.1 -s 70000\n", "f", node({}));
  ASSERT_THAT(conf.diagnostics, SizeIs(1));
  EXPECT_EQ(conf.diagnostics[0].where.column, 38);
}

}  // namespace
}  // namespace config
