// Who gets which answer.
#include "cmd/site.h"

#include <gtest/gtest.h>

#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

HttpRequest ask(const char* path, const char* peer = "127.0.0.1", const char* host = "localhost:6060") {
  return {"GET", path, "", host, asio::ip::make_address(peer)};
}

HttpResponse answer(Site& site, const HttpRequest& request) {
  std::variant<HttpResponse, HttpRender> answered = site.answer(request);
  if (answered.index() == 1) return std::get<1>(answered)();
  return std::get<0>(answered);
}

TEST(Site, ProbesAnswerEverybody) {
  Site site(std::make_shared<Heartbeat>(), true);
  for (const char* path : {"/livez", "/healthz", "/version", "/metrics"}) EXPECT_EQ(answer(site, ask(path, "10.0.0.1", "node:6060")).status, 200) << path;
  EXPECT_EQ(answer(site, ask("/readyz", "10.0.0.1")).status, 503);
  EXPECT_EQ(answer(site, ask("/nothing")).status, 404);
}

TEST(Site, ReadinessFollowsTheSnapshotAndTheEnd) {
  Site site(std::make_shared<Heartbeat>(), true);
  auto status = std::make_shared<reconcile::Status>(cmd_test::sample_status());
  status->diagnostics.clear();
  site.publish(status);
  EXPECT_EQ(answer(site, ask("/readyz")).status, 200) << "degraded storage is no reason";
  HttpRequest verbose = ask("/readyz");
  verbose.query = "timeout=1s&verbose";
  EXPECT_EQ(*answer(site, verbose).body, "[+]shutdown ok\n[+]first-sync ok\n[+]configuration ok\n[+]kernel ok\nreadyz check passed\n");
  auto no_module = std::make_shared<reconcile::Status>(*status);
  no_module->fabrics_error = no_module->not_ready = "/dev/nvme-fabrics is not there: module nvme-fabrics";
  site.publish(no_module);
  EXPECT_EQ(answer(site, ask("/readyz")).status, 503);
  EXPECT_EQ(*answer(site, ask("/readyz")).body, "/dev/nvme-fabrics is not there: module nvme-fabrics\n");
  site.publish(status);
  site.stopping();
  EXPECT_EQ(answer(site, ask("/readyz")).status, 503);
  EXPECT_EQ(answer(site, ask("/livez")).status, 200);
}

TEST(Site, StatusIsForThisHostOnly) {
  Site site(std::make_shared<Heartbeat>(), true);
  site.publish(std::make_shared<reconcile::Status>(cmd_test::sample_status()));
  EXPECT_EQ(answer(site, ask("/status")).status, 200);
  EXPECT_EQ(answer(site, ask("/status", "::ffff:127.0.0.1")).status, 200);
  EXPECT_EQ(answer(site, ask("/status", "::1", "[::1]:6060")).status, 200);
  const HttpResponse denied = answer(site, ask("/status", "192.0.2.1"));
  EXPECT_EQ(denied.status, 403);
  EXPECT_GT(denied.body->size(), 20u) << "with a sentence";
  EXPECT_EQ(answer(site, ask("/status", "127.0.0.1", "evil.example")).status, 403);
}

TEST(Site, EventsAreTheHistoryAloneAndForThisHost) {
  Site site(std::make_shared<Heartbeat>(), true);
  EXPECT_EQ(answer(site, ask("/events")).status, 503) << "no snapshot yet";
  site.publish(std::make_shared<reconcile::Status>(cmd_test::sample_status()));
  const HttpResponse events = answer(site, ask("/events"));
  EXPECT_EQ(events.status, 200);
  EXPECT_EQ(events.content_type, "application/json; charset=utf-8");
  EXPECT_NE(events.body->find("\"subject\": \"nqn.a at 10.0.0.2:4420\""), std::string::npos) << *events.body;
  EXPECT_EQ(answer(site, ask("/events", "192.0.2.1")).status, 403);
  EXPECT_EQ(answer(site, ask("/events", "127.0.0.1", "evil.example")).status, 403);
}

