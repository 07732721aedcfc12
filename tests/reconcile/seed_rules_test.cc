// The seed's rules about lists of services: who has a session, who is out of use, what an earlier client remembered.
#include <gtest/gtest.h>

#include <algorithm>

#include "reconcile/cluster_voices.h"
#include "reconcile/standby.h"
#include "tests/reconcile/values.h"

namespace {

using namespace values;
using reconcile::desire;
using reconcile::DesiredState;
using reconcile::Endpoint;
using reconcile::HoldReason;
using reconcile::SessionPhase;
using reconcile::Settings;
using Texts = std::vector<std::string>;

/// "10.0.0.1:8009", or "10.0.0.1:8009 retired" and the like.
Texts endpoints_of(const DesiredState& desired) {
  Texts out;
  for (const Endpoint& e : desired.endpoints) {
    out.push_back(reconcile::to_string(e.id) + (e.hold ? " " + std::string(to_string(e.hold->reason)) : ""));
  }
  return out;
}

constexpr const char* kThree = "-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n c\n-t tcp -a 10.0.0.3 -n c\n";

Settings per_group(int sessions) {
  Settings settings;
  settings.sessions_per_group = sessions;
  return settings;
}

Settings authoritative() {
  Settings settings;
  settings.referrals_authoritative = true;
  return settings;
}

std::size_t in_use(const DesiredState& desired) {
  return static_cast<std::size_t>(std::ranges::count_if(desired.endpoints, [](const Endpoint& e) { return !e.hold; }));
}

TEST(SessionsPerGroup, ZeroIsEveryService) { EXPECT_EQ(in_use(desire(observed(kThree), per_group(0))), 3U); }

TEST(SessionsPerGroup, SoManyOfEachCluster) {
  const std::string two_clusters = std::string(kThree) + "-t tcp -a 10.0.9.1 -n d\n-t tcp -a 10.0.9.2 -n d\n";
  EXPECT_EQ(in_use(desire(observed(two_clusters), per_group(1))), 2U);
  EXPECT_EQ(in_use(desire(observed(two_clusters), per_group(2))), 4U);
  EXPECT_EQ(in_use(desire(observed(two_clusters), per_group(9))), 5U);
}

TEST(SessionsPerGroup, WhoIsUpStaysAndWhoFailedGoesLast) {
  ObservedState o = observed(kThree);
  up(o, service("10.0.0.2:8009", "c"), {});
  EXPECT_EQ(endpoints_of(desire(o, per_group(1))), (Texts{"10.0.0.1:8009 standby", "10.0.0.2:8009", "10.0.0.3:8009 standby"}));
  o.sessions.clear();
  for (const char* at : {"10.0.0.1:8009", "10.0.0.2:8009"}) o.sessions[service(at, "c")].attempt.failures = 1;
  EXPECT_EQ(endpoints_of(desire(o, per_group(1))), (Texts{"10.0.0.1:8009 standby", "10.0.0.2:8009 standby", "10.0.0.3:8009"}));
  o.sessions[service("10.0.0.3:8009", "c")].attempt.failures = 2;
  o.sessions[service("10.0.0.2:8009", "c")].phase = SessionPhase::kStarting;
  EXPECT_EQ(endpoints_of(desire(o, per_group(1))), (Texts{"10.0.0.1:8009 standby", "10.0.0.2:8009", "10.0.0.3:8009 standby"}))
      << "one that is being set up is not dropped for its equal";
}

TEST(SessionsPerGroup, HostsSpreadOverTheServices) {
  std::set<std::string> chosen;
  for (int host = 0; host < 30; ++host) {
    ObservedState o = observed(kThree);
    o.host.identity = identity("nqn.host" + std::to_string(host));
    for (const Endpoint& e : desire(o, per_group(1)).endpoints) {
      if (!e.hold) chosen.insert(reconcile::to_string(e.id));
    }
  }
  EXPECT_EQ(chosen.size(), 3U);
}

TEST(SessionsPerGroup, OldPagesOfStandbysDoNotCountWhileAnotherSpeaks) {
  ObservedState o = observed(kThree);
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  up(o, service("10.0.0.2:8009", "c"), {nvm("10.0.0.2:4420", "nqn.gone")}).phase = SessionPhase::kDown;
  EXPECT_EQ(desire(o, per_group(1)).paths.size(), 1U);
  EXPECT_EQ(desire(o, per_group(0)).paths.size(), 2U) << "with a session to each, every page counts";
  o.sessions[service("10.0.0.1:8009", "c")].phase = SessionPhase::kDown;
  EXPECT_EQ(desire(o, per_group(1)).paths.size(), 2U) << "nobody speaks: unknown is not absent";
}

TEST(ReferralPolicy, AuthoritativeDropsWhomTheOthersDoNotReferTo) {
  ObservedState o = observed(kThree);
  up(o, service("10.0.0.1:8009", "c"), {referral("10.0.0.2:8009")});
  up(o, service("10.0.0.2:8009", "c"), {referral("10.0.0.1:8009")});
  up(o, service("10.0.0.3:8009", "c"), {referral("10.0.0.1:8009"), nvm("10.0.0.3:4420", "nqn.c")});
  const DesiredState d = desire(o, authoritative());
  EXPECT_EQ(endpoints_of(d), (Texts{"10.0.0.1:8009", "10.0.0.2:8009", "10.0.0.3:8009 retired"}));
  EXPECT_TRUE(d.endpoints[2].retired);
  EXPECT_TRUE(d.paths.empty()) << "what it lists is not followed";
  EXPECT_EQ(in_use(desire(o, Settings{})), 3U) << "keep";
}

TEST(ReferralPolicy, AClusterWithoutReferralsDropsNobody) {
  ObservedState o = observed(kThree);
  for (const char* at : {"10.0.0.1:8009", "10.0.0.2:8009", "10.0.0.3:8009"}) up(o, service(at, "c"), {itself(at, "nqn.x")});
  EXPECT_EQ(in_use(desire(o, authoritative())), 3U) << "B4";
}

TEST(ReferralPolicy, NobodyIsDroppedWhileNobodyIsHeard) {
  ObservedState o = observed(kThree);
  up(o, service("10.0.0.1:8009", "c"), {referral("10.0.0.2:8009")}).phase = SessionPhase::kDown;
  up(o, service("10.0.0.2:8009", "c"), {referral("10.0.0.1:8009")}).log_remembered = true;
  EXPECT_EQ(in_use(desire(o, authoritative())), 3U);
}

TEST(ReferralPolicy, TwoThatReferToAThirdOnlyDoNotDropEachOtherInTurns) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n c\n");
  up(o, service("10.0.0.1:8009", "c"), {referral("10.0.0.7:8009")});
  up(o, service("10.0.0.2:8009", "c"), {referral("10.0.0.7:8009")});
  EXPECT_EQ(endpoints_of(desire(o, authoritative())), (Texts{"10.0.0.1:8009 retired", "10.0.0.2:8009", "10.0.0.7:8009"}));
}

