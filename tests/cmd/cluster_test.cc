// serve in a pod, as far as the program can tell: a service account, an API server over TLS, a discovery service, and a
// sysfs with one controller. What the cluster is told, and that nothing of the agent's work waits for it.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <csignal>
#include <future>
#include <map>

#include "kube/objects.h"
#include "tests/cmd/host.h"
#include "tests/fakes/kube/fake_api_server.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using cmd_test::Child;
using cmd_test::Finished;
using cmd_test::kPatience;
using cmd_test::run;
using Json = nlohmann::json;

constexpr const char* kHostNqn = "nqn.2014-08.org.example:host1";
constexpr const char* kTaint = R"([{"key":"a","effect":"NoSchedule"},{"key":"discovery-client/agent-not-ready","effect":"NoSchedule"}])";

class InACluster : public testing::Test {
 protected:
  InACluster() {
    host.folder.write("nvme/hostnqn", std::string(kHostNqn) + "\n");
    host.folder.write("nvme/hostid", "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11\n");
    host.folder.write("dev/nvme-fabrics", "instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,hostnqn=%s,hostid=%s\n");
    host.folder.write("discovery.d/a.conf", service.line());
    service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a"), target::self("127.0.0.1", service.target->port())});
    controller("live");
  }

  void controller(const std::string& state) {
    const std::string at = "sys/class/nvme/nvme0/";
    for (const auto& [name, value] : {std::pair{"transport", "tcp"}, {"address", "traddr=127.0.0.1,trsvcid=4420"}, {"subsysnqn", "nqn.a"},
                                      {"hostnqn", kHostNqn}, {"hostid", "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11"}, {"cntrltype", "io"}}) {
      host.folder.write(at + name, std::string(value) + "\n");
    }
    host.folder.write("sys/state.new", state + "\n");
    std::filesystem::rename(host.folder / "sys/state.new", host.folder / (at + "state"));
  }

  std::vector<std::string> environment(int port) const {
    return {"KUBERNETES_SERVICE_HOST=127.0.0.1", "KUBERNETES_SERVICE_PORT=" + std::to_string(port), "NODE_NAME=worker-1",
            "DC_KUBERNETES_SERVICEACCOUNTDIR=" + api.account().path(), "DC_KUBERNETES_STARTUPTAINT=true", "DC_RESYNCINTERVAL=1s"};
  }
  Child agent() const { return Child({"serve", "--config", host.yaml()}, environment(api.port())); }

  static bool becomes(const std::function<bool()>& fine) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!fine()) {
      if (std::chrono::steady_clock::now() > end) return false;
      ::poll(nullptr, 0, 5);  // looking again is how one waits for another process
    }
    return true;
  }
  bool condition_is(const std::string& status, const std::string& reason) const {
    return becomes([&] {
      const Json condition = cluster.condition("worker-1");
      return condition.is_object() && condition["status"] == status && condition["reason"] == reason;
    });
  }
  /// Until an Event's "Reason: note" holds all of these.
  bool event(const std::vector<std::string>& words) const {
    return becomes([&] {
      const std::vector<std::string> lines = cluster.event_lines();
      return std::ranges::any_of(lines, [&](const std::string& line) {
        return std::ranges::all_of(words, [&](const std::string& word) { return line.find(word) != std::string::npos; });
      });
    });
  }
  /// The agent's own work is done, whatever the API says.
  bool path_is_live() const {
    return host.status_becomes([](const Json& j) {
      return j.value("/paths/0/state"_json_pointer, "") == "live" && j.value("/endpoints/0/session"_json_pointer, "") == "up";
    });
  }
  static int warnings(const std::string& log) {
    int count = 0;
    for (std::size_t at = log.find(" Kubernetes"); at != std::string::npos; at = log.find(" Kubernetes", at + 1)) {
      const std::size_t line = log.rfind('\n', at) + 1;  // of npos: 0
      count += log.substr(line, at - line).find(" warn") != std::string::npos ? 1 : 0;
    }
    return count;
  }

  fakes::FakeCluster cluster{"worker-1"};
  fakes::FakeApiServer api{cluster};
  cmd_test::Host host{};
  cmd_test::Service service{};
};

