// The reporter's loop against a cluster in memory, in virtual time: what arrives there, how often it is asked when it
// does not answer, and what is said in the log.
#include <gtest/gtest.h>

#include "kube/reporter.h"
#include "tests/fakes/kube/fake_cluster.h"
#include "tests/kube/values.h"

namespace {

using namespace values;
using fakes::FakeCluster;
using Texts = std::vector<std::string>;

constexpr const char* kGetNode = "GET /api/v1/nodes/worker-1";
constexpr const char* kPatchStatus = "PATCH /api/v1/nodes/worker-1/status";
constexpr const char* kPostEvent = "POST /apis/events.k8s.io/v1/namespaces/default/events";
constexpr const char* kPatchEvent = "PATCH /apis/events.k8s.io/v1/namespaces/default/events/";
constexpr const char* kList = "GET /api/v1/nodes";

/// The fake cluster without a network between, or with a broken one.
class MemoryApi final : public kube::Api {
 public:
  explicit MemoryApi(FakeCluster& cluster) : cluster_(cluster) {}

  kube::Answer send(const kube::Request& request) override {
    ++calls;
    if (broken) return {base::Failure(*broken), {}};
    fakes::ApiRequest in;
    in.method = std::string(to_string(request.verb));
    const std::size_t question = request.path.find('?');
    in.path = decoded(request.path.substr(0, question));
    if (question != std::string::npos) split(request.path.substr(question + 1), in.query);
    in.content_type = std::string(request.content_type);
    in.accept = std::string(request.accept);
    in.body = request.body;
    const fakes::ApiReply reply = cluster_.serve(in);
    if (reply.status < 300) return {reply.body, {}};
    return {base::Failure(kube::api_error(request, reply.status, reply.body)), std::chrono::seconds(reply.retry_after)};
  }

  int calls{0};
  std::optional<base::Error> broken{};

 private:
  static std::string decoded(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') out += text[i];
      else out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)), i += 2;
    }
    return out;
  }
  static void split(const std::string& query, std::map<std::string, std::string>& out) {
    std::size_t at = 0;
    while (at < query.size()) {
      const std::size_t end = std::min(query.find('&', at), query.size());
      const std::size_t equals = query.find('=', at);
      out[query.substr(at, equals - at)] = decoded(query.substr(equals + 1, end - equals - 1));
      at = end + 1;
    }
  }
  FakeCluster& cluster_;
};

class ReportLoop : public testing::Test {
 protected:
  static kube::OutboxSettings settings() {
    kube::OutboxSettings out;
    out.node = "worker-1";
    return out;
  }
  void start(kube::OutboxSettings given = settings()) {
    kube::ReporterOptions options;
    options.outbox = std::move(given);
    options.seed = 7;
    options.clock = [this] { return kube::Moment{now, kWall + std::chrono::duration_cast<std::chrono::milliseconds>(now - kNow)}; };
    options.on_labels = [this](const auto& labels) { labels_seen.push_back(labels); };
    options.on_no_labels = [this](const std::string& why) { no_labels.push_back(why); };
    options.on_note = [this](const kube::Note& note) {
      notes.push_back(note);
      std::string text = note.message;
      for (const auto& [key, value] : note.fields) text += " " + key + "=" + value;
      if (note.level == kube::Note::Level::kWarning) warnings.push_back(std::move(text));
    };
    loop = std::make_unique<kube::ReportLoop>(api, std::move(options));
  }
  void see(const StatusPtr& status) { loop->see(status); }
  /// Steps until nothing is due before `limit` from now; the clock is there then.
  void run(base::Duration limit) {
    const base::TimePoint end = now + limit;
    for (int steps = 0;; ++steps) {
      ASSERT_LT(steps, 5000) << "a busy loop";
      const base::TimePoint again = loop->step();
      if (again > end) break;
      now = std::max(now, again);
    }
    now = end;
  }
  std::string condition() const {
    const nlohmann::json its = cluster.condition("worker-1");
    return its.is_null() ? "none" : its["status"].get<std::string>() + " " + its["reason"].get<std::string>();
  }
  std::string member(const char* key) const { return cluster.condition("worker-1")[key].get<std::string>(); }

  base::TimePoint now{kNow};
  FakeCluster cluster{"worker-1"};
  MemoryApi api{cluster};
  std::unique_ptr<kube::ReportLoop> loop{};
  std::vector<std::map<std::string, std::string>> labels_seen{};
  Texts no_labels{};
  std::vector<kube::Note> notes{};
  Texts warnings{};
};

