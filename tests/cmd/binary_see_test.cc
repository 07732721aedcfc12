// Seeing what the agent does, from a shell: the program against a running agent of its own and a discovery target.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "base/file.h"
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
    knows = host.status_becomes([](const Json& j) {
      return j.value("/endpoints/0/session"_json_pointer, "") == "up" && j.value("/paths/0/hold/reason"_json_pointer, "") == "no-fabrics";
    });
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

TEST(BinarySee, WhyWithAndWithoutTheAgent) {
  Running r;
  ASSERT_TRUE(r.knows) << r.agent->err();
  const std::string nqn = "nqn.2024-01.com.example:vol-a";
  const Finished text = r.ask({"why", nqn, "-o", "text"});
  EXPECT_EQ(text.status, 2) << text.err;
  EXPECT_THAT(text.out, HasSubstr(r.host.folder / "discovery.d/a.conf:1:1"));
  EXPECT_THAT(text.out, HasSubstr("listed by 127.0.0.1:" + r.service.port() + ", configured in "));
  EXPECT_THAT(text.out, HasSubstr("  hold        no-fabrics: "));
  EXPECT_EQ(r.ask({"why", "127.0.0.1:" + r.service.port()}).status, 0) << "the service is connected";
  const Finished unknown = r.ask({"why", "nqn.2024-01.com.example:vol-b"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean " + nqn + "?"));
  r.agent->send(SIGTERM);
  EXPECT_EQ(r.agent->wait(kPatience).status, 0);

  const Finished alone = r.ask({"why", nqn, "-o", "json"});
  EXPECT_EQ(alone.status, 2) << alone.err;
  EXPECT_THAT(alone.err, HasSubstr("no agent runs here"));
  const Json why = Json::parse(alone.out);
  EXPECT_EQ(why["source"], "this host");
  EXPECT_EQ(why["paths"][0]["state"], "missing");
  EXPECT_EQ(why["paths"][0]["chain"][0]["step"], "wanted");
}

TEST(BinarySee, EventsOnceAndAsTheyCome) {
  Running r;
  ASSERT_TRUE(r.knows) << r.agent->err();
  const Finished json = r.ask({"events", "-o", "json"});
  EXPECT_EQ(json.status, 0) << json.err;
  const Json document = Json::parse(json.out);
  EXPECT_EQ(document["schema"], 1);
  const auto up = [](const Json& event) { return event["kind"] == "endpoint" && event["after"] == "up"; };
  EXPECT_TRUE(std::ranges::any_of(document["events"], up)) << json.out;
  EXPECT_THAT(r.ask({"events", "-o", "table"}).out, HasSubstr("  127.0.0.1:" + r.service.port() + "  down -> up "));

  Child follow({"events", "--follow", "--interval", "100ms", "-o", "json", "--config", r.host.yaml()});
  ASSERT_TRUE(follow.prints("\"endpoint\"", kPatience));
  r.service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.2024-01.com.example:vol-b")});
  EXPECT_TRUE(follow.prints("unlisted", kPatience)) << r.agent->err();
  follow.send(SIGINT);
  const Finished ended = follow.wait(kPatience);
  EXPECT_EQ(ended.status, 0) << ended.err;
  std::set<std::string> lines;
  std::istringstream text(ended.out);
  for (std::string line; std::getline(text, line);) {
    EXPECT_TRUE(Json::accept(line)) << line;
    EXPECT_TRUE(lines.insert(line).second) << "said twice: " << line;
  }
}

/// Every file of the archive: name below its folder -> text.
std::map<std::string, std::string> unpacked(const std::string& archive, const cmd_test::TemporaryFolder& into) {
  EXPECT_EQ(std::system(("tar -xzf " + archive + " -C " + into.path()).c_str()), 0);
  std::map<std::string, std::string> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(into.path())) {
    if (!entry.is_regular_file()) continue;
    const std::string name = std::filesystem::relative(entry.path(), into.path()).string();
    out[name.substr(name.find('/') + 1)] = base::read_file(entry.path().string(), 1 << 24).value_or("?");
  }
  return out;
}

TEST(BinarySee, AReportHoldsWhatHelpsAndNoSecret) {
  const Host host;
  const Service service;
  const std::string key = "DHHC-1:00:ia6zGodOr4SEG0Zzaw398rpY0wqipUWj4jWjUh4HWUz6aQ2n:";
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.2024-01.com.example:vol-a")});
  host.folder.write("agent.yaml", base::read_file(host.yaml(), 1 << 20).value_or("") + "dhChapSecret: \"" + key + "\"\ndhChapCtrlSecret: '" + key + "'\n");
  host.folder.write("discovery.d/a.conf", "-t tcp -a 127.0.0.1 -s " + service.port() + " --dhchap-secret=" + key + " -C " + key + "\n# -S not-well-formed\n");
  host.folder.write("elsewhere", "of the host");
  std::filesystem::create_symlink(host.folder / "elsewhere", host.folder / "discovery.d/link.conf");
  host.folder.write("internal/internal.json", R"({"version":9,"dhchap_secret":"remembered-secret"})");
  const std::string controller = "sys/class/nvme/nvme0/";
  for (const auto& [name, text] : {std::pair{"transport", "tcp"}, {"state", "live"}, {"address", "traddr=10.0.0.1,trsvcid=4420"}, {"subsysnqn", "nqn.a"},
                                   {"hostnqn", "hostnqn1"}, {"dhchap_secret", "secret-of-sysfs"}}) {
    host.folder.write(controller + name, std::string(text) + "\n");
  }
  host.folder.write("sys/class/nvme/nvme1/transport", "pcie\n");
  host.folder.write("sys/class/nvme/nvme1/serial", "of-a-local-disk\n");
  const auto check = [&](const std::map<std::string, std::string>& files) {
    for (const auto& [name, text] : files) {
      for (const char* secret : {"ia6zGodOr4SEG0", "not-well-formed", "remembered-secret", "secret-of-sysfs", "of-a-local-disk", "of the host"}) {
        EXPECT_THAT(text, testing::Not(HasSubstr(secret))) << name;
      }
    }
    EXPECT_THAT(files.at("discovery.d/a.conf"), HasSubstr("-a 127.0.0.1 -s " + service.port() + " --dhchap-secret=*** -C ***\n"));
    EXPECT_THAT(files.at("settings.yaml"), HasSubstr("dhChapSecret: ***\n"));
    EXPECT_THAT(files.at("sysfs.txt"), HasSubstr("nvme0/state: live\n"));
    EXPECT_THAT(files.at("versions.txt"), HasSubstr("discovery-client "));
    EXPECT_THAT(files.at("README.txt"), HasSubstr("discovery.d/link.conf: a link to a place outside of "));
  };

  const std::string alone = host.folder / "alone.tar.gz";
  const Finished without = run({"report", "-o", alone, "--config", host.yaml()});
  ASSERT_EQ(without.status, 0) << without.err;
  EXPECT_THAT(without.err, HasSubstr("not included: events.json: ")) << "no agent runs";
  const cmd_test::TemporaryFolder first;
  std::map<std::string, std::string> files = unpacked(alone, first);
  check(files);
  EXPECT_THAT(files.at("status-from-here.json"), HasSubstr("nqn.2024-01.com.example:vol-a"));
  EXPECT_THAT(files.at("internal.json"), HasSubstr("\"dhchap_secret\": \"***\""));

  Child agent({"serve", "--config", host.yaml()});
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["paths"].size() == 2; })) << agent.err();
  const std::string asked = host.folder / "asked.tar.gz";
  const Finished with = run({"report", "-o", asked, "--config", host.yaml()});
  ASSERT_EQ(with.status, 0) << with.err;
  const cmd_test::TemporaryFolder second;
  files = unpacked(asked, second);
  check(files);
  EXPECT_THAT(files.at("status.json"), HasSubstr("nqn.2024-01.com.example:vol-a"));
  EXPECT_THAT(files.at("events.json"), HasSubstr("\"endpoint\""));
  EXPECT_THAT(files.at("metrics.txt"), HasSubstr("discovery_client_"));
  EXPECT_TRUE(files.contains("environment-agent.txt"));
  EXPECT_EQ(std::filesystem::status(asked).permissions(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace
}  // namespace cmd
