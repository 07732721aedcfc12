// Bodies and requests as the Kubernetes API takes them; answers that nobody should trust.
#include "kube/objects.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/kube/values.h"

namespace {

using kube::Request;
using kube::Verb;
using nlohmann::json;
using values::kWall;
using namespace std::chrono_literals;

TEST(Objects, TheConditionPatchTouchesNothingElse) {
  const Request r = kube::patch_condition("worker-1", {kube::ConditionStatus::kTrue, "PathsDown", "why"}, "2026-11-21T00:00:00Z", kWall + 1500ms);
  EXPECT_EQ(r.verb, Verb::kPatch);
  EXPECT_EQ(r.path, "/api/v1/nodes/worker-1/status?fieldManager=discovery-client");
  EXPECT_EQ(r.content_type, "application/strategic-merge-patch+json");
  EXPECT_EQ(json::parse(r.body), json::parse(R"({"status":{"conditions":[{"type":"NVMeFabricDegraded","status":"True","reason":"PathsDown",
    "message":"why","lastHeartbeatTime":"2026-11-22T00:00:01Z","lastTransitionTime":"2026-11-21T00:00:00Z"}]}})"));
}

TEST(Objects, TheTaintGoesOnlyFromWhereItWasSeen) {
  const auto node = kube::parse_node(R"({"metadata":{"name":"n"},"spec":{"taints":[{"key":"other","effect":"NoSchedule"},
    {"key":"discovery-client/agent-not-ready","effect":"NoExecute"},
    {"key":"discovery-client/agent-not-ready","effect":"NoSchedule","timeAdded":"2026-01-01T00:00:00Z"}]}})");
  ASSERT_TRUE(node);
  ASSERT_EQ(node->taint_index, 2u);
  const Request r = kube::remove_taint("n", *node);
  EXPECT_EQ(r.path, "/api/v1/nodes/n?fieldManager=discovery-client");
  EXPECT_EQ(r.content_type, "application/json-patch+json");
  EXPECT_EQ(json::parse(r.body), json::parse(R"([{"op":"test","path":"/spec/taints/2","value":{"key":"discovery-client/agent-not-ready",
    "effect":"NoSchedule","timeAdded":"2026-01-01T00:00:00Z"}},{"op":"remove","path":"/spec/taints/2"}])"));
}

TEST(Objects, TheLabelPatchAndTheSelectorAgree) {
  const Request set = kube::set_label("n", "0123456789abcdef");
  EXPECT_EQ(set.content_type, "application/merge-patch+json");
  EXPECT_EQ(json::parse(set.body), json::parse(R"({"metadata":{"labels":{"discovery-client/hostnqn-hash":"0123456789abcdef"}}})"));
  const Request list = kube::list_nodes_with("0123456789abcdef");
  EXPECT_EQ(list.verb, Verb::kGet);
  EXPECT_EQ(list.path, "/api/v1/nodes?labelSelector=discovery-client%2Fhostnqn-hash%3D0123456789abcdef&limit=2");
}

TEST(Objects, AnEventIsAboutTheNodeWithItsNameAsUid) {
  const Request r = kube::create_event(kube::EventNamespace::kDefault, "worker-1", "worker-1.1", {kube::EventReason::kPathLost, "note"}, {1, kWall + 1234ms, kWall + 1234ms});
  EXPECT_EQ(r.verb, Verb::kPost);
  EXPECT_EQ(r.path, "/apis/events.k8s.io/v1/namespaces/default/events?fieldManager=discovery-client");
  EXPECT_EQ(json::parse(r.body), json::parse(R"({"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"worker-1.1","namespace":"default"},
    "eventTime":"2026-11-22T00:00:01.234000Z","reportingController":"discovery-client.io/agent","reportingInstance":"worker-1",
    "action":"Connect","reason":"PathLost","type":"Warning","note":"note",
    "regarding":{"apiVersion":"v1","kind":"Node","name":"worker-1","uid":"worker-1"}})"));
  const Request again = kube::patch_event_series(kube::EventNamespace::kDefault, "worker-1.1", 3, kWall);
  EXPECT_EQ(again.path, "/apis/events.k8s.io/v1/namespaces/default/events/worker-1.1?fieldManager=discovery-client");
  EXPECT_EQ(again.content_type, "application/strategic-merge-patch+json");
  EXPECT_EQ(json::parse(again.body), json::parse(R"({"series":{"count":3,"lastObservedTime":"2026-11-22T00:00:00.000000Z"}})"));
}

TEST(Objects, AnOlderServersWordsAboutTheNamespaceAreKnown) {
  // Kubernetes 1.20.2
  base::Error error{base::ErrorKind::kInvalid, "POST /…: HTTP 422: Event \"n.1\" is invalid: involvedObject.namespace: Invalid value: \"\": does not match event.namespace"};
  error.code = 422;
  EXPECT_TRUE(kube::wants_kube_system(error));
  error.message = "HTTP 422: note: can have at most 1024 characters";
  EXPECT_FALSE(kube::wants_kube_system(error));
  const Request there = kube::create_event(kube::EventNamespace::kKubeSystem, "n", "n.1", {}, {});
  EXPECT_EQ(there.path, "/apis/events.k8s.io/v1/namespaces/kube-system/events?fieldManager=discovery-client");
  EXPECT_EQ(json::parse(there.body)["metadata"]["namespace"], "kube-system");
}