Status one_path(PathState state = PathState::kLive) {
  Status s = quiet();
  add_endpoint(s, "10.0.0.1");
  add_path(s, "nqn.a", "10.0.0.1", state);
  return s;
}

TEST_F(ReportLoop, AHealthyNodeGetsALabelAndAConditionAndNothingElse) {
  start();
  see(published(one_path()));
  run(1s);
  EXPECT_EQ(condition(), "False AllPathsLive");
  EXPECT_EQ(cluster.node("worker-1")["metadata"]["labels"]["discovery-client/hostnqn-hash"], kube::hostnqn_hash(kHostNqn));
  EXPECT_EQ(cluster.node("worker-1")["status"]["conditions"][0]["type"], "Ready") << "kubelet's own stays";
  EXPECT_EQ(cluster.event_lines(), Texts{});
  EXPECT_EQ(api.calls, 4) << "node, condition, label, list";
  ASSERT_EQ(labels_seen.size(), 1u);
  EXPECT_EQ(labels_seen[0].at("kubernetes.io/hostname"), "worker-1");
  EXPECT_EQ(warnings, Texts{});
}

TEST_F(ReportLoop, NothingIsSentThatIsSwitchedOff) {
  kube::OutboxSettings off = settings();
  off.events = off.condition = off.startup_taint = off.hostnqn_check = off.labels = false;
  start(off);
  Status s = one_path(PathState::kMissing);
  s.diagnostics = {{{"a.conf", 1, 1}, config::Severity::kError, "x"}};
  see(published(s));
  run(2h);
  EXPECT_EQ(api.calls, 0);
}

TEST_F(ReportLoop, APathLostAndBackIsTwoEventsAndTwoTransitions) {
  start();
  see(published(one_path()));
  run(10min);
  const std::string since = member("lastTransitionTime");
  see(published(one_path(PathState::kConnecting)));
  run(1min);
  EXPECT_EQ(condition(), "True SubsystemUnreachable");
  EXPECT_NE(member("lastTransitionTime"), since);
  see(published(one_path()));
  run(1min);
  EXPECT_EQ(condition(), "False AllPathsLive");
  EXPECT_EQ(cluster.event_lines(), (Texts{"PathLost: 1 path through 10.0.0.1:4420 is down: nqn.a: connecting",
                                          "PathRecovered: 1 path through 10.0.0.1:4420 is live again: nqn.a"}));
}

TEST_F(ReportLoop, TheHeartbeatMovesEveryFiveMinutesAndTheTransitionDoesNot) {
  start();
  see(published(one_path()));
  run(1s);
  const std::string since = member("lastTransitionTime");
  run(1h);
  const int patches = cluster.count(kPatchStatus);
  EXPECT_GE(patches, 11);
  EXPECT_LE(patches, 15);
  EXPECT_EQ(member("lastTransitionTime"), since);
  EXPECT_NE(member("lastHeartbeatTime"), since);
}

TEST_F(ReportLoop, ARestartKeepsTheTransitionTimeThatTheNodeHas) {
  cluster.edit("worker-1", [](nlohmann::json& node) {
    node["status"]["conditions"].push_back({{"type", "NVMeFabricDegraded"}, {"status", "False"}, {"lastTransitionTime", "2026-01-01T00:00:00Z"}});
  });
  start();
  see(published(one_path()));
  run(1s);
  EXPECT_EQ(member("lastTransitionTime"), "2026-01-01T00:00:00Z");
}

TEST_F(ReportLoop, ANodeThatIsMadeAnewGetsEverythingAgain) {
  start();
  see(published(one_path()));
  run(1min);
  cluster.add_node("worker-1", {{"zone", "b"}});
  run(10min);
  EXPECT_EQ(condition(), "False AllPathsLive");
  EXPECT_TRUE(cluster.node("worker-1")["metadata"]["labels"].contains("discovery-client/hostnqn-hash"));
  ASSERT_GE(labels_seen.size(), 2u);
  EXPECT_EQ(labels_seen[1].at("zone"), "b");
}

TEST_F(ReportLoop, TheSameEventAgainIsASeries) {
  start();
  see(published(one_path()));
  run(1s);
  for (int i = 0; i < 3; ++i) {
    see(published(one_path(PathState::kConnecting)));
    run(1min);
    see(published(one_path()));
    run(1min);
  }
  EXPECT_EQ(cluster.event_lines(), (Texts{"PathLost: 1 path through 10.0.0.1:4420 is down: nqn.a: connecting x3",
                                          "PathRecovered: 1 path through 10.0.0.1:4420 is live again: nqn.a x3"}));
  EXPECT_EQ(cluster.count(kPostEvent), 2);
}

