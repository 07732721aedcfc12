// The program itself against a discovery target, on a host without a fabrics device: what a person at a shell sees.
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cmd/http_client.h"
#include "tests/cmd/child.h"
#include "tests/cmd/host.h"
#include "tests/target/discovery_target.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using cmd_test::Child;
using cmd_test::Finished;
using cmd_test::Host;
using cmd_test::kPatience;
using cmd_test::run;
using cmd_test::Service;
using Json = nlohmann::json;

TEST(Binary, HelpAndMistakes) {
  EXPECT_EQ(run({"--help"}).status, 0);
  for (const char* command : {"serve", "status", "why", "events", "report", "discover", "plan", "connect-all", "check", "version"}) {
    const Finished help = run({command, "--help"});
    EXPECT_EQ(help.status, 0) << command;
    EXPECT_NE(help.out.find("--"), std::string::npos) << command;
  }
  EXPECT_EQ(run({}).status, 1);
  const Finished unknown = run({"statsu"});
  EXPECT_EQ(unknown.status, 1);
  EXPECT_NE(unknown.err.find("did you mean status?"), std::string::npos) << unknown.err;
  const Finished flag = run({"serve", "--confg", "x"});
  EXPECT_EQ(flag.status, 1);
  EXPECT_TRUE(flag.err.starts_with("discovery-client: ")) << flag.err;
  EXPECT_NE(flag.err.find("--confg"), std::string::npos) << flag.err;
  EXPECT_EQ(run({"version"}).status, 0);
  EXPECT_EQ(run({"gen", "doc"}).status, 1) << "the seed's, gone";
}

TEST(Binary, ConfigErrorsHaveAPlace) {
  const Host host;
  host.folder.write("bad.yaml", "clientConfigDir: /x\nkato: many\n");
  const Finished bad = run({"serve", "--config", host.folder / "bad.yaml"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.err.find("bad.yaml:2:"), std::string::npos) << bad.err;
  const Finished missing = run({"serve", "--config", host.folder / "none.yaml"});
  EXPECT_EQ(missing.status, 1);
  EXPECT_NE(missing.err.find("none.yaml"), std::string::npos) << missing.err;
}

TEST(Binary, DiscoverShowsEveryField) {
  const Service service;
  target::LogEntry hostile = target::tcp_subsystem("10.0.0.2", 4420, "nqn.b,host_traddr=1.2.3.4\x1b[31m\xff");
  service.target->set_log({target::tcp_subsystem("10.0.0.1", 4420, "nqn.a"), hostile, target::referral("fd00::2", 8009), target::self("127.0.0.1", service.target->port())});
  const Finished json = run({"discover", "-a", "127.0.0.1", "-s", service.port(), "-q", "hostnqn1", "-o", "json"});
  ASSERT_EQ(json.status, 0) << json.err;
  const Json entries = Json::parse(json.out);
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0]["subnqn"], "nqn.a");
  EXPECT_EQ(entries[0]["subtype"], 2);
  EXPECT_EQ(entries[0]["trsvcid"], 4420);
  EXPECT_EQ(entries[0]["trtype_name"], "tcp");
  EXPECT_EQ(entries[0]["genctr"], service.target->genctr());
  EXPECT_TRUE(entries[0]["refused"].is_null());
  EXPECT_TRUE(entries[1]["refused"].is_string());
  EXPECT_EQ(entries[2]["adrfam_name"], "ipv6");
  const Finished table = run({"discover", "-a", "localhost", "-s", service.port(), "-q", "hostnqn1", "-o", "table"});
  EXPECT_EQ(table.status, 0) << table.err;
  EXPECT_NE(table.out.find("referral  [fd00::2]:8009"), std::string::npos) << table.out;
  EXPECT_EQ(table.out.find('\x1b'), std::string::npos);
  EXPECT_NE(table.out.find("\\x1b[31m\\xff"), std::string::npos) << table.out;
}

