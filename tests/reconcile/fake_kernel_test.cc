// The fake kernel itself: what the stories about the controller rely on.
#include "tests/fakes/fake_kernel.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace reconcile {
namespace {

using namespace std::chrono_literals;
using fakes::FakeKernel;

constexpr TimePoint kStart{std::chrono::hours{1}};
constexpr std::string_view kHostId = "0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001";

nvme::Path path(std::uint8_t portal, std::string subnqn = "nqn.2024-01.test:c1-1") {
  return {{.traddr = nvme::IpAddress::v4({10, 0, 1, portal}), .trsvcid = 4420},
          std::move(subnqn),
          "nqn.2024-01.test:host"};
}

nvme::ConnectOptions options(const nvme::Path& to, std::string_view hostid = kHostId) {
  return {.path = to, .hostid = nvme::HostId::parse(hostid).value()};
}

/// Writes down what it is told.
struct Notes final : Inbox {
  std::vector<std::string> started{}, ended{};
  std::vector<nvme::SysfsSnapshot> scans{};
  std::vector<std::pair<std::string, bool>> looks{};
  bool features{false};

  void connect_started(const Path& path) override { started.push_back(to_string(path)); }
  void connect_ended(const Path& path, base::Result<nvme::ConnectedController> result,
                     Duration took) override {
    const std::string how =
        result ? "nvme" + std::to_string(result->instance) : base::errno_name(result.error().code);
    ended.push_back(to_string(path) + " " + how + " after " + base::to_string(took));
  }
  void scanned(nvme::SysfsSnapshot snapshot) override { scans.push_back(std::move(snapshot)); }
  void device_read(const std::string& device, std::optional<nvme::Controller> found) override {
    looks.emplace_back(device, found.has_value());
  }
  void features_read(base::Result<nvme::FabricsFeatures> read) override { features = read.has_value(); }
  void session_up(const EndpointId&, const nvme::ControllerInfo&) override {}
  void session_log(const EndpointId&, nvme::LogPage) override {}
  void session_event(const EndpointId&) override {}
  void session_keep_alive(const EndpointId&, std::chrono::nanoseconds) override {}
  void session_down(const EndpointId&, base::Error) override {}
  void probed(const nvme::TransportId&, base::Result<std::chrono::nanoseconds>) override {}
  void resolved(const std::string&, base::Result<std::vector<nvme::IpAddress>>) override {}
};

class FakeKernelTest : public ::testing::Test {
 protected:
  FakeKernelTest() { kernel.deliver_to(notes); }
  void connect(const nvme::Path& to) { kernel.connect(options(to), nvme::FabricsFeatures::oldest()); }
  FakeKernel kernel{kStart};
  Notes notes{};
};

TEST_F(FakeKernelTest, ConnectsInOrderAndNotBeforeItsTime) {
  connect(path(1));
  connect(path(2));
  EXPECT_TRUE(notes.started.empty());
  kernel.run_until(kStart + 20ms);
  EXPECT_EQ(notes.ended, std::vector<std::string>{"nqn.2024-01.test:c1-1 at 10.0.1.1:4420 nvme0 after 20ms"});
  EXPECT_EQ(notes.started.size(), 2u);
  kernel.run_until(kStart + 40ms);
  EXPECT_EQ(kernel.live(), (std::vector{path(1), path(2)}));
  EXPECT_EQ(kernel.next_due(), base::kNever);
}

TEST_F(FakeKernelTest, RefusesAsOftenAsItIsTold) {
  kernel.refuse(path(1), 2);
  for (int i = 0; i < 3; ++i) connect(path(1));
  kernel.run_until(kStart + 1s);
  EXPECT_EQ(kernel.attempts(path(1)), 3);
  EXPECT_EQ(notes.ended[1], "nqn.2024-01.test:c1-1 at 10.0.1.1:4420 ECONNREFUSED after 20ms");
  EXPECT_EQ(kernel.live(), std::vector{path(1)});
}

TEST_F(FakeKernelTest, ABlockedConnectHoldsTheOthers) {
  kernel.block(path(1));
  connect(path(1));
  connect(path(2));
  kernel.run_until(kStart + 60s);
  EXPECT_EQ(notes.started.size(), 1u);
  EXPECT_TRUE(notes.ended.empty());
  kernel.release(path(1), base::fail(base::ErrorKind::kIo, "EIO", EIO));
  kernel.run_until(kStart + 61s);
  EXPECT_EQ(notes.ended[0], "nqn.2024-01.test:c1-1 at 10.0.1.1:4420 EIO after 1m");
  EXPECT_EQ(kernel.live(), std::vector{path(2)});
}

TEST_F(FakeKernelTest, KnowsDuplicatesAndMixedIdentities) {
  kernel.connect_by_hand(path(1), std::string(kHostId));
  connect(path(1));
  kernel.connect(options(path(2), "0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0002"), nvme::FabricsFeatures::oldest());
  kernel.run_until(kStart + 1s);
  EXPECT_TRUE(notes.ended[0].contains("EALREADY")) << notes.ended[0];
  EXPECT_TRUE(notes.ended[1].contains("EINVAL")) << notes.ended[1];
  EXPECT_EQ(kernel.controllers(), 1u);
}

TEST_F(FakeKernelTest, PurgesALostControllerAfterItsTime) {
  nvme::ConnectOptions short_lived = options(path(1));
  short_lived.tunables.ctrl_loss_tmo = 10;
  kernel.connect(short_lived, nvme::FabricsFeatures::oldest());
  std::vector<std::string> events;
  kernel.on_uevent([&](const std::string& device) { events.push_back(device); });
  kernel.run_until(kStart + 1s);
  kernel.lose(path(1));
  kernel.run_until(kStart + 6s);
  EXPECT_EQ(kernel.controller(path(1))->state, nvme::ControllerState::kConnecting);
  kernel.recover(path(1));
  kernel.run_until(kStart + 30s);
  EXPECT_EQ(kernel.live(), std::vector{path(1)});
  kernel.lose(path(1));
  kernel.run_until(kStart + 40s);
  EXPECT_EQ(kernel.controller(path(1)), std::nullopt);
  kernel.run_until(kStart + 41s);
  EXPECT_EQ(events, (std::vector<std::string>{"nvme0", "nvme0", "nvme0", "nvme0",
                                              "nvme0"}));  // made, lost, back, lost, gone
}

TEST_F(FakeKernelTest, ScansCoalesceAndShowTheWorldAsItWasThen) {
  kernel.scan();
  kernel.scan();
  kernel.scans_take(1s);
  kernel.run_until(kStart + 500ms);
  EXPECT_EQ(kernel.scans(), 1);
  kernel.connect_by_hand(path(1), std::string(kHostId));
  kernel.look("nvme0");
  kernel.look("nvme7");
  kernel.run_until(kStart + 2s);
  ASSERT_EQ(notes.scans.size(), 1u);
  EXPECT_TRUE(notes.scans[0].controllers.empty());
  EXPECT_EQ(notes.looks, (std::vector<std::pair<std::string, bool>>{{"nvme0", true}, {"nvme7", false}}));
}

TEST_F(FakeKernelTest, MayLackTheDevice) {
  kernel.without_fabrics(true);
  kernel.read_features();
  connect(path(1));
  kernel.run_until(kStart + 1s);
  EXPECT_FALSE(notes.features);
  EXPECT_TRUE(notes.ended[0].contains("ENOENT")) << notes.ended[0];
  kernel.without_fabrics(false);
  kernel.read_features();
  kernel.run_until(kStart + 2s);
  EXPECT_TRUE(notes.features);
}

}  // namespace
}  // namespace reconcile
