// Probes and log lines of the program itself: while the kernel holds a write, and while a file is wrong.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "base/file.h"
#include "tests/cmd/host.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using cmd_test::Child;
using cmd_test::Finished;
using cmd_test::Host;
using cmd_test::kPatience;
using cmd_test::Service;
using Json = nlohmann::json;

/// A fabrics device that says what it can, and from hang() on holds every write: a FIFO that is full. Behind a link, since
/// the agent asks the device again when something new is in its folder.
class Device {
 public:
  explicit Device(const Host& host) : path_(host.folder / "kernel/device"), next_(path_ + ".next") {
    host.folder.write("kernel/device",
                      "instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_delay=%d,"
                      "ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect\n");
    std::filesystem::create_symlink(path_, host.folder / "dev/nvme-fabrics");
  }
  ~Device() {
    if (fd_ >= 0) ::close(fd_);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  bool hang() {
    if (::mkfifo(next_.c_str(), 0600) != 0) return false;
    fd_ = ::open(next_.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd_ < 0) return false;
    const std::string page(4096, 'x');  // PIPE_BUF: all of it or nothing
    while (::write(fd_, page.data(), page.size()) > 0) {
    }
    return ::rename(next_.c_str(), path_.c_str()) == 0;
  }

 private:
  std::string path_;
  std::string next_;
  int fd_{-1};
};

/// A busy machine delays some answers, a server that waits for something delays all: one fast answer is enough.
bool answers_within(const Host& host, const std::string& path, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < end) {
    const auto began = std::chrono::steady_clock::now();
    const HttpReply reply = host.get(path);
    const auto took = std::chrono::steady_clock::now() - began;
    EXPECT_EQ(reply.status, 200) << path << ": " << reply.body;
    if (took <= limit) return true;
  }
  return false;
}

TEST(Health, ProbesAnswerWhileTheKernelHoldsAWrite) {
  const Host host;
  Device device(host);
  const Service service;
  service.target->set_log({});
  host.folder.write("discovery.d/a.conf", service.line());
  Child agent({"serve", "--config", host.yaml(), "--preflight", "off"});
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["kernel"]["fabrics_available"] == true && !j["endpoints"].empty() && j["endpoints"][0]["session"] == "up"; })) << agent.err();
  ASSERT_TRUE(device.hang());
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a")});
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["kernel"]["connecting"].is_object(); })) << agent.err();
  for (const char* path : {"/livez", "/healthz", "/readyz", "/readyz?verbose"}) EXPECT_TRUE(answers_within(host, path, 100ms)) << path;
  EXPECT_NE(host.get("/metrics").body.find("discovery_client_connect_in_progress_seconds "), std::string::npos);

  // Discovery goes on meanwhile, and so does the end.
  service.target->set_log({target::tcp_subsystem("127.0.0.1", 4420, "nqn.a"), target::tcp_subsystem("127.0.0.1", 4421, "nqn.b")});
  EXPECT_TRUE(host.status_becomes([](const Json& j) { return j["paths"].size() == 2; }));
  agent.send(SIGTERM);
  EXPECT_EQ(agent.wait(kPatience).status, 0);
}

TEST(Health, ReadinessSaysWhichLineIsWrong) {
  const Host host;
  const Device device(host);
  host.folder.write("discovery.d/a.conf", "-t tcp\n");
  Child agent({"serve", "--config", host.yaml()});
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["kernel"]["fabrics_available"] == true && j["diagnostics"].size() == 1; })) << agent.err();
  const HttpReply bad = host.get("/readyz?verbose");
  EXPECT_EQ(bad.status, 503);
  EXPECT_NE(bad.body.find("[-]configuration failed: "), std::string::npos) << bad.body;
  EXPECT_NE(bad.body.find("a.conf:1:"), std::string::npos) << bad.body;
  EXPECT_EQ(host.get("/livez").status, 200) << "no reason for a restart";
  host.folder.write("discovery.d/a.conf", "# nothing\n");
  ASSERT_TRUE(host.status_becomes([](const Json& j) { return j["diagnostics"].empty(); })) << agent.err();
  EXPECT_TRUE(host.readiness_becomes(200, "ok\n")) << host.get("/readyz").body;
}

TEST(Health, LinesAreJsonAndTheLevelChangesAtRunTime) {
  const Host host;
  const std::string settings = *base::read_file(host.yaml(), 1 << 16);
  host.folder.write("agent.yaml", settings + "logging:\n  format: json\n  level: error\n");
  Child agent({"serve", "--config", host.yaml()});
  ASSERT_TRUE(host.status_becomes([](const Json&) { return true; })) << agent.err();
  EXPECT_EQ(agent.err().find("agent started"), std::string::npos) << "info is below error";
  host.folder.write("agent.yaml", settings + "logging:\n  format: json\n  level: info\n");
  agent.send(SIGHUP);
  host.folder.write("discovery.d/a.conf", "-t tcp -a 127.0.0.1 -s " + std::to_string(cmd_test::free_port()) + "\n");
  // Whether the file is seen before or after the signal: its service is down for good, and that is said.
  ASSERT_TRUE(agent.says("\"message\":\"", kPatience)) << agent.err();
  agent.send(SIGTERM);
  const Finished ended = agent.wait(kPatience);
  EXPECT_EQ(ended.status, 0);
  std::istringstream lines(ended.err);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const Json json = Json::parse(line, nullptr, false);
    ASSERT_TRUE(json.is_object()) << line;
    for (const char* member : {"time", "level", "message", "caller", "fields"}) EXPECT_TRUE(json.contains(member)) << line;
    EXPECT_EQ(json.size(), 5u) << line;
  }
  EXPECT_GT(count, 2) << "at least: read again, stopping, stopped";
}

}  // namespace
}  // namespace cmd