TEST(Binary, DiscoverPrintsTheSeedsMembersFirst) {
  const Service service;
  service.target->set_log({target::tcp_subsystem("10.0.0.1", 4420, "nqn.a")});
  const Finished json = run({"discover", "-a=127.0.0.1", "-s=" + service.port(), "-q=hostnqn1"});
  ASSERT_EQ(json.status, 0) << json.err;
  EXPECT_TRUE(json.out.starts_with("[\n  {\n    \"portid\": ")) << json.out;
  std::size_t last = 0;
  for (const char* member : {"\"portid\": ", "\"cntlid\": ", "\"trsvcid\": 4420,", "\"subnqn\": \"nqn.a\",", "\"traddr\": \"10.0.0.1\",", "\"subtype\": 2,"}) {
    const std::size_t at = json.out.find(std::string("\n    ") + member);
    ASSERT_NE(at, std::string::npos) << member << json.out;
    EXPECT_GT(at, last) << member;
    last = at;
  }
  EXPECT_LT(last, json.out.find("\"trtype\""));
}

TEST(Binary, DiscoverDoesWhatItsFlagsSay) {
  const Service service;
  service.target->set_log({target::tcp_subsystem("10.0.0.1", 4420, "nqn.a")});
  const std::string id = "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11";
  Child child({"discover", "-a", "127.0.0.1", "-s", service.port(), "-q", "hostnqn1", "-I", id, "-w", "127.0.0.2", "-p"});
  ASSERT_TRUE(service.target->wait_for([](const target::Record& record) { return record.subscribed() == 1; })) << child.err();
  const target::Record record = service.target->record();
  EXPECT_TRUE(record.associations.back().peer.starts_with("127.0.0.2:")) << "-w";
  EXPECT_EQ(record.associations.back().hostid[0], 0xb2) << "-I";
  EXPECT_GT(record.associations.back().kato_ms, 0U) << "-p";
  service.target->set_log({target::tcp_subsystem("10.0.0.1", 4420, "nqn.a"), target::tcp_subsystem("10.0.0.2", 4420, "nqn.b")});
  EXPECT_TRUE(child.prints("nqn.b", kPatience));
  child.send(SIGINT);
  const Finished ended = child.wait(kPatience);
  EXPECT_EQ(ended.status, 0) << ended.err;
}

TEST(Binary, DiscoverGoesWithTheHostIdThatTheAgentWouldTake) {
  const Host host;
  const Service service;
  host.folder.write("nvme/hostnqn", "nqn.2014-08.org.example:this-host\n");
  host.folder.write("nvme/hostid", "a11c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11\n");
  const auto hostid_asked_with = [&] {
    const Finished ended = run({"discover", "--config", host.yaml(), "-a", "127.0.0.1", "-s", service.port(), "-q", "hostnqn1"});
    EXPECT_EQ(ended.status, 0) << ended.err;
    EXPECT_EQ(ended.err, "");
    return service.target->record().associations.back().hostid[0];
  };
  EXPECT_EQ(hostid_asked_with(), 0xa1) << "the host's own, as the seed's";
  const std::string controller = "sys/class/nvme/nvme0/";
  for (const auto& [name, text] : {std::pair{"transport", "tcp"}, {"state", "live"}, {"address", "traddr=10.0.0.1,trsvcid=4420"}, {"subsysnqn", "nqn.a"},
                                   {"hostnqn", "hostnqn1"}, {"hostid", "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11"}}) {
    host.folder.write(controller + name, std::string(text) + "\n");
  }
  EXPECT_EQ(hostid_asked_with(), 0xb2) << "the one that is in use with that host NQN";
}

TEST(Binary, ServeTakesSettingsAsFlagsAndConfigInFront) {
  const Host host;
  Child agent({"--config", host.yaml(), "serve", "--debug.metrics=false", "--debug.enablepprof", "-e=false", "--logging.level", "warn"});
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j.contains("schema"); })) << agent.err();
  EXPECT_EQ(host.get("/metrics").status, 404);
  const HttpReply profile = host.get("/debug/pprof/profile?seconds=1");
  EXPECT_EQ(profile.status, 200) << profile.body;
  EXPECT_GT(profile.body.size(), 64U);
  agent.send(SIGTERM);
  const Finished ended = agent.wait(kPatience);
  EXPECT_EQ(ended.status, 0);
  EXPECT_EQ(ended.err.find(" info "), std::string::npos) << ended.err;
}