TEST(Objects, LongNodeNamesFitReportingInstance) {
  const std::string name(253, 'n');
  const json body = json::parse(kube::create_event(kube::EventNamespace::kKubeSystem, name, "e", {}, {}).body);
  EXPECT_EQ(body["reportingInstance"].get<std::string>().size(), 128u);
  EXPECT_EQ(body["regarding"]["name"], name);
}

TEST(Objects, EveryReasonHasItsWords) {
  for (int i = 0; i <= static_cast<int>(kube::EventReason::kSubsystemPurged); ++i) {
    const auto reason = static_cast<kube::EventReason>(i);
    EXPECT_NE(to_string(reason), "Unknown");
    EXPECT_FALSE(kube::event_action(reason).empty());
  }
  EXPECT_EQ(kube::event_type(kube::EventReason::kPathRecovered), "Normal");
  EXPECT_EQ(kube::event_type(kube::EventReason::kHostNqnConflict), "Warning");
}

TEST(Objects, NotesAreValidUtf8AndFit) {
  EXPECT_EQ(kube::clean_text("a\nb\x01\x7f", 100), "a b  ");
  EXPECT_EQ(kube::clean_text("gr\xC3\xBC\xC3\x9F", 100), "gr\xC3\xBC\xC3\x9F");
  EXPECT_EQ(kube::clean_text("\xFF\xC3(\xED\xA0\x80\xC0\xAF", 100).find('\xFF'), std::string::npos);
  EXPECT_EQ(kube::clean_text(std::string(2000, 'x'), 1024).size(), 1024u);
  EXPECT_EQ(kube::clean_text("abcdef", 6), "abcdef");
  EXPECT_EQ(kube::clean_text("abcdefg", 6), "abc\xE2\x80\xA6");
  std::string umlauts;
  for (int i = 0; i < 1000; ++i) umlauts += "\xC3\xBC";
  const std::string cut = kube::clean_text(umlauts, 1024);
  EXPECT_LE(cut.size(), 1024u);
  EXPECT_EQ(kube::clean_text(cut, 4096), cut) << "still valid";
  EXPECT_EQ(json(kube::clean_text("\xF0\x9F\x92\xBE\xF0\x9F", 100)).dump(), "\"\xF0\x9F\x92\xBE\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(Objects, BodiesSurviveAnyBytes) {
  const Request r = kube::patch_condition("n", {kube::ConditionStatus::kTrue, "X", "\xFF\xFE bytes"}, "", kWall);
  EXPECT_FALSE(json::parse(r.body, nullptr, false).is_discarded());
}

TEST(Objects, TheHashIsSha256s) {
  EXPECT_EQ(kube::hostnqn_hash("abc"), "ba7816bf8f01cfea");  // FIPS 180-2, appendix B.1
}

TEST(Objects, ANodeIsReadOrRefused) {
  const auto node = kube::parse_node(R"({"metadata":{"name":"n","labels":{"a":"1","b":2}},"status":{"conditions":[{"type":"Ready","status":"True"},
    {"type":"NVMeFabricDegraded","status":"False","lastTransitionTime":"2026-01-01T00:00:00Z"}]}})");
  ASSERT_TRUE(node);
  EXPECT_EQ(node->labels, (std::map<std::string, std::string>{{"a", "1"}}));
  EXPECT_EQ(node->condition_status, "False");
  EXPECT_EQ(node->condition_since, "2026-01-01T00:00:00Z");
  EXPECT_FALSE(node->taint_index);
  for (const char* text : {"", "[]", "null", "{", "{\"metadata\":[]}", "{\"metadata\":{\"name\":7}}", "\xff"}) {
    EXPECT_FALSE(kube::parse_node(text)) << text;
    EXPECT_FALSE(kube::parse_node_names(text)) << text;
  }
  EXPECT_TRUE(kube::parse_node(R"({"metadata":{"name":"n","labels":[]},"spec":{"taints":{}},"status":{"conditions":[1,"x",null]}})"));
  EXPECT_EQ(*kube::parse_node_names(R"({"items":[{"metadata":{"name":"a"}},{"metadata":{}},3,{"metadata":{"name":"b"}}]})"),
            (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(kube::parse_node_names(R"({"items":null})")->size(), 0u);
}

TEST(Objects, StatusesBecomeKindsWithTheApisWords) {
  const Request request{Verb::kGet, "/api/v1/nodes/n?x=y", {}, {}, kube::kJson};
  const base::Error error = kube::api_error(request, 403, R"({"kind":"Status","message":"nodes \"n\" is forbidden"})");
  EXPECT_EQ(error.kind, base::ErrorKind::kDenied);
  EXPECT_EQ(error.code, 403);
  EXPECT_EQ(error.message, "GET /api/v1/nodes/n: HTTP 403: nodes \"n\" is forbidden");
  EXPECT_EQ(kube::api_error(request, 404, "").kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(kube::api_error(request, 410, "").kind, base::ErrorKind::kNotFound);
  EXPECT_EQ(kube::api_error(request, 409, "").kind, base::ErrorKind::kBusy);
  EXPECT_EQ(kube::api_error(request, 429, "").kind, base::ErrorKind::kBusy);
  EXPECT_EQ(kube::api_error(request, 422, "").kind, base::ErrorKind::kInvalid);
  EXPECT_EQ(kube::api_error(request, 500, "plain\ntext").message, "GET /api/v1/nodes/n: HTTP 500: plain\\x0atext");
  EXPECT_LT(kube::api_error(request, 500, std::string(100000, 'x')).message.size(), 600u);
}

}  // namespace
