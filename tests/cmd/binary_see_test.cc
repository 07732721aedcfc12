// Seeing what the agent does, from a shell: the program against a running agent of its own and a discovery target.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/cmd/documented_fields.h"
#include "tests/cmd/host.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using cmd_test::Child;
using cmd_test::Finished;
using cmd_test::Host;
using cmd_test::kPatience;
using Json = nlohmann::json;
using cmd_test::run;
using cmd_test::Service;
using testing::HasSubstr;

/// An agent that knows one service with one path, on a host without a fabrics device.
struct Running {
  Running() {
    service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.2024-01.com.example:vol-a")});
    host.folder.write("discovery.d/a.conf", service.line());
    agent = std::make_unique<Child>(std::vector<std::string>{"serve", "--config", host.yaml()});
    knows = host.status_becomes([](const Json& j) { return j["paths"].size() == 1 && j["endpoints"][0]["session"] == "up"; });
  }
  Finished ask(std::vector<std::string> words) const {
    words.insert(words.end(), {"--config", host.yaml()});
    return run(words);
  }

  Host host{};
  Service service{};
  std::unique_ptr<Child> agent{};
  bool knows{false};
};

TEST(BinarySee, StatusInEveryFormat) {
  const Running r;
  ASSERT_TRUE(r.knows) << r.agent->err();
  const Finished json = r.ask({"status", "-o", "json"});
  EXPECT_EQ(json.status, 2) << json.err;
  cmd_test::SchemaCheck check(cmd_test::documented_fields());
  EXPECT_THAT(check.complaints(nlohmann::ordered_json::parse(json.out)), testing::IsEmpty()) << "a real document is as docs/status.md says";
  const Finished wide = r.ask({"status", "-o", "wide"});
  EXPECT_THAT(wide.out, HasSubstr("named by 127.0.0.1:" + r.service.port()));
  EXPECT_THAT(r.ask({"status", "-o", "yaml"}).out, testing::StartsWith("schema: 1\n"));
  EXPECT_THAT(r.ask({"status", "-o", "table"}).out, testing::Not(HasSubstr("\x1b")));
  EXPECT_EQ(r.ask({"status", "-o", "xml"}).status, 1);
}

TEST(BinarySee, WatchShowsChangesUntilInterrupted) {
  Running r;
  ASSERT_TRUE(r.knows) << r.agent->err();
  Child watch({"status", "--watch", "--interval", "100ms", "-o", "json", "--config", r.host.yaml()});
  ASSERT_TRUE(watch.prints("vol-a", kPatience));
  r.service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.2024-01.com.example:vol-b")});
  EXPECT_TRUE(watch.prints("vol-b", kPatience)) << r.agent->err();
  watch.send(SIGINT);
  const Finished ended = watch.wait(kPatience);
  EXPECT_EQ(ended.status, 0) << ended.err;
  std::istringstream lines(ended.out);
  for (std::string line; std::getline(lines, line);) EXPECT_TRUE(Json::accept(line)) << line;
  EXPECT_EQ(run({"status", "--watch", "--interval", "0", "--config", r.host.yaml()}).status, 1);
}

TEST(BinarySee, WhatIf) {
  const Running r;
  ASSERT_TRUE(r.knows) << r.agent->err();
  const Finished safe = r.ask({"status", "--without", "127.0.0.1", "-o", "json"});
  EXPECT_EQ(safe.status, 0) << safe.err;
  const Json answer = Json::parse(safe.out);
  EXPECT_EQ(answer["safe"], true) << "nothing is live: nothing to lose";
  EXPECT_EQ(answer["already"][0]["subnqn"], "nqn.2024-01.com.example:vol-a");
  EXPECT_EQ(answer["services"], 1);
  const Finished unknown = r.ask({"status", "--without", "10.9.9.9"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.err, HasSubstr("127.0.0.1"));
}

}  // namespace
}  // namespace cmd