TEST(Binary, B35OldLogFilesGoAlsoWhileNothingIsLogged) {
  const Host host;
  host.folder.write("log/dc-2020-01-01T00-00-00.000.log", "of an earlier run\n");
  Child agent({"serve", "--config", host.yaml(), "--resyncInterval", "1s", "--logging.level", "error", "--logging.filename", host.folder / "log/dc.log"});
  ASSERT_TRUE(host.status_becomes([](const Json&) { return true; })) << agent.err();
  EXPECT_FALSE(std::filesystem::exists(host.folder / "log/dc-2020-01-01T00-00-00.000.log")) << "at the start";
  host.folder.write("log/dc-2020-01-02T00-00-00.000.log.gz", "got old meanwhile\n");
  const auto end = std::chrono::steady_clock::now() + kPatience;
  const auto there = [&host] { return std::filesystem::exists(host.folder / "log/dc-2020-01-02T00-00-00.000.log.gz"); };
  while (there() && std::chrono::steady_clock::now() < end) host.get("/livez");
  EXPECT_FALSE(there());
  EXPECT_TRUE(std::filesystem::exists(host.folder / "log/dc.log"));
}

TEST(Binary, DiscoverSaysWhatIsWrong) {
  const std::string nobody = std::to_string(cmd_test::free_port());
  const Finished refused = run({"discover", "-a", "127.0.0.1", "-s", nobody});
  EXPECT_EQ(refused.status, 1);
  EXPECT_NE(refused.err.find("127.0.0.1:" + nobody), std::string::npos) << refused.err;
  EXPECT_NE(refused.err.find("ECONNREFUSED"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.out, "");
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"discover"}, {"discover", "-a", "127.0.0.1", "-s", "70000"}, {"discover", "-a", "127.0.0.1", "-t", "rdma"}, {"discover", "-a", "a b"},
           {"discover", "-a", "127.0.0.1", "-I", "x"}, {"discover", "-a", "127.0.0.1", "-q", "a,b"}, {"discover", "-a", "127.0.0.1", "-o", "xml"}}) {
    const Finished ended = run(wrong);
    EXPECT_EQ(ended.status, 1) << wrong.back();
    EXPECT_TRUE(ended.err.starts_with("discovery-client: ")) << ended.err;
  }
}

TEST(Binary, PlanChangesNothing) {
  const Host host;
  const Service service;
  const Finished empty = run({"plan", "--config", host.yaml()});
  EXPECT_EQ(empty.status, 0) << empty.out << empty.err;
  host.folder.write("discovery.d/a.conf", service.line());
  const std::vector<std::string> before = host.files();
  const Finished nothing_listed = run({"plan", "--config", host.yaml()});
  EXPECT_EQ(nothing_listed.status, 0) << nothing_listed.out << nothing_listed.err;
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a")});
  const Finished plan = run({"plan", "--config", host.yaml(), "-o", "json"});
  EXPECT_EQ(plan.status, 2) << plan.err;
  const Json json = Json::parse(plan.out);
  EXPECT_EQ(json["paths"][0]["subnqn"], "nqn.a");
  EXPECT_EQ(json["paths"][0]["action"], "wait");
  EXPECT_EQ(json["paths"][0]["hold"]["reason"], "no-fabrics");
  EXPECT_EQ(host.files(), before);
  EXPECT_EQ(run({"plan", "--config", host.folder / "none.yaml"}).status, 1);
}

