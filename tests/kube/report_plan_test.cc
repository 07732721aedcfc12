// What is told to the cluster, in tables: snapshots in, Events and the condition out, in virtual time.
#include "kube/report_plan.h"

#include <gtest/gtest.h>

#include "tests/kube/values.h"

namespace {

using namespace values;
using kube::ClusterFacts;
using kube::Condition;
using kube::ConditionStatus;
using kube::PlannedReports;
using Texts = std::vector<std::string>;

/// A series of snapshots as the reporter sees it.
class Watcher {
 public:
  Texts see(const StatusPtr& status, base::Duration after = 0s) {
    now_ += after;
    status_ = status;
    return plan();
  }
  Texts wait(base::Duration time) {
    now_ += time;
    return plan();
  }
  /// The Events of all plans until `limit`, woken when the plan asks for it.
  Texts wait_and_wake(base::Duration limit) {
    Texts out;
    const base::TimePoint end = now_ + limit;
    for (int plans = 0; last.wake_at <= end; ++plans) {
      EXPECT_LT(plans, 100) << "no busy loop";
      now_ = std::max(now_, last.wake_at);
      for (std::string& text : plan()) out.push_back(std::move(text));
    }
    now_ = end;
    return out;
  }
  std::string condition() const { return std::string(to_string(last.condition.status)) + " " + last.condition.reason; }

  ClusterFacts facts{};
  kube::ReportPlan last{};