TEST_F(ReportLoop, ASeriesThatTheApiForgotBeginsAnew) {
  start();
  Status s = one_path();
  s.diagnostics = {{{"a.conf", 1, 1}, config::Severity::kError, "x"}};
  see(published(s));
  run(1min);
  ASSERT_EQ(cluster.events().size(), 1u);
  cluster.forget_events();
  run(56min);
  EXPECT_EQ(cluster.count(kPatchEvent), 1) << "it was tried as a series";
  EXPECT_EQ(cluster.events().size(), 1u) << "and is a new Event then";
}

TEST_F(ReportLoop, AFlappingPathIsLimitedAsClientGoLimitsIt) {
  start();
  see(published(one_path()));
  run(1s);
  for (int i = 0; i < 500; ++i) {  // some 100 minutes
    see(published(one_path(PathState::kConnecting)));
    run(6s);
    see(published(one_path()));
    run(6s);
  }
  const int sent = cluster.count(kPostEvent) + cluster.count(kPatchEvent);
  EXPECT_LE(sent, 25 + 100 / 5 + 1);
  EXPECT_GE(sent, 25);
  EXPECT_LE(api.calls, 20 + 100 * 10 + 10) << "the limit of all calls";
  EXPECT_EQ(warnings, Texts{});
}

TEST_F(ReportLoop, AnApiThatIsGoneIsAskedRarelyAndNothingPilesUp) {
  start();
  api.broken = base::Error{base::ErrorKind::kRefused, "API server 10.96.0.1:443 can't be reached"};
  for (int minute = 0; minute < 120; ++minute) {
    Status s = one_path(minute % 2 == 0 ? PathState::kLive : PathState::kConnecting);
    s.diagnostics = {{{"a.conf", minute + 1, 1}, config::Severity::kError, "another one each minute"}};
    see(published(s));
    run(1min);
  }
  EXPECT_LE(api.calls, 7 + 120 * 60 / 80) << "1 s, 2 s, … 2 min, with jitter";
  EXPECT_GE(api.calls, 60);
  EXPECT_EQ(warnings.size(), 1u) << "said once";
  api.broken.reset();
  const int before = api.calls;
  see(published(one_path()));
  run(5min);
  EXPECT_EQ(condition(), "False AllPathsLive") << "the newest one";
  EXPECT_LE(cluster.events().size(), 20u) << "old news is dropped";
  EXPECT_LE(api.calls - before, 20 + 50);
  ASSERT_FALSE(cluster.events().empty());
}

TEST_F(ReportLoop, WhatHappenedMeanwhileKeepsItsTime) {
  start();
  see(published(one_path()));
  run(1s);
  api.broken = base::Error{base::ErrorKind::kTimeout, "no answer"};
  Status s = one_path();
  s.diagnostics = {{{"a.conf", 1, 1}, config::Severity::kError, "x"}};
  see(published(s));
  run(5min);
  api.broken.reset();
  run(5min);
  ASSERT_EQ(cluster.events().size(), 1u);
  EXPECT_EQ(cluster.events()[0]["eventTime"], "2026-11-22T00:00:01.000000Z");
}

TEST_F(ReportLoop, WhatRbacDeniesIsOffWithOneWarningAndAskedHourly) {
  cluster.fail("POST /apis/events.k8s.io", 403);
  start();
  for (int minute = 0; minute < 10 * 60; ++minute) {
    see(published(one_path(minute % 2 == 0 ? PathState::kLive : PathState::kConnecting)));
    run(1min);
  }
  EXPECT_GE(cluster.count(kPostEvent), 9);
  EXPECT_LE(cluster.count(kPostEvent), 12);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].starts_with("Kubernetes denies it; off, asked again every hour what=Events")) << warnings[0];
  EXPECT_NE(condition(), "none") << "the rest goes on";
  cluster.forgive();
  for (int minute = 0; minute < 90; ++minute) {
    see(published(one_path(minute % 2 == 0 ? PathState::kLive : PathState::kConnecting)));
    run(1min);
  }
  EXPECT_FALSE(cluster.events().empty());
}

