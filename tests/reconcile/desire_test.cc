// What should be, in tables of lines and log pages.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/reconcile/values.h"

namespace {

using namespace values;
using reconcile::desire;
using reconcile::DesiredState;
using reconcile::Endpoint;
using reconcile::HoldReason;
using reconcile::OriginKind;
using reconcile::SessionPhase;
using reconcile::SessionView;
using reconcile::Settings;

std::vector<std::string> endpoints_of(const DesiredState& desired) {
  std::vector<std::string> out;
  for (const Endpoint& e : desired.endpoints) out.push_back(reconcile::to_string(e.id));
  return out;
}
std::vector<std::string> paths_of(const DesiredState& desired) {
  std::vector<std::string> out;
  for (const reconcile::DesiredPath& p : desired.paths) out.push_back(nvme::to_string(p.path));
  std::ranges::sort(out);
  return out;
}
using Texts = std::vector<std::string>;

TEST(Desire, ALineIsAnEndpointWithTheHostsIdentity) {
  const DesiredState d = desire(observed("-t tcp -a 10.0.0.1 -s 4460 -n c\n"), Settings{});
  ASSERT_EQ(endpoints_of(d), Texts{"10.0.0.1:4460"});
  EXPECT_EQ(d.endpoints[0].identity, identity());
  EXPECT_EQ(d.endpoints[0].id.group, "c");
  EXPECT_EQ(d.endpoints[0].origins[0].kind, OriginKind::kConfigured);
  EXPECT_EQ(d.endpoints[0].origins[0].where.line, 1);
  EXPECT_FALSE(d.endpoints[0].hold);
}

TEST(Desire, ALineWithoutNIsItsOwnGroup) {
  const DesiredState d = desire(observed("-t tcp -a 10.0.0.1\n-t tcp -a 10.0.0.2\n"), Settings{});
  ASSERT_EQ(d.endpoints.size(), 2U);
  EXPECT_NE(d.endpoints[0].id.group, d.endpoints[1].id.group);
}

TEST(Desire, ALineThatWaitsForLabelsIsHeldUnlessItWasInUse) {
  ObservedState o = observed("# only: zone=a\n-a 10.0.0.1 -n c\n-a 10.0.0.2 -n c\n");
  const EndpointId known = service("10.0.0.2:8009", "c");
  SessionView& session = o.sessions[known];  // remembered: a page, no session
  session.log = std::make_shared<const nvme::LogPage>(nvme::LogPage{1, {nvm("10.0.0.9:4420", "nqn.a")}});
  session.log_remembered = true;
  const DesiredState desired = desire(o, {});
  ASSERT_EQ(desired.endpoints.size(), 2u);
  ASSERT_TRUE(desired.endpoints[0].hold);
  EXPECT_EQ(desired.endpoints[0].hold->reason, HoldReason::kSelection);
  EXPECT_NE(desired.endpoints[0].hold->detail.find("line 1"), std::string::npos);
  EXPECT_FALSE(desired.endpoints[1].hold) << "not dropped";
  EXPECT_EQ(desired.paths.size(), 1u);
}

TEST(Desire, ALineThatCountsGoesBeforeOneThatIsHeld) {
  for (const char* lines : {"# only: zone=a\n-a 10.0.0.1 -n c -l 60\n", "-a 10.0.0.1 -n c -l 70\n# only: zone=a\n-a 10.0.0.1 -n c -l 60\n"}) {
    ObservedState o = observed(lines);
    for (const config::EndpointSpec& spec : config::parse_discovery_conf("-a 10.0.0.1 -n c -l 70\n", "b.conf").endpoints) o.intent.endpoints.push_back(spec);
    const DesiredState desired = desire(o, {});
    ASSERT_EQ(desired.endpoints.size(), 1u) << lines;
    EXPECT_FALSE(desired.endpoints[0].hold);
    EXPECT_EQ(desired.endpoints[0].tunables.ctrl_loss_tmo, 70);
  }
}

TEST(Desire, WithoutAnyIdentityItSaysSo) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  o.host.identity.reset();
  const DesiredState d = desire(o, Settings{});
  ASSERT_TRUE(d.endpoints[0].hold);
  EXPECT_EQ(d.endpoints[0].hold->reason, HoldReason::kNoIdentity);
}