 private:
  Texts plan() {
    PlannedReports planned = kube::plan_reports(std::move(memory_), status_, facts, {}, now_);
    memory_ = std::move(planned.memory);
    last = std::move(planned.plan);
    Texts out;
    for (const kube::Event& event : last.events) out.push_back(std::string(to_string(event.reason)) + ": " + event.note);
    return out;
  }
  kube::ReportMemory memory_{};
  StatusPtr status_{};
  base::TimePoint now_{kNow};
};

/// Two subsystems, two portals, one service.
Status healthy() {
  Status s = quiet();
  add_endpoint(s, "10.0.0.1");
  for (const char* ip : {"10.0.0.1", "10.0.0.2"}) {
    for (const char* nqn : {"nqn.a", "nqn.b"}) add_path(s, nqn, ip);
  }
  return s;
}

reconcile::PathStatus& path_of(Status& s, const std::string& nqn, const std::string& ip) {
  return *std::ranges::find_if(s.paths, [&](const auto& p) { return p.path->subnqn == nqn && p.path->transport == portal(ip, 4420); });
}

TEST(ReportPlan, NothingIsToldWhenAllIsWell) {
  Watcher w;
  EXPECT_EQ(w.see(published(healthy())), Texts{});
  EXPECT_EQ(w.condition(), "False AllPathsLive");
  EXPECT_EQ(w.last.condition.message, "4 paths live, 1 discovery service connected");
  EXPECT_TRUE(w.last.ready);
  EXPECT_EQ(w.last.wake_at, base::kNever);
  EXPECT_EQ(w.see(published(quiet())), Texts{});
  EXPECT_EQ(w.condition(), "False NothingConfigured");
}

TEST(ReportPlan, BeforeTheFirstSyncOnlyUnknownIsSaid) {
  Watcher w;
  EXPECT_EQ(w.see(nullptr), Texts{});
  EXPECT_EQ(w.condition(), "Unknown NotSynced");
  EXPECT_FALSE(w.last.ready);
  Status s = healthy();
  s.synced = false;
  s.not_ready = "discovery service 10.0.0.1:8009 has not answered yet";
  for (auto& p : s.paths) p.state = PathState::kMissing;
  EXPECT_EQ(w.see(published(s), 1h), Texts{});
  EXPECT_EQ(w.condition(), "Unknown NotSynced");
  EXPECT_EQ(w.last.condition.message, s.not_ready);
  EXPECT_FALSE(w.last.ready);
}

TEST(ReportPlan, APortalThatDiesIsOneEventAfterItSettled) {
  Watcher w;
  w.see(published(healthy()));
  Status s = healthy();
  path_of(s, "nqn.a", "10.0.0.2").state = PathState::kConnecting;
  EXPECT_EQ(w.see(published(s), 1s), Texts{});
  EXPECT_EQ(w.condition(), "False AllPathsLive") << "a blip is no news";
  path_of(s, "nqn.b", "10.0.0.2").state = PathState::kConnecting;  // its neighbour, a second later
  EXPECT_EQ(w.see(published(s), 1s), Texts{});
  EXPECT_EQ(w.wait_and_wake(10s), Texts{"PathLost: 2 paths through 10.0.0.2:4420 are down: nqn.a, nqn.b: connecting"});
  EXPECT_EQ(w.condition(), "True PathsDown");
  EXPECT_EQ(w.last.condition.message, "2 of 4 paths down: nqn.a at 10.0.0.2:4420, nqn.b at 10.0.0.2:4420: connecting");
  EXPECT_EQ(w.wait(1h), Texts{}) << "told once";

  EXPECT_EQ(w.see(published(healthy())), Texts{});
  EXPECT_EQ(w.condition(), "False AllPathsLive");
  EXPECT_EQ(w.wait_and_wake(10s), Texts{"PathRecovered: 2 paths through 10.0.0.2:4420 are live again: nqn.a, nqn.b"});
  EXPECT_EQ(w.wait(1h), Texts{});
}

TEST(ReportPlan, ABlipIsNeverTold) {
  Watcher w;
  w.see(published(healthy()));
  Status s = healthy();
  path_of(s, "nqn.a", "10.0.0.2").state = PathState::kResetting;
  w.see(published(s), 1s);
  EXPECT_EQ(w.see(published(healthy()), 1s), Texts{});
  EXPECT_EQ(w.wait_and_wake(1h), Texts{});
}

TEST(ReportPlan, ANewPathHasTimeToConnectAndTheConditionKeepsItsWord) {
  Watcher w;
  w.see(published(healthy()));
  Status s = healthy();
  auto& fresh = add_path(s, "nqn.c", "10.0.0.3", PathState::kMissing);
  fails(fresh.attempt, base::ErrorKind::kRefused, "connect to 10.0.0.3:4420: connection refused");
  EXPECT_EQ(w.see(published(s), 1s), Texts{});
  EXPECT_EQ(w.wait(29s), Texts{});
  EXPECT_EQ(w.condition(), "False AllPathsLive");
  EXPECT_EQ(w.wait(1s), Texts{"PathLost: 1 path through 10.0.0.3:4420 is not connected: nqn.c: connect to 10.0.0.3:4420: connection refused"});
  EXPECT_EQ(w.condition(), "True SubsystemUnreachable");
}

TEST(ReportPlan, FirstConnectsAreNeitherGoodNorBad) {
  Watcher w;
  Status s = quiet();
  add_endpoint(s, "10.0.0.1");
  add_path(s, "nqn.a", "10.0.0.1", PathState::kMissing);
  w.see(published(s));
  EXPECT_EQ(w.condition(), "Unknown Connecting");
  s.paths[0].state = PathState::kLive;
  w.see(published(s), 1s);
  EXPECT_EQ(w.condition(), "False AllPathsLive");
}

TEST(ReportPlan, NoPathLeftIsWorseThanOnePathDown) {
  Watcher w;
  w.see(published(healthy()));
  Status s = healthy();
  path_of(s, "nqn.a", "10.0.0.1").state = PathState::kConnecting;
  path_of(s, "nqn.a", "10.0.0.2").state = PathState::kConnecting;
  w.see(published(s));
  EXPECT_EQ(w.wait_and_wake(5s).size(), 2u) << "one for each portal";
  EXPECT_EQ(w.condition(), "True SubsystemUnreachable");
  EXPECT_TRUE(w.last.condition.message.starts_with("no path to nqn.a; 2 of 4 paths down")) << w.last.condition.message;
}

TEST(ReportPlan, APathThatNobodyListsAnyMoreIsForgotten) {
  Watcher w;
  w.see(published(healthy()));
  Status s = healthy();
  path_of(s, "nqn.a", "10.0.0.2").state = PathState::kConnecting;
  w.see(published(s));
  w.wait_and_wake(5s);
  s.paths.erase(std::ranges::find(s.paths, PathState::kConnecting, &reconcile::PathStatus::state));
  EXPECT_EQ(w.see(published(s)), Texts{});
  EXPECT_EQ(w.condition(), "False AllPathsLive");
}

TEST(ReportPlan, AThousandPathsAreFewEvents) {
  Watcher w;
  Status s = quiet();
  for (int i = 0; i < 1000; ++i) add_path(s, "nqn." + std::to_string(10000 + i), "10.0.0." + std::to_string(1 + i % 2));
  w.see(published(s));
  for (auto& p : s.paths) p.state = PathState::kConnecting;
  w.see(published(s));
  const Texts told = w.wait_and_wake(1min);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0], "PathLost: 500 paths through 10.0.0.1:4420 are down: nqn.10000, nqn.10002, nqn.10004 and 497 more: connecting");
}