TEST_F(ReportLoop, EverythingDeniedIsOneWarningAndQuiet) {
  for (const char* what : {"GET", "POST", "PATCH"}) cluster.fail(what, 403);
  start();
  Status s = one_path();
  s.diagnostics = {{{"a.conf", 1, 1}, config::Severity::kError, "x"}};
  see(published(s));
  run(24h);
  ASSERT_EQ(warnings.size(), 1u);
  for (const char* what : {"get nodes", "nodes/status", "label", "list nodes", "Events"}) EXPECT_NE(warnings[0].find(what), std::string::npos) << what;
  EXPECT_LE(api.calls, 5 * 28);
  EXPECT_EQ(labels_seen.size(), 0u) << "unknown is not empty";
}

TEST_F(ReportLoop, WhatIsDeniedLaterWithoutAnySuccessIsNoSecondWarning) {
  for (const char* what : {"GET", "POST", "PATCH"}) cluster.fail(what, 403);
  start();
  see(published(one_path()));
  run(1min);
  Status s = one_path();
  s.diagnostics = {{{"a.conf", 1, 1}, config::Severity::kError, "x"}};
  see(published(s));
  run(1min);
  EXPECT_EQ(warnings.size(), 1u);
  EXPECT_EQ(cluster.count("POST"), 1) << "the first Event was tried";
}

TEST_F(ReportLoop, WhyThereAreNoLabelsIsSaidOnceAndTheyMayStillCome) {
  api.broken = base::Error{base::ErrorKind::kRefused, "nobody listens there"};
  start();
  see(published(one_path()));
  run(10min);
  EXPECT_EQ(no_labels, Texts{"nobody listens there"});
  EXPECT_EQ(labels_seen.size(), 0u);
  api.broken.reset();
  run(10min);
  EXPECT_EQ(no_labels.size(), 1u);
  EXPECT_FALSE(labels_seen.empty());
}

TEST_F(ReportLoop, TooManyRequestsIsObeyed) {
  start();
  see(published(one_path()));
  cluster.fail("GET", 429, 1, 300);
  run(4min + 59s);
  EXPECT_EQ(api.calls, 1);
  run(2min);
  EXPECT_EQ(condition(), "False AllPathsLive");
}

class ServerTrouble : public ReportLoop, public testing::WithParamInterface<int> {};
TEST_P(ServerTrouble, OfOneResourceBacksOffAndEnds) {
  cluster.fail("POST", GetParam());
  start();
  Status s = one_path();
  s.diagnostics = {{{"a.conf", 1, 1}, config::Severity::kError, "x"}};
  see(published(s));
  run(10min);
  EXPECT_LE(cluster.count(kPostEvent), 30);
  EXPECT_GE(cluster.count(kPostEvent), 3);
  EXPECT_EQ(condition(), "False AllPathsLive");
  cluster.forgive();
  run(5min);
  EXPECT_EQ(cluster.events().size(), 1u);
}
INSTANTIATE_TEST_SUITE_P(Statuses, ServerTrouble, testing::Values(401, 409, 410, 429, 500, 503, 504));

TEST_F(ReportLoop, AnOlderServerGetsItsEventsInKubeSystem) {
  cluster.events_in_kube_system_only();
  start();
  see(published(one_path()));
  run(1s);
  for (int i = 0; i < 2; ++i) {
    see(published(one_path(PathState::kConnecting)));
    run(1min);
    see(published(one_path()));
    run(1min);
  }
  EXPECT_EQ(cluster.event_lines(), (Texts{"PathLost: 1 path through 10.0.0.1:4420 is down: nqn.a: connecting x2",
                                          "PathRecovered: 1 path through 10.0.0.1:4420 is live again: nqn.a x2"}));
  EXPECT_EQ(cluster.count(kPostEvent), 1) << "asked once";
  EXPECT_EQ(warnings, Texts{});
}

TEST_F(ReportLoop, AnEventThatTheApiNeverTakesIsDropped) {
  cluster.fail("POST", 422);
  start();
  Status s = one_path();
  s.diagnostics = {{{"a.conf", 1, 1}, config::Severity::kError, "x"}};
  see(published(s));
  run(30min);
  EXPECT_EQ(cluster.count(kPostEvent), 1);
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].starts_with("Kubernetes refuses an Event reason=BadConfiguration")) << warnings[0];
}

class StartupTaint : public ReportLoop {
 protected:
  StartupTaint() {
    cluster.edit("worker-1", [](nlohmann::json& node) {
      node["spec"]["taints"] = {taint("a"), taint("discovery-client/agent-not-ready"), taint("b")};
    });
  }
  static nlohmann::json taint(const std::string& key) { return {{"key", key}, {"effect", "NoSchedule"}}; }
  Texts taints() const {
    Texts out;
    const nlohmann::json node = cluster.node("worker-1");
    for (const auto& each : node["spec"]["taints"]) out.push_back(each["key"]);
    return out;
  }
};