TEST(Binary, CheckLints) {
  const Host host;
  host.folder.write("good/a.conf", "-t tcp -a 10.0.0.1 -s 8009\n");
  host.folder.write("bad/a.conf", "-t tcp -a 10.0.0.1 -s 8009\n-t tcp -a 10.0.0.2 -s 70000\n");
  const Finished good = run({"check", host.folder / "good"});
  EXPECT_EQ(good.status, 0) << good.out << good.err;
  const Finished bad = run({"check", host.folder / "bad"});
  EXPECT_EQ(bad.status, 1);
  EXPECT_NE(bad.out.find("a.conf:2:"), std::string::npos) << bad.out;
  EXPECT_EQ(run({"check", host.folder / "bad/a.conf"}).status, 1);
  EXPECT_EQ(run({"check", host.folder / "nothing"}).status, 1);
  const Service service;
  host.folder.write("discovery.d/a.conf", service.line());
  EXPECT_EQ(run({"check", "--offline", "--config", host.yaml()}).status, 0);
  const Finished online = run({"check", "--config", host.yaml()});
  EXPECT_NE(online.out.find("answers: 0 entries"), std::string::npos) << online.out;
  EXPECT_NE(online.out.find(host.folder / "dev/nvme-fabrics is not there"), std::string::npos) << online.out;
  host.folder.write("dev/nvme-fabrics", "");
  const Finished usable = run({"check", "--config", host.yaml()});
  EXPECT_NE(usable.out.find(host.folder / "dev/nvme-fabrics takes connects"), std::string::npos) << usable.out;
}

TEST(Binary, ConnectAllSaysWhatIsMissing) {
  const Host host;
  const Service service;
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a")});
  const Finished ended = run({"connect-all", "-a", "127.0.0.1", "-s", service.port(), "--config", host.yaml(), "-o", "json"});
  EXPECT_EQ(ended.status, 2) << ended.err;
  EXPECT_EQ(Json::parse(ended.out), Json::array());
  EXPECT_NE(ended.err.find("not live: nqn.a at 127.0.0.1:4420"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("nvme-fabrics"), std::string::npos) << ended.err;
  const Finished nobody = run({"connect-all", "-a", "127.0.0.1", "-s", std::to_string(cmd_test::free_port()), "--config", host.yaml()});
  EXPECT_EQ(nobody.status, 1) << nobody.err;
}

TEST(Binary, ServesAndEnds) {
  const Host host;
  const Service service;
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a")});
  host.folder.write("discovery.d/a.conf", service.line());
  Child agent({"serve", "--config", host.yaml()});
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["paths"].size() == 1 && j["endpoints"][0]["session"] == "up"; })) << agent.err();
  EXPECT_EQ(host.get("/livez").status, 200);
  EXPECT_EQ(host.get("/healthz").status, 200);
  EXPECT_EQ(host.get("/version").status, 200);
  EXPECT_NE(host.get("/metrics").body.find("discovery_client_endpoint_up{"), std::string::npos);
  EXPECT_TRUE(host.readiness_becomes(503, "nvme-fabrics")) << host.get("/readyz").body;

  const Finished table = run({"status", "--config", host.yaml(), "-o", "table"});
  EXPECT_EQ(table.status, 2);
  EXPECT_TRUE(table.out.starts_with("NOT READY: 0 of 1 path live")) << table.out;
  EXPECT_EQ(Json::parse(run({"status", "--endpoint", "127.0.0.1:" + std::to_string(host.port), "-o", "json"}).out)["schema"], 1);

  const Finished second = run({"serve", "--config", host.yaml()});
  EXPECT_EQ(second.status, 1);
  EXPECT_NE(second.err.find("pid " + std::to_string(agent.pid())), std::string::npos) << second.err;

  // An event, a new file: seen without being asked.
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a"), target::tcp_subsystem("127.0.0.1", 4421, "nqn.b")});
  EXPECT_TRUE(host.status_becomes([](const Json& j) { return j["paths"].size() == 2; }));
  host.folder.write("discovery.d/b.conf", "-t tcp -a 127.0.0.1 -s " + std::to_string(cmd_test::free_port()) + "\n-t tcp\n");
  EXPECT_TRUE(host.status_becomes([](const Json& j) { return j["endpoints"].size() == 2 && j["diagnostics"].size() == 1; }));

  const auto began = std::chrono::steady_clock::now();
  agent.send(SIGTERM);
  const Finished ended = agent.wait(kPatience);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 2s);
  EXPECT_EQ(ended.status, 0) << ended.err;
  EXPECT_NE(ended.err.find("stopped"), std::string::npos) << ended.err;
  EXPECT_TRUE(service.target->wait_for([](const target::Record& record) {
    return std::ranges::all_of(record.associations, [](const auto& association) { return !association.open() && association.shutdown; });
  }));
  EXPECT_TRUE(std::filesystem::exists(host.folder / "internal/internal.json"));
  const Finished nobody = run({"status", "--config", host.yaml()});
  EXPECT_EQ(nobody.status, 1);
  EXPECT_NE(nobody.err.find("no agent runs here"), std::string::npos) << nobody.err;
}