TEST_F(InACluster, TheNodeIsToldHowItsStorageIs) {
  cluster.edit("worker-1", [](Json& node) { node["spec"]["taints"] = Json::parse(kTaint); });
  host.folder.write("discovery.d/b.conf", "# two lines\n-t tcp\n");
  Child child = agent();
  ASSERT_TRUE(condition_is("False", "AllPathsLive")) << child.err() << cluster.condition("worker-1");
  ASSERT_TRUE(becomes([&] { return cluster.node("worker-1")["spec"]["taints"].size() == 1; })) << "the startup taint goes, the other stays";
  EXPECT_EQ(cluster.node("worker-1")["spec"]["taints"][0]["key"], "a");
  EXPECT_TRUE(event({"BadConfiguration: ", "discovery.d/b.conf:2:1: error: "}));
  EXPECT_TRUE(becomes([&] { return cluster.node("worker-1")["metadata"]["labels"].contains(kube::kHostNqnLabel); }));
  EXPECT_EQ(cluster.node("worker-1")["metadata"]["labels"][std::string(kube::kHostNqnLabel)], kube::hostnqn_hash(kHostNqn));
  EXPECT_TRUE(becomes([&] { return cluster.count("GET /api/v1/nodes") > cluster.count("GET /api/v1/nodes/"); })) << "LIST by the label";

  controller("connecting");
  EXPECT_TRUE(event({"PathLost: ", "127.0.0.1:4420", "nqn.a"})) << child.err();
  EXPECT_TRUE(condition_is("True", "SubsystemUnreachable"));
  controller("live");
  EXPECT_TRUE(event({"PathRecovered: ", "127.0.0.1:4420", "nqn.a"})) << child.err();
  EXPECT_TRUE(condition_is("False", "AllPathsLive"));
  for (const Json& event : cluster.events()) EXPECT_EQ(event["regarding"]["name"], "worker-1");
}

TEST_F(InACluster, AServiceThatRefusesIsToldWithItsReason) {
  target::Misbehaviour refuses;
  refuses.rules.push_back({.when = target::on_connect(), .deed = {.status = target::kStatusInvalidHost}});
  service.target->set_misbehaviour(refuses);
  Child child = agent();
  EXPECT_TRUE(event({"EndpointRefused: ", "127.0.0.1:" + service.port(), "refuses us: "})) << child.err();
  EXPECT_TRUE(condition_is("True", "EndpointsDown"));
}

TEST_F(InACluster, AnotherNodeWithThisHostNqnIsSaidLoudly) {
  cluster.add_node("worker-2", {{std::string(kube::kHostNqnLabel), kube::hostnqn_hash(kHostNqn)}});
  Child child = agent();
  EXPECT_TRUE(event({"HostNQNConflict: ", "worker-2"})) << child.err();
  EXPECT_TRUE(condition_is("True", "HostNQNConflict"));
  EXPECT_TRUE(child.says("another node has our host NQN", kPatience));
}

TEST_F(InACluster, LinesAreForTheNodesThatHaveTheirLabels) {
  cluster.edit("worker-1", [](Json& node) { node["metadata"]["labels"]["zone"] = "a"; });
  host.folder.write("discovery.d/a.conf", "# only: zone=b\n-t tcp -a 127.0.0.2 -s " + service.port() + "\n# only: zone=a\n" + service.line());
  host.folder.write("discovery.d/b.conf", "-a 127.0.0.1 -n ${NODE_NAME}-${NODE}\n");
  Child child = agent();
  ASSERT_TRUE(path_is_live()) << child.err();
  const Json status = Json::parse(host.get("/status").body);
  EXPECT_EQ(status["endpoints"].size(), 1U) << "zone b's is not this node's";
  EXPECT_TRUE(event({"BadConfiguration: ", "b.conf:1:30: error: only ${NODE_NAME} is replaced here"})) << child.err();
}

TEST_F(InACluster, WithoutLabelsSuchLinesAreHeldWithTheReason) {
  cluster.fail("GET", 403);
  host.folder.write("discovery.d/b.conf", "# only: zone=a\n-t tcp -a 127.0.0.2 -s " + service.port() + "\n");
  Child child = agent();
  ASSERT_TRUE(host.status_becomes([](const Json& j) {
    return j.value("/endpoints/1/hold/reason"_json_pointer, "") == "selection" &&
           j.value("/endpoints/1/hold/detail"_json_pointer, "").find("HTTP 403") != std::string::npos;
  })) << child.err();
  ASSERT_TRUE(path_is_live());
  EXPECT_TRUE(condition_is("False", "AllPathsLive")) << "held is not degraded";
  EXPECT_TRUE(host.readiness_becomes(200)) << host.get("/readyz").body;
  const Finished check = run({"check", "--config", host.yaml()});
  EXPECT_NE(check.out.find("b.conf:2:1: held: '# only:' in line 1: "), std::string::npos) << check.out;
  const Finished plan = run({"plan", "--config", host.yaml()});
  EXPECT_NE(plan.out.find("selection: '# only:' in line 1: "), std::string::npos) << plan.out;
}