TEST(Desire, HostIdsComeInTheOrderOfDecisionTen) {
  struct Row {
    const char* what;
    const char* lines;
    const char* kernel_hostnqn;  // a live controller's, or nullptr
    const char* wanted;          // host id of the first endpoint; "" : asked of the book
  };
  const std::string uuid_nqn = "nqn.2014-08.org.nvmexpress:uuid:33333333-3333-4333-8333-333333333333";
  const std::string with_uuid = "-t tcp -a 10.0.0.1 -n c -q " + uuid_nqn + "\n-t tcp -a 10.0.0.2 -n c\n";
  const Row rows[] = {
      {"the line's own -I", "-t tcp -a 10.0.0.1 -n c -q x -I 44444444-4444-4444-8444-444444444444\n", "x",
       "44444444-4444-4444-8444-444444444444"},
      {"what the kernel has", "-t tcp -a 10.0.0.1 -n c -q x\n", "x", kOtherId},
      {"the host's own", "-t tcp -a 10.0.0.1 -n c\n", nullptr, kHostId},
      {"the host's own, though the NQN is another, if nobody else has it", "-t tcp -a 10.0.0.1 -n c -q x\n",
       nullptr, kHostId},
      {"-I of another line with the same -q",
       "-t tcp -a 10.0.0.1 -n c -q x\n-t tcp -a 10.0.0.2 -n c -q x -I 44444444-4444-4444-8444-444444444444\n",
       nullptr, "44444444-4444-4444-8444-444444444444"},
      {"the UUID inside the NQN", with_uuid.c_str(), nullptr, "33333333-3333-4333-8333-333333333333"},
      {"the book's", "-t tcp -a 10.0.0.1 -n c -q x\n-t tcp -a 10.0.0.2 -n c\n", nullptr, ""},
  };
  for (const Row& row : rows) {
    ObservedState o = observed(row.lines);
    if (row.kernel_hostnqn)
      controller(o, "10.0.0.9:4420", "nqn.z", nvme::ControllerState::kLive, kOtherId, row.kernel_hostnqn);
    const DesiredState d = desire(o, Settings{});
    ASSERT_FALSE(d.endpoints.empty()) << row.what;
    if (*row.wanted == 0) {
      EXPECT_FALSE(d.endpoints[0].identity) << row.what;
      EXPECT_EQ(d.host_ids_wanted, Texts{"x"}) << row.what;
      o.host_ids.emplace("x", *nvme::HostId::parse(kOtherId));
      EXPECT_EQ(desire(o, Settings{}).endpoints[0].identity->hostid, *nvme::HostId::parse(kOtherId));
    } else {
      ASSERT_TRUE(d.endpoints[0].identity) << row.what;
      EXPECT_EQ(nvme::to_string(d.endpoints[0].identity->hostid), row.wanted) << row.what;
      EXPECT_TRUE(d.host_ids_wanted.empty()) << row.what;
    }
  }
}

TEST(Desire, EntriesArePathsWithTheOptionsOfTheirLine) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c -l 30 -w 10.0.0.99 -f eth1\n-t tcp -a 10.0.1.1 -n d\n");
  EndpointId first = service("10.0.0.1:8009", "c");
  first.address.host_traddr = *nvme::IpAddress::parse("10.0.0.99");
  first.address.host_iface = "eth1";
  up(o, first, {nvm("10.0.0.1:4420", "nqn.a")});
  up(o, service("10.0.1.1:8009", "d"), {nvm("10.0.1.1:4420", "nqn.d")});
  Settings settings;
  settings.defaults.ctrl_loss_tmo = 600;
  settings.defaults.nr_io_queues = 4;
  const DesiredState d = desire(o, settings);
  ASSERT_EQ(d.paths.size(), 2U);
  EXPECT_EQ(d.paths[0].terms->tunables.ctrl_loss_tmo, 30);
  EXPECT_EQ(d.paths[0].terms->tunables.nr_io_queues, 4);
  EXPECT_EQ(d.paths[0].path.transport.host_iface, "eth1");
  EXPECT_EQ(d.paths[0].path.transport.host_traddr, nvme::IpAddress::parse("10.0.0.99").value());
  EXPECT_EQ(d.paths[1].terms->tunables.ctrl_loss_tmo, 600) << "B28: nothing leaks into another cluster";
  EXPECT_EQ(d.paths[1].path.transport.host_iface, "");
}