TEST(Site, OneRenderingServesMany) {
  Site site(std::make_shared<Heartbeat>(), true);
  site.publish(std::make_shared<reconcile::Status>(cmd_test::sample_status()));
  EXPECT_EQ(answer(site, ask("/status")).body, answer(site, ask("/status")).body);
}

TEST(Site, APathThatIsGoneLeavesNoSeriesBehind) {
  Site site(std::make_shared<Heartbeat>(), true);
  auto status = cmd_test::sample_status();
  site.publish(std::make_shared<reconcile::Status>(status));
  EXPECT_TRUE(answer(site, ask("/metrics")).body->contains("discovery_client_path_state{"));
  status.paths.clear();
  site.publish(std::make_shared<reconcile::Status>(status));
  EXPECT_FALSE(answer(site, ask("/metrics")).body->contains("discovery_client_path_state{"));
}

TEST(Site, ProbesOfTenThousandPathsAreAnsweredOnTheFirstThreadAndLookAtNone) {
  Site site(std::make_shared<Heartbeat>(), true);
  auto status = std::make_shared<reconcile::Status>(cmd_test::sample_status());
  status->diagnostics.clear();
  status->paths.assign(10'000, status->paths[1]);
  site.publish(status);
  for (const char* path : {"/livez", "/healthz", "/readyz", "/version"}) {
    const std::variant<HttpResponse, HttpRender> answered = site.answer(ask(path));
    ASSERT_EQ(answered.index(), 0u) << path << " is not rendered";
    EXPECT_EQ(std::get<0>(answered).status, 200) << path;
  }
  for (const char* path : {"/status", "/metrics", "/events"}) EXPECT_EQ(site.answer(ask(path)).index(), 1u) << path << " is work for the second thread";
}

TEST(Site, LivenessIsTheLoopsOwn) {
  auto heartbeat = std::make_shared<Heartbeat>();
  Site site(heartbeat, true);
  heartbeat->beat(base::Clock::now() - kLivenessLimit - std::chrono::seconds(1));
  EXPECT_EQ(answer(site, ask("/livez")).status, 503);
  heartbeat->beat(base::Clock::now());
  EXPECT_EQ(answer(site, ask("/livez")).status, 200);
}

TEST(Site, MetricsCanBeSwitchedOff) {
  Site site(std::make_shared<Heartbeat>(), false);
  EXPECT_EQ(answer(site, ask("/metrics")).status, 404);
}

TEST(Site, ProfilesAreForThisHostAndOnlyWhenAskedFor) {
  Site off(std::make_shared<Heartbeat>(), true);
  EXPECT_EQ(answer(off, ask("/debug/pprof/profile")).status, 404);
  Site site(std::make_shared<Heartbeat>(), true, true);
  EXPECT_EQ(answer(site, ask("/debug/pprof/profile", "192.0.2.1")).status, 403);
  EXPECT_EQ(answer(site, ask("/debug/pprof/heap", "192.0.2.1")).status, 403);
  EXPECT_EQ(answer(site, ask("/debug/pprof/profile", "127.0.0.1", "evil.example")).status, 403);
  EXPECT_EQ(answer(site, ask("/debug/pprof/")).status, 200);
  EXPECT_EQ(answer(site, ask("/debug/pprof/goroutine")).status, 404);
  HttpRequest wanted = ask("/debug/pprof/profile");
  wanted.query = "seconds=0";
  EXPECT_EQ(answer(site, wanted).status, 400);
  wanted.query = "seconds=5";
  const HttpResponse begun = answer(site, wanted);
  ASSERT_TRUE(begun.finish);
  EXPECT_EQ(begun.later, std::chrono::seconds(5));
  EXPECT_EQ(answer(site, wanted).status, 503) << "one at a time";
  const HttpResponse done = begun.finish();
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(done.content_type, "application/octet-stream");
  EXPECT_GT(done.body->size(), 64U);
}

}  // namespace
}  // namespace cmd