TEST_F(StartupTaint, GoesAtTheFirstSyncAndNotBefore) {
  start();
  Status s = one_path();
  s.synced = false;
  see(published(s));
  run(1min);
  EXPECT_EQ(taints().size(), 3u);
  see(published(one_path()));
  run(1s);
  EXPECT_EQ(taints(), (Texts{"a", "b"}));
}

TEST_F(StartupTaint, ARaceLosesNothing) {
  int races = 3;
  cluster.before([&](const fakes::ApiRequest& request) {
    if (request.content_type != "application/json-patch+json" || races-- <= 0) return;
    cluster.edit("worker-1", [&](nlohmann::json& node) {
      auto& all = node["spec"]["taints"];
      all.insert(all.begin(), taint("new-" + std::to_string(races)));
    });
  });
  start();
  see(published(one_path()));
  run(1min);
  EXPECT_EQ(taints(), (Texts{"new-0", "new-1", "new-2", "a", "b"}));
  EXPECT_EQ(warnings, Texts{});
}

TEST_F(StartupTaint, AConflictIsTriedAgain) {
  cluster.fail("PATCH /api/v1/nodes/worker-1", 409, 2);
  start();
  see(published(one_path()));
  run(1min);
  EXPECT_EQ(taints(), (Texts{"a", "b"}));
}

TEST_F(ReportLoop, TheLaterOfTwoNodesWithOneHostNqnNoticesAtOnce) {
  cluster.add_node("worker-2", {{"discovery-client/hostnqn-hash", kube::hostnqn_hash(kHostNqn)}});
  start();
  see(published(one_path()));
  run(10s);
  EXPECT_EQ(condition(), "True HostNQNConflict");
  EXPECT_EQ(cluster.event_lines(), Texts{"HostNQNConflict: " + kube::host_nqn_conflict_text("worker-2")});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_EQ(warnings[0], "another node has our host NQN: that corrupts data node=worker-2");

  cluster.add_node("worker-2", {{"discovery-client/hostnqn-hash", "somethingelse"}});
  run(10min);
  EXPECT_EQ(condition(), "False AllPathsLive") << "looked at more often while it lasts";
}

TEST_F(ReportLoop, TheEarlierOneNoticesWithinTheHour) {
  start();
  see(published(one_path()));
  run(10s);
  EXPECT_EQ(condition(), "False AllPathsLive");
  cluster.add_node("worker-2", {{"discovery-client/hostnqn-hash", kube::hostnqn_hash(kHostNqn)}});
  run(73min);
  EXPECT_EQ(condition(), "True HostNQNConflict");
}

TEST_F(ReportLoop, TheListIsAskedHourly) {
  start();
  see(published(one_path()));
  run(24h);
  const int lists = cluster.count(kList) - cluster.count(kGetNode);
  EXPECT_GE(lists, 20);
  EXPECT_LE(lists, 31);
}

TEST_F(ReportLoop, ALabelThatMayNotBeWrittenDoesNotKeepUsFromLooking) {
  cluster.fail("PATCH /api/v1/nodes/worker-1", 403);
  cluster.add_node("worker-2", {{"discovery-client/hostnqn-hash", kube::hostnqn_hash(kHostNqn)}});
  start();
  see(published(one_path()));
  run(1min);
  EXPECT_EQ(cluster.event_lines().size(), 1u);
}

TEST_F(ReportLoop, AMessageThatChangesAllTheTimeIsNoStorm) {
  start();
  Status s = quiet();
  auto& endpoint = add_endpoint(s, "10.0.0.1", SessionPhase::kDown);
  for (int second = 0; second < 600; ++second) {
    fails(endpoint.attempt, base::ErrorKind::kTimeout, "try " + std::to_string(second));
    see(published(s));
    run(1s);
  }
  EXPECT_LE(cluster.count(kPatchStatus), 600 / 30 + 3);
}

TEST_F(ReportLoop, AnAnswerThatIsNoNodeIsNoCrash) {
  cluster.edit("worker-1", [](nlohmann::json& node) { node["metadata"]["name"] = 7; });
  start();
  see(published(one_path()));
  run(1min);
  EXPECT_EQ(warnings.size(), 1u);
}

}  // namespace