TEST(Desire, APathThatTwoServicesNameIsOneAndTheFirstLineWins) {
  ObservedState o = observed("-t tcp -a 10.0.0.2 -n c -l 20\n-t tcp -a 10.0.0.1 -n c -l 30\n");
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  up(o, service("10.0.0.2:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  const DesiredState d = desire(o, Settings{});
  ASSERT_EQ(d.paths.size(), 1U);
  EXPECT_EQ(d.paths[0].named_by->size(), 2U);
  EXPECT_EQ(d.paths[0].terms->tunables.ctrl_loss_tmo, 20);
}

TEST(Desire, AuxSuffixIsAppendedOnce) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a"), nvm("10.0.0.1:4420", "nqn.b.blue")});
  Settings settings;
  settings.aux_suffix = "blue";
  EXPECT_EQ(paths_of(desire(o, settings)),
            (Texts{"nqn.a.blue at 10.0.0.1:4420", "nqn.b.blue at 10.0.0.1:4420"}));
}

TEST(Desire, HostileEntriesAreRefusedAndTheOthersCount) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  nvme::LogEntry comma = nvm("10.0.0.1:4420", "nqn.evil,hostnqn=x");
  nvme::LogEntry rdma = nvm("10.0.0.1:4420", "nqn.rdma");
  rdma.trtype = static_cast<std::uint8_t>(nvme::TransportType::kRdma);
  nvme::LogEntry anywhere = nvm("0.0.0.0:4420", "nqn.any");
  nvme::LogEntry odd = nvm("10.0.0.1:4420", "nqn.odd");
  odd.subtype = 77;
  up(o, service("10.0.0.1:8009", "c"), {comma, rdma, anywhere, odd, nvm("10.0.0.1:4420", "nqn.good")});
  const DesiredState d = desire(o, Settings{});
  EXPECT_EQ(paths_of(d), Texts{"nqn.good at 10.0.0.1:4420"});
  ASSERT_EQ(d.refused.size(), 4U);
  EXPECT_EQ(d.refused[0].index, 0U);
  EXPECT_EQ(d.refused[0].error.kind, base::ErrorKind::kInvalid);
  EXPECT_EQ(d.refused[1].error.kind, base::ErrorKind::kUnsupported);
}

TEST(Desire, AnEntryThatRequiresTlsIsHeldUnlessTheLineHasIt) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  nvme::LogEntry secure = nvm("10.0.0.1:4420", "nqn.a");
  secure.treq = 1;
  secure.sectype = 2;
  up(o, service("10.0.0.1:8009", "c"), {secure});
  EXPECT_EQ(desire(o, Settings{}).paths[0].hold->reason, HoldReason::kNeedsTls);
  o.intent.endpoints[0].tunables.tls = true;
  EXPECT_FALSE(desire(o, Settings{}).paths[0].hold);
}

TEST(Desire, ReferralsInheritAndAreFollowedToTheirDepth) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c -q x -I 22222222-2222-4222-8222-222222222222 -l 33\n");
  for (int i = 1; i <= 12; ++i) {
    const std::string here = "10.0.0." + std::to_string(i);
    up(o, service(here + ":8009", "c", "x"),
       {referral("10.0.0." + std::to_string(i + 1) + ":8009"), nvm(here + ":4420", "nqn.a")});
  }
  const DesiredState d = desire(o, Settings{});
  ASSERT_EQ(d.endpoints.size(), 10U) << "the configured one, eight referrals, and one that is too far";
  int held = 0;
  for (const Endpoint& e : d.endpoints) {
    EXPECT_EQ(e.identity, identity("x", kOtherId));
    EXPECT_EQ(e.id.group, "c");
    EXPECT_EQ(e.tunables.ctrl_loss_tmo, 33);
    if (!e.hold) continue;
    ++held;
    EXPECT_EQ(e.hold->reason, HoldReason::kDepth);
    EXPECT_EQ(e.depth, 9);
  }
  EXPECT_EQ(held, 1);
  EXPECT_EQ(d.paths.size(), 9U);
}