config::RememberedEndpoint remembered(const char* host_port, const char* group) {
  config::RememberedEndpoint out;
  out.transport = fakes::Fabric::address(host_port);
  out.hostnqn = kHostNqn;
  out.group = group;
  out.referrer = config::kUnknownReferrer;
  out.depth = 1;
  return out;
}

TEST(RememberedByTheSeed, ItsReferralsCountForAConfiguredCluster) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  o.remembered.endpoints = {remembered("10.0.0.2:8009", "c"), remembered("10.0.0.1:8009", "c"), remembered("10.0.9.9:8009", "other")};
  const DesiredState d = desire(o, Settings{});
  ASSERT_EQ(endpoints_of(d), (Texts{"10.0.0.1:8009", "10.0.0.2:8009"}));
  EXPECT_EQ(d.endpoints[1].origins.front().kind, reconcile::OriginKind::kRemembered);
  EXPECT_EQ(d.endpoints[1].identity, identity());
  EXPECT_EQ(d.endpoints[1].depth, 1);
}

TEST(RememberedByTheSeed, AReferringServiceDecidesAboutThem) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  o.remembered.endpoints = {remembered("10.0.0.2:8009", "c"), remembered("10.0.0.3:8009", "c")};
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  EXPECT_EQ(endpoints_of(desire(o, Settings{})).size(), 3U) << "a page without referrals says nothing about others";
  up(o, service("10.0.0.1:8009", "c"), {referral("10.0.0.3:8009")});
  EXPECT_EQ(endpoints_of(desire(o, Settings{})), (Texts{"10.0.0.1:8009", "10.0.0.3:8009"}));
}

TEST(RememberedByTheSeed, OneThatIsUpAloneDoesNotDropItself) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  o.remembered.endpoints = {remembered("10.0.0.2:8009", "c")};
  up(o, service("10.0.0.2:8009", "c"), {referral("10.0.0.1:8009")});
  EXPECT_EQ(endpoints_of(desire(o, Settings{})), (Texts{"10.0.0.1:8009", "10.0.0.2:8009"}));
}

}  // namespace