struct EndpointCase {
  const char* name;
  base::ErrorKind kind;
  const char* expected;
};
class EndpointEvents : public testing::TestWithParam<EndpointCase> {};
TEST_P(EndpointEvents, SayWhetherSomebodyAnswered) {
  Watcher w;
  Status s = quiet();
  fails(add_endpoint(s, "10.0.0.1", SessionPhase::kDown).attempt, GetParam().kind, "why");
  EXPECT_EQ(w.see(published(s)), Texts{});
  EXPECT_EQ(w.wait_and_wake(1min), Texts{GetParam().expected});
  EXPECT_EQ(w.condition(), "True EndpointsDown");
  s.endpoints[0].phase = SessionPhase::kUp;
  w.see(published(s));
  EXPECT_EQ(w.wait_and_wake(1min), Texts{"EndpointRecovered: discovery service 10.0.0.1:8009 is connected again"});
}
INSTANTIATE_TEST_SUITE_P(
    Kinds, EndpointEvents,
    testing::Values(EndpointCase{"refused", base::ErrorKind::kRefused, "EndpointRefused: discovery service 10.0.0.1:8009 refuses us: why"},
                    EndpointCase{"denied", base::ErrorKind::kDenied, "EndpointRefused: discovery service 10.0.0.1:8009 refuses us: why"},
                    EndpointCase{"status", base::ErrorKind::kStatus, "EndpointRefused: discovery service 10.0.0.1:8009 refuses us: why"},
                    EndpointCase{"timeout", base::ErrorKind::kTimeout, "EndpointUnreachable: discovery service 10.0.0.1:8009 does not answer: why"},
                    EndpointCase{"closed", base::ErrorKind::kClosed, "EndpointUnreachable: discovery service 10.0.0.1:8009 does not answer: why"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ReportPlan, ReasonsThatTakeTurnsAreToldOnceEach) {
  Watcher w;
  Status s = quiet();
  auto& endpoint = add_endpoint(s, "10.0.0.1", SessionPhase::kDown);
  std::size_t told = 0;
  for (int i = 0; i < 100; ++i) {
    fails(endpoint.attempt, i % 2 == 0 ? base::ErrorKind::kRefused : base::ErrorKind::kTimeout, "why " + std::to_string(i));
    told += w.see(published(s), 10s).size();
  }
  EXPECT_EQ(told, 2u);
}

TEST(ReportPlan, AHoldOfOurOwnIsToldAndARetiredServiceIsNot) {
  Watcher w;
  Status s = quiet();
  add_endpoint(s, "10.0.0.1", SessionPhase::kDown).hold = reconcile::Hold{reconcile::HoldReason::kNeedsTls, base::kNever, "discovery over TLS is not supported yet"};
  auto& retired = add_endpoint(s, "10.0.0.2", SessionPhase::kDown);
  retired.retired = true;
  fails(retired.attempt, base::ErrorKind::kTimeout, "gone");
  w.see(published(s));
  EXPECT_EQ(w.wait_and_wake(1min), Texts{"EndpointRefused: discovery service 10.0.0.1:8009 refuses us: discovery over TLS is not supported yet"});
  EXPECT_EQ(w.last.condition.message, "1 of 1 discovery services down: 10.0.0.1:8009: discovery over TLS is not supported yet");
}

TEST(ReportPlan, AServiceThatStandsByOrIsHeldIsNoOutage) {
  Status s = quiet();
  add_endpoint(s, "10.0.0.1");
  for (const auto reason : {reconcile::HoldReason::kStandby, reconcile::HoldReason::kSelection}) {
    add_endpoint(s, "10.0.0.2");
    s.endpoints.back().phase = reconcile::SessionPhase::kDown;
    s.endpoints.back().hold = reconcile::Hold{.reason = reason};
    const kube::PlannedReports planned = kube::plan_reports({}, published(s), {}, {}, s.now);
    EXPECT_EQ(planned.plan.condition.reason, "AllPathsLive");
    s.endpoints.pop_back();
  }
}

TEST(ReportPlan, ManyServicesAtOnceAreOneEvent) {
  Watcher w;
  Status s = quiet();
  for (int i = 1; i <= 20; ++i) fails(add_endpoint(s, "10.0.1." + std::to_string(i), SessionPhase::kDown).attempt, base::ErrorKind::kTimeout, "why");
  w.see(published(s));
  const Texts told = w.wait_and_wake(1min);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0], "EndpointUnreachable: 20 discovery services do not answer: 10.0.1.1:8009, 10.0.1.2:8009, 10.0.1.3:8009 and 17 more: why");
}