TEST(Binary, ReadsEverythingAgainOnHangUp) {
  const Host host;
  Child agent({"serve", "--config", host.yaml()});
  ASSERT_TRUE(host.status_becomes([](const Json&) { return true; })) << agent.err();
  agent.send(SIGHUP);
  EXPECT_TRUE(agent.says("reading everything again", kPatience)) << agent.err();
  EXPECT_EQ(host.get("/livez").status, 200);
  agent.send(SIGINT);
  EXPECT_EQ(agent.wait(kPatience).status, 0);
}

TEST(Binary, APortInUseIsSaidOnce) {
  const Host host;
  const Service taken;
  host.folder.write("agent.yaml", "runDir: " + (host.folder / "run") + "\nclientConfigDir: " + (host.folder / "d") + "\ninternalDir: " + (host.folder / "i") +
                                      "\ndebug:\n  endpoint: 127.0.0.1:" + taken.port() + "\n");
  const Finished ended = run({"serve", "--config", host.yaml()});
  EXPECT_EQ(ended.status, 1);
  const std::string sentence = "is in use";
  const std::size_t first = ended.err.find(sentence);
  ASSERT_NE(first, std::string::npos) << ended.err;
  EXPECT_EQ(ended.err.find(sentence, first + 1), std::string::npos) << ended.err;
}

/// Linux 6.1 gives stacks of threads huge pages by chance; a start that takes 6 MiB more than the last one looks like a leak.
TEST(Binary, ServesWithoutHugePages) {
  const Host host;
  Child agent({"serve", "--config", host.yaml()});
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j.contains("paths"); })) << agent.err();
  const auto status = base::read_file("/proc/" + std::to_string(agent.pid()) + "/status", 1 << 16);
  ASSERT_TRUE(status);
  EXPECT_NE(status->find("\nTHP_enabled:\t0\n"), std::string::npos) << *status;
}

TEST(Binary, KilledAtAnyTimeItStartsAgain) {
  const Host host;
  const Service service;
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a")});
  host.folder.write("discovery.d/a.conf", service.line());
  {
    Child agent({"serve", "--config", host.yaml()});
    ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["paths"].size() == 1; })) << agent.err();
    // Written soon after; what it names outlives the service.
    const auto end = std::chrono::steady_clock::now() + kPatience;
    const auto remembered = [&host] {
      const auto text = base::read_file(host.folder / "internal/internal.json", 1 << 20);
      return text && text->find("nqn.a") != std::string::npos;
    };
    while (std::chrono::steady_clock::now() < end && !remembered()) host.get("/livez");
    agent.send(SIGKILL);
    EXPECT_EQ(agent.wait(kPatience).status, 128 + SIGKILL);
  }
  service.target->stop_listening();
  Child agent({"serve", "--config", host.yaml()});
  EXPECT_TRUE(host.status_becomes([](const Json& j) { return j["paths"].size() == 1 && j["paths"][0]["stale"] == true; })) << agent.err();
}

}  // namespace
}  // namespace cmd
