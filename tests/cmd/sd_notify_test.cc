// Messages as a service manager receives them, on a socket of the test's own.
#include "cmd/sd_notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <map>

namespace cmd {
namespace {

using namespace std::chrono_literals;

config::Environment environment(std::map<std::string, std::string> table) {
  return [table = std::move(table)](const std::string& name) -> std::optional<std::string> {
    const auto found = table.find(name);
    return found == table.end() ? std::nullopt : std::optional(found->second);
  };
}

/// The manager's end: a datagram socket in a folder, or with an abstract name.
class Manager {
 public:
  explicit Manager(bool abstract) {
    std::string pattern = (std::filesystem::temp_directory_path() / "sd_notify_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    name_ = abstract ? "@" + folder_ : folder_ + "/socket";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name_.data(), name_.size());
    if (abstract) address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size() + (abstract ? 0 : 1));
    fd_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
  }
  ~Manager() {
    ::close(fd_);
    std::filesystem::remove_all(folder_);
  }
  Manager(const Manager&) = delete;
  Manager& operator=(const Manager&) = delete;

  const std::string& name() const { return name_; }
  std::string heard() const {
    std::string text(4096, '\0');
    const ssize_t size = ::recv(fd_, text.data(), text.size(), 0);
    return size < 0 ? "(nothing)" : text.substr(0, static_cast<std::size_t>(size));
  }

 private:
  std::string folder_{};
  std::string name_{};
  int fd_{-1};
};

class SdNotify : public testing::TestWithParam<bool> {};

TEST_P(SdNotify, LifeOfAService) {
  const Manager manager(GetParam());
  const ServiceManager service = ServiceManager::from_environment(environment({{"NOTIFY_SOCKET", manager.name()}}));
  ASSERT_TRUE(service.listens());
  ASSERT_TRUE(service.ready("first sync under way"));
  EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=first sync under way\n");
  ASSERT_TRUE(service.reloading(base::TimePoint(1234567890us)));
  EXPECT_EQ(manager.heard(), "RELOADING=1\nMONOTONIC_USEC=1234567890\n");
  ASSERT_TRUE(service.alive());
  EXPECT_EQ(manager.heard(), "WATCHDOG=1\n");
  ASSERT_TRUE(service.status("OK: 6 of 6 paths live"));
  EXPECT_EQ(manager.heard(), "STATUS=OK: 6 of 6 paths live\n");
  ASSERT_TRUE(service.extend_timeout(65s));
  EXPECT_EQ(manager.heard(), "EXTEND_TIMEOUT_USEC=65000000\n");
  ASSERT_TRUE(service.stopping("closing sockets"));
  EXPECT_EQ(manager.heard(), "STOPPING=1\nSTATUS=closing sockets\n");
  EXPECT_EQ(manager.heard(), "(nothing)");
}

INSTANTIATE_TEST_SUITE_P(PathAndAbstract, SdNotify, testing::Bool(),
                         [](const auto& info) { return info.param ? "Abstract" : "Path"; });

TEST(SdNotifyTest, StatusCannotSmuggleAMessage) {
  const Manager manager(false);
  const ServiceManager service = ServiceManager::from_environment(environment({{"NOTIFY_SOCKET", manager.name()}}));
  ASSERT_TRUE(service.status("evil\nMAINPID=1"));
  EXPECT_THAT(manager.heard(), testing::Not(testing::HasSubstr("\nMAINPID")));
}

TEST(SdNotifyTest, NobodyAsked) {
  const ServiceManager service = ServiceManager::from_environment(environment({{"WATCHDOG_USEC", "1000000"}}));
  EXPECT_FALSE(service.listens());
  EXPECT_EQ(service.watchdog_period(), std::nullopt);
  EXPECT_TRUE(service.ready("x"));
}

TEST(SdNotifyTest, AManagerThatWentAwayIsAnErrorNotAnEnd) {
  const ServiceManager service = ServiceManager::from_environment(environment({{"NOTIFY_SOCKET", "/nonexistent/notify"}}));
  const base::Result<void> sent = service.ready("x");
  ASSERT_FALSE(sent);
  EXPECT_THAT(sent.error().message, testing::HasSubstr("/nonexistent/notify"));
}

TEST(SdNotifyTest, WatchdogIsFedTwiceAsOftenAndOnlyIfItIsOurs) {
  const auto period = [](std::map<std::string, std::string> table) {
    table["NOTIFY_SOCKET"] = "/run/x";
    return ServiceManager::from_environment(environment(std::move(table))).watchdog_period();
  };
  EXPECT_EQ(period({{"WATCHDOG_USEC", "30000000"}}), 15s);
  EXPECT_EQ(period({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", std::to_string(::getpid())}}), 15s);
  EXPECT_EQ(period({{"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "1"}}), std::nullopt);
  EXPECT_EQ(period({{"WATCHDOG_USEC", "soon"}}), std::nullopt);
  EXPECT_EQ(period({}), std::nullopt);
}

TEST(SdNotifyTest, OtherKindsOfSocketAreLeftAlone) {
  EXPECT_FALSE(ServiceManager::from_environment(environment({{"NOTIFY_SOCKET", "vsock:2:1234"}})).listens());
  EXPECT_FALSE(ServiceManager::from_environment(environment({{"NOTIFY_SOCKET", "@"}})).listens());
}

}  // namespace
}  // namespace cmd