TEST(Desire, TwoClustersThatReferToOneServiceHaveItTwice) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n d\n");
  up(o, service("10.0.0.1:8009", "c"), {referral("10.0.0.9:8009")});
  up(o, service("10.0.0.2:8009", "d"), {referral("10.0.0.9:8009")});
  EXPECT_EQ(endpoints_of(desire(o, Settings{})),
            (Texts{"10.0.0.1:8009", "10.0.0.2:8009", "10.0.0.9:8009", "10.0.0.9:8009"}));
}

TEST(Desire, B28OptionsOfALineStayInItsCluster) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c -l 33\n-t tcp -a 10.0.0.2 -n d\n");
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  up(o, service("10.0.0.2:8009", "d"), {referral("10.0.0.9:8009"), nvm("10.0.0.2:4420", "nqn.b")});
  const DesiredState d = desire(o, Settings{});
  ASSERT_EQ(d.endpoints.size(), 3U);
  for (const Endpoint& e : d.endpoints) EXPECT_EQ(e.tunables.ctrl_loss_tmo == 33, e.id.group == "c") << reconcile::to_string(e.id);
  ASSERT_EQ(d.paths.size(), 2U);
}

TEST(Desire, AReferralToAConfiguredServiceIsThatOne) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c -f eth1\n-t tcp -a 10.0.0.2 -n c\n");
  EndpointId first = service("10.0.0.1:8009", "c");
  first.address.host_iface = "eth1";
  up(o, first, {referral("10.0.0.2:8009"), referral("10.0.0.1:8009")});
  const DesiredState d = desire(o, Settings{});
  ASSERT_EQ(d.endpoints.size(), 2U);
  EXPECT_EQ(d.endpoints[1].depth, 0);
  EXPECT_EQ(d.endpoints[1].origins.size(), 2U);
}

TEST(Desire, TheUniqueNqnOfAServiceIsUsedAndGivenUpForAWhileWhenItFails) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n d --discovery-nqn=nqn.mine\n");
  const EndpointId id = service("10.0.0.1:8009", "c");
  up(o, id, {itself("10.0.0.7:8009", "nqn.other-portal"), itself("10.0.0.1:8009", "nqn.unique")});
  up(o, service("10.0.0.2:8009", "d"), {itself("10.0.0.2:8009", "nqn.theirs")});
  DesiredState d = desire(o, Settings{});
  ASSERT_EQ(d.endpoints.size(), 2U) << "subtype 3 is not followed";
  EXPECT_EQ(d.endpoints[0].subnqn.str(), "nqn.unique");
  EXPECT_EQ(d.endpoints[1].subnqn.str(), "nqn.mine");
  o.sessions[id].phase = SessionPhase::kDown;
  o.sessions[id].attempt.failures = 1;
  EXPECT_TRUE(desire(o, Settings{}).endpoints[0].subnqn.is_well_known_discovery());
  o.sessions[id].attempt.failures = 2;
  EXPECT_EQ(desire(o, Settings{}).endpoints[0].subnqn.str(), "nqn.unique");
}

TEST(Desire, APageOfAnUnreachableServiceCountsAndIsStale) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n c\n");
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a"), referral("10.0.0.3:8009")}).phase =
      SessionPhase::kDown;
  up(o, service("10.0.0.3:8009", "c"), {nvm("10.0.0.3:4420", "nqn.a")}).phase = SessionPhase::kDown;
  DesiredState d = desire(o, Settings{});
  EXPECT_EQ(endpoints_of(d), (Texts{"10.0.0.1:8009", "10.0.0.2:8009", "10.0.0.3:8009"}));
  ASSERT_EQ(d.paths.size(), 2U);
  EXPECT_TRUE(d.paths[0].stale);
  up(o, service("10.0.0.2:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  d = desire(o, Settings{});
  EXPECT_FALSE(d.paths[0].stale);
  EXPECT_TRUE(d.paths[1].stale);
}

TEST(Desire, RememberedPagesCountLikeOthers) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  reconcile::SessionView& session =
      up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a"), referral("10.0.0.2:8009")});
  session.phase = SessionPhase::kDown;
  session.log_remembered = true;
  const DesiredState d = desire(o, Settings{});
  ASSERT_EQ(d.endpoints.size(), 2U);
  EXPECT_EQ(d.endpoints[1].origins[0].kind, OriginKind::kRemembered);
  EXPECT_EQ(d.paths.size(), 1U);
}

