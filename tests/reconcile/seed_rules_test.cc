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
  EXPECT_EQ(in_use(desire(o, authoritative())), 3U) << "the third has yet to say whom it knows";
  up(o, service("10.0.0.7:8009", "c"), {});
  EXPECT_EQ(endpoints_of(desire(o, authoritative())), (Texts{"10.0.0.1:8009 retired", "10.0.0.2:8009", "10.0.0.7:8009"}));
}

/// Whom each of the services refers to, one bit for each; all of them answer.
struct Referrals {
  std::vector<std::string> services;
  std::vector<unsigned> to;

  std::vector<nvme::LogEntry> page_of(const EndpointId& id) const {
    std::vector<nvme::LogEntry> out;
    const auto at = std::ranges::find(services, reconcile::to_string(id)) - services.begin();
    for (std::size_t i = 0; i < services.size(); ++i) {
      if ((to[static_cast<std::size_t>(at)] >> i & 1U) != 0) out.push_back(referral(services[i]));
    }
    return out;
  }
};

/// Does what desire() asks for, one session or all at a time, until it asks for nothing more; says whether that came. `broken`
/// has no session whoever asks for one.
bool comes_to_rest(ObservedState& o, const Referrals& referrals, const Settings& settings, bool all_at_once, const std::string& broken = {}) {
  const auto fail = [](reconcile::SessionView& session) {
    session.phase = SessionPhase::kDown;
    session.attempt.failures = 3;  // counted until a session lasts
    session.attempt.last_error = base::Error{base::ErrorKind::kTimeout, "no answer"};
  };
  for (auto& [id, session] : o.sessions) {
    if (reconcile::to_string(id) == broken) fail(session);
  }
  for (int step = 0; step < 40; ++step) {
    const DesiredState d = desire(o, settings);
    bool rests = true;
    for (const Endpoint& e : d.endpoints) {
      const bool is_up = o.sessions.contains(e.id) && o.sessions[e.id].phase == SessionPhase::kUp;
      if (e.hold && is_up) {
        o.sessions[e.id].phase = SessionPhase::kDown;  // its page stays
        rests = false;
      } else if (!e.hold && !is_up && (all_at_once || rests)) {
        if (reconcile::to_string(e.id) == broken) {
          rests &= o.sessions[e.id].attempt.last_error.has_value();
          fail(o.sessions[e.id]);
        } else {
          up(o, e.id, referrals.page_of(e.id)).attempt.last_error.reset();
          rests = false;
        }
      }
    }
    std::erase_if(o.sessions, [&](const auto& session) { return !std::ranges::binary_search(d.endpoints, session.first, {}, &Endpoint::id); });
    if (rests) return true;
  }
  return false;
}

/// Contradictions among four services: one in 257 of all 65,536, and not the same ones for both numbers of lines.
TEST(ReferralPolicy, WhateverTheServicesSayOfEachOtherItComesToRest) {
  for (const unsigned lines : {2U, 3U}) {
    const ObservedState before = observed(lines == 3 ? kThree : "-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n c\n");
    Referrals referrals{{"10.0.0.1:8009", "10.0.0.2:8009", "10.0.0.3:8009", "10.0.0.7:8009"}, {}};
    for (unsigned all = lines; all < 65536; all += 257) {
      referrals.to = {all & 15U, all >> 4 & 15U, all >> 8 & 15U, all >> 12};
      for (const bool at_once : {false, true}) {
        for (const int sessions : {0, 1, 2}) {
          Settings settings = authoritative();
          settings.sessions_per_group = sessions;
          ObservedState o = before;
          for (const char* broken : {"", "10.0.0.1:8009", "", "10.0.0.2:8009", "10.0.0.7:8009", ""}) {
            ASSERT_TRUE(comes_to_rest(o, referrals, settings, at_once, broken))
                << all << " with " << lines << " lines, at once: " << at_once << ", sessionsPerGroup " << sessions << ", broken: " << broken;
          }
        }
      }
    }
  }
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
