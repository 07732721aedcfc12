// The reporter on its worker thread, over TLS, as the agent runs it.
#include "kube/reporter.h"

#include <gtest/gtest.h>

#include <asio/thread_pool.hpp>
#include <condition_variable>
#include <mutex>

#include "kube/client.h"
#include "tests/fakes/kube/fake_api_server.h"
#include "tests/kube/values.h"

namespace {

using namespace values;
using fakes::FakeApiServer;
using fakes::FakeCluster;

/// Waits, without polling, for something that happens on other threads.
class Observed {
 public:
  void happened() {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }
  bool within(base::Duration limit, const std::function<bool()>& condition) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, limit, condition);
  }
  std::mutex& mutex() { return mutex_; }

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
};

Status one_path() {
  Status s = quiet();
  s.now = base::Clock::now();
  add_endpoint(s, "10.0.0.1");
  add_path(s, "nqn.a", "10.0.0.1");
  return s;
}

kube::ReporterOptions options_for(const std::string& node) {
  kube::ReporterOptions out;
  out.outbox.node = node;
  return out;
}

TEST(Reporter, TellsTheClusterFromItsThread) {
  FakeCluster cluster("worker-1");
  FakeApiServer server(cluster);
  Observed observed;
  std::map<std::string, std::string> labels;
  asio::thread_pool worker(1);
  kube::ReporterOptions options = options_for("worker-1");
  options.on_labels = [&](const auto& all) {
    const std::lock_guard lock(observed.mutex());
    labels = all;
  };
  cluster.before([&](const fakes::ApiRequest&) { observed.happened(); });
  {
    kube::Reporter reporter(worker.get_executor(), std::make_unique<kube::Client>(server.access()), std::move(options));
    Status s = one_path();
    s.diagnostics = {{{"a.conf", 3, 1}, config::Severity::kError, "no such flag"}};
    for (int i = 0; i < 1000; ++i) reporter.publish(published(s));
    ASSERT_TRUE(observed.within(30s, [&] { return cluster.count("POST") == 1; })) << "the Event comes last";
  }
  worker.join();  // waits for the answer
  EXPECT_EQ(labels.at("kubernetes.io/hostname"), "worker-1");
  EXPECT_EQ(cluster.condition("worker-1")["status"], "False");
  EXPECT_EQ(cluster.events().size(), 1u);
  EXPECT_LE(cluster.requests().size(), 6u) << "a thousand snapshots are one";
}

TEST(Reporter, StopsAtOnceAlsoWhenNobodyAnswers) {
  FakeCluster cluster("worker-1");
  FakeApiServer server(cluster);
  kube::ClusterAccess access = server.access();
  access.ca_file = "/nonexistent/ca.crt";
  asio::thread_pool worker(1);
  Observed observed;
  std::vector<kube::Note> notes;
  kube::ReporterOptions options = options_for("worker-1");
  options.on_note = [&](const kube::Note& note) {
    {
      const std::lock_guard lock(observed.mutex());
      notes.push_back(note);
    }
    observed.happened();
  };
  kube::Reporter reporter(worker.get_executor(), std::make_unique<kube::Client>(access), std::move(options));
  reporter.publish(published(one_path()));
  ASSERT_TRUE(observed.within(30s, [&] { return !notes.empty(); }));
  reporter.stop();
  reporter.publish(published(one_path()));
  worker.join();  // its timer of a second or so is cancelled
  EXPECT_LE(notes.size(), 2u);
  EXPECT_EQ(notes[0].level, kube::Note::Level::kWarning);
}

TEST(Reporter, NeverSaysTheToken) {
  FakeCluster cluster("worker-1");
  FakeApiServer server(cluster);
  server.accept_token("another");
  asio::thread_pool worker(1);
  Observed observed;
  std::string said;
  kube::ReporterOptions options = options_for("worker-1");
  options.on_note = [&](const kube::Note& note) {
    {
      const std::lock_guard lock(observed.mutex());
      said += note.message;
      for (const auto& [key, value] : note.fields) said += " " + key + "=" + value;
    }
    observed.happened();
  };
  kube::Reporter reporter(worker.get_executor(), std::make_unique<kube::Client>(server.access()), std::move(options));
  reporter.publish(published(one_path()));
  ASSERT_TRUE(observed.within(30s, [&] { return !said.empty(); }));
  reporter.stop();
  worker.join();
  EXPECT_NE(said.find("HTTP 401: Unauthorized"), std::string::npos) << said;
  EXPECT_EQ(said.find("token-1"), std::string::npos) << said;
}

TEST(Reporter, OutlivesNobody) {
  FakeCluster cluster("worker-1");
  FakeApiServer server(cluster);
  asio::thread_pool worker(1);
  for (int i = 0; i < 20; ++i) {
    kube::Reporter reporter(worker.get_executor(), std::make_unique<kube::Client>(server.access()), options_for("worker-1"));
    reporter.publish(published(one_path()));
  }
  worker.join();
}

}  // namespace