TEST(Desire, WithoutReadableConfigTheRememberedServicesAreTheRoots) {
  ObservedState o = observed("");
  o.config_known = false;
  config::RememberedEndpoint known;
  known.transport = fakes::Fabric::address("10.0.0.1:8009");
  known.hostnqn = kHostNqn;
  known.hostid = kHostId;
  known.group = "c";
  o.remembered.endpoints = {known};
  EXPECT_TRUE(desire(o, Settings{}).endpoints.empty()) << "it is about to be read";
  o.config_error = base::Error{base::ErrorKind::kDenied, "permission denied"};
  EXPECT_EQ(endpoints_of(desire(o, Settings{})), Texts{"10.0.0.1:8009"});
}

TEST(Desire, NamesHaveEveryAddressAndAHoldUntilThen) {
  ObservedState o = observed("-t tcp -a store.example -n c\n");
  DesiredState d = desire(o, Settings{});
  EXPECT_EQ(d.hosts, Texts{"store.example"});
  ASSERT_EQ(d.endpoints.size(), 1U);
  EXPECT_EQ(d.endpoints[0].hold->reason, HoldReason::kUnresolved);
  o.names["store.example"].addresses = {*nvme::IpAddress::parse("10.0.0.1"),
                                        *nvme::IpAddress::parse("fd00::1")};
  EXPECT_EQ(endpoints_of(desire(o, Settings{})), (Texts{"10.0.0.1:8009", "[fd00::1]:8009"}));
}

TEST(Desire, LinkLocalEntriesGetTheZoneOfTheirService) {
  ObservedState o = observed("-t tcp -a fe80::1%eth0 -n c\n");
  up(o, service("[fe80::1%eth0]:8009", "c"), {nvm("[fe80::2]:4420", "nqn.a")});
  EXPECT_EQ(paths_of(desire(o, Settings{})), Texts{"nqn.a at [fe80::2%eth0]:4420"});
}

TEST(Desire, RetiredNeedsAClusterThatSaysSo) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n c\n");
  reconcile::SessionView& gone = up(o, service("10.0.0.2:8009", "c"), {nvm("10.0.0.2:4420", "nqn.a")});
  gone.phase = SessionPhase::kDown;
  gone.attempt.failures = 5;
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  DesiredState d = desire(o, Settings{});
  EXPECT_FALSE(d.endpoints[1].retired) << "nobody refers to anybody: each portal lists only itself";
  EXPECT_EQ(d.paths.size(), 2U);
  up(o, service("10.0.0.1:8009", "c"), {referral("10.0.0.3:8009")});
  d = desire(o, Settings{});
  EXPECT_TRUE(d.endpoints[1].retired);
  EXPECT_TRUE(d.paths.empty());
  up(o, service("10.0.0.1:8009", "c"), {referral("10.0.0.3:8009"), referral("10.0.0.2:8009")});
  EXPECT_FALSE(desire(o, Settings{}).endpoints[1].retired);
}

TEST(Desire, AFabricThatRefersWithoutEndIsBounded) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  std::vector<nvme::LogEntry> entries;
  for (int i = 2; i < 200; ++i) entries.push_back(referral("10.0.0." + std::to_string(i) + ":8009"));
  up(o, service("10.0.0.1:8009", "c"), entries);
  Settings settings;
  settings.max_endpoints = 20;
  const DesiredState d = desire(o, settings);
  EXPECT_EQ(d.endpoints.size(), 20U);
  EXPECT_EQ(d.refused.size(), 198U - 19U);
}

}  // namespace