TEST_F(InACluster, DeniedEverythingItWarnsOnceAndWorks) {
  cluster.fail("", 403);
  Child child = agent();
  ASSERT_TRUE(path_is_live()) << child.err();
  ASSERT_TRUE(child.says("Kubernetes denies it", kPatience)) << child.err();
  // News that would be told, and a second of resyncs: nothing is asked again.
  host.folder.write("discovery.d/b.conf", "-t tcp\n");
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["diagnostics"].size() == 1; }));
  const std::uint64_t passes = Json::parse(host.get("/status").body)["counters"]["passes"];
  ASSERT_TRUE(host.status_becomes([&](const Json& j) { return j["counters"]["passes"] > passes + 1; }));
  child.send(SIGTERM);
  const Finished ended = child.wait(kPatience);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_EQ(warnings(ended.err), 1) << ended.err;
  std::map<std::string, int> asked;
  for (const fakes::ApiRequest& request : cluster.requests()) ++asked[to_string(request)];
  for (const auto& [what, times] : asked) EXPECT_EQ(times, 1) << what;
}

TEST_F(InACluster, AWrongCaIsOneWarningAndNoRequest) {
  api.account().write("ca.crt", fakes::unrelated_ca());
  Child child = agent();
  ASSERT_TRUE(path_is_live()) << child.err();
  ASSERT_TRUE(child.says("is not signed by the CA", kPatience)) << child.err();
  EXPECT_TRUE(host.readiness_becomes(200)) << host.get("/readyz").body;
  child.send(SIGTERM);
  const Finished ended = child.wait(kPatience);
  EXPECT_EQ(warnings(ended.err), 1) << ended.err;
  EXPECT_EQ(cluster.requests().size(), 0U);
}

TEST_F(InACluster, AnExpiredTokenIsOneWarningAndTheNextOneCounts) {
  api.accept_token("token-2");
  Child child = agent();
  ASSERT_TRUE(path_is_live()) << child.err();
  ASSERT_TRUE(child.says("HTTP 401", kPatience)) << child.err();
  EXPECT_EQ(cluster.requests().size(), 0U);
  api.account().write("token", "token-2\n");
  EXPECT_TRUE(condition_is("False", "AllPathsLive")) << child.err();
  EXPECT_TRUE(child.says("Kubernetes API answers again", kPatience)) << child.err();
  EXPECT_EQ(warnings(child.err()), 1) << child.err();
  EXPECT_EQ(child.err().find("token-"), std::string::npos) << "never in a log";
}

TEST_F(InACluster, AnApiServerThatIsGoneDelaysNothing) {
  Child child({"serve", "--config", host.yaml()}, environment(cmd_test::free_port()));
  ASSERT_TRUE(path_is_live()) << child.err();
  ASSERT_TRUE(child.says("Kubernetes API fails", kPatience)) << child.err();
  service.target->set_log({target::self("127.0.0.1", service.target->port())});
  EXPECT_TRUE(host.status_becomes([](const Json& j) { return !j.value("/paths/0/desired"_json_pointer, true); })) << "an event is followed";
  EXPECT_TRUE(host.readiness_becomes(200)) << host.get("/readyz").body;
  child.send(SIGTERM);
  EXPECT_EQ(child.wait(kPatience).status, 0);
}

TEST_F(InACluster, ACallUnderWayDoesNotDelayTheEnd) {
  std::promise<void> reached;
  std::promise<void> let_go;
  std::atomic<bool> first{true};
  cluster.before([&, go = let_go.get_future().share()](const fakes::ApiRequest&) {
    if (!first.exchange(false)) return;
    reached.set_value();
    go.wait();
  });
  Child child = agent();
  ASSERT_EQ(reached.get_future().wait_for(kPatience), std::future_status::ready) << child.err();
  ASSERT_TRUE(path_is_live()) << child.err();
  const auto began = std::chrono::steady_clock::now();
  child.send(SIGTERM);
  const Finished ended = child.wait(kPatience);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s) << "2 s and what a busy machine adds; the call has 5 s";
  let_go.set_value();
}

TEST_F(InACluster, SwitchedOffOrWithoutATokenNothingIsAsked) {
  {
    Child child({"serve", "--config", host.yaml(), "--kubernetes.enabled=false"}, environment(api.port()));
    ASSERT_TRUE(path_is_live()) << child.err();
    EXPECT_EQ(child.err().find("Kubernetes"), std::string::npos) << child.err();
  }
  std::filesystem::remove(api.account().path() + "/token");
  Child child = agent();
  ASSERT_TRUE(path_is_live()) << child.err();
  EXPECT_TRUE(child.says("no service account token", kPatience)) << child.err();
  EXPECT_EQ(warnings(child.err()), 0) << child.err();
  EXPECT_EQ(cluster.requests().size(), 0U);
}

}  // namespace
}  // namespace cmd