TEST(ReportPlan, BadLinesNameTheirPlaceAndAreRepeatedBeforeTheirEventExpires) {
  Watcher w;
  Status s = quiet();
  s.diagnostics = {{{"a.conf", 3, 5}, config::Severity::kError, "no such flag"},
                   {{"a.conf", 4, 1}, config::Severity::kError, "no address"},
                   {{"b.conf", 1, 0}, config::Severity::kWarning, "odd"}};
  const std::string said = "BadConfiguration: a.conf:3:5: error: no such flag (and 1 more error)";
  EXPECT_EQ(w.see(published(s)), Texts{said});
  EXPECT_EQ(w.wait_and_wake(30min), Texts{});
  EXPECT_EQ(w.wait_and_wake(30min), Texts{said});
  s.diagnostics.clear();
  EXPECT_EQ(w.see(published(s)), Texts{});
  EXPECT_EQ(w.wait_and_wake(2h), Texts{});
}

TEST(ReportPlan, EntriesThatAreNotUsedAreNamed) {
  Watcher w;
  Status s = quiet();
  const reconcile::EndpointId service{portal("10.0.0.1", 8009), kHostNqn, "c"};
  s.refused = {{service, 4, base::Error{base::ErrorKind::kInvalid, "traddr: not an address"}}, {service, 7, {}}};
  EXPECT_EQ(w.see(published(s)), Texts{"EntryRefused: 2 entries of discovery service 10.0.0.1:8009 are not used; entry 4: traddr: not an address"});
  EXPECT_EQ(w.wait(1s), Texts{});
}

TEST(ReportPlan, APurgeIsNotARecovery) {
  Watcher w;
  w.see(published(healthy()));
  Status s = healthy();
  s.subsystems = {{"nqn.a", kHostNqn, 0, 0, true}};
  const Texts told = w.see(published(s));
  ASSERT_EQ(told.size(), 1u);
  EXPECT_TRUE(told[0].starts_with("SubsystemPurged: the kernel gave up the last path to nqn.a")) << told[0];
  EXPECT_EQ(w.condition(), "True SubsystemPurged") << "although every path is live again";
  EXPECT_EQ(w.wait(1s), Texts{});
}

TEST(ReportPlan, TheSameHostNqnOnTwoNodesIsSaidLoudlyAndAgain) {
  Watcher w;
  w.see(published(healthy()));
  w.facts.conflicting_node = "worker-2";
  EXPECT_EQ(w.wait(1s), Texts{"HostNQNConflict: " + kube::host_nqn_conflict_text("worker-2")});
  EXPECT_EQ(w.condition(), "True HostNQNConflict");
  EXPECT_NE(w.last.condition.message.find("worker-2"), std::string::npos);
  EXPECT_EQ(w.wait_and_wake(1h).size(), 1u);
  w.facts.conflicting_node.clear();
  EXPECT_EQ(w.wait(1s), Texts{});
  EXPECT_EQ(w.condition(), "False AllPathsLive");
}

TEST(ReportPlan, WithoutTheModuleTheTaintStays) {
  Watcher w;
  Status s = healthy();
  s.not_ready = "no /dev/nvme-fabrics";
  w.see(published(s));
  EXPECT_FALSE(w.last.ready);
  EXPECT_EQ(w.condition(), "True NoFabrics");
  s = quiet();
  s.not_ready = "no /dev/nvme-fabrics";
  w.see(published(s));
  EXPECT_EQ(w.condition(), "Unknown NoFabrics") << "nothing is wanted of it here";
}

}  // namespace
