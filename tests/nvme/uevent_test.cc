#include "nvme/uevent.h"

#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <asio/io_context.hpp>

#include "nvme/file_descriptor.h"

namespace nvme {
namespace {

/// A message as the kernel sends it, with '|' for NUL.
std::string message(std::string text) {
  for (char& c : text)
    if (c == '|') c = '\0';
  return text;
}

// Seen on Debian's 6.1, where nvme0 connected.
const std::string kConnected = message(
    "change@/devices/virtual/nvme-fabrics/ctl/nvme0|ACTION=change|DEVPATH=/devices/virtual/nvme-fabrics/ctl/"
    "nvme0|"
    "SUBSYSTEM=nvme|NVME_EVENT=connected|MAJOR=246|MINOR=0|DEVNAME=nvme0|NVME_TRTYPE=tcp|NVME_TRADDR=10.0.1."
    "1|"
    "NVME_TRSVCID=8009|NVME_HOST_TRADDR=none|NVME_HOST_IFACE=none|SEQNUM=686|");

TEST(Uevents, NameTheController) {
  const Uevent event = parse_uevent(kConnected).value();
  EXPECT_EQ(event.action, "change");
  EXPECT_EQ(event.device, "nvme0");
  EXPECT_EQ(event.nvme_event, "connected");
}

TEST(Uevents, OfRemoval) {
  const Uevent event =
      parse_uevent(
          message("remove@/devices/virtual/nvme-fabrics/ctl/nvme12|ACTION=remove|"
                  "DEVPATH=/devices/virtual/nvme-fabrics/ctl/nvme12|SUBSYSTEM=nvme|MAJOR=246|MINOR=5|"
                  "DEVNAME=nvme12|NVME_TRTYPE=tcp|SEQNUM=708|"))
          .value();
  EXPECT_EQ(event.action, "remove");
  EXPECT_EQ(event.device, "nvme12");
  EXPECT_EQ(event.nvme_event, "");
}

TEST(Uevents, WithoutADeviceNameUseThePath) {
  EXPECT_EQ(parse_uevent(message("add@/devices/x/nvme7|ACTION=add|DEVPATH=/devices/x/nvme7|SUBSYSTEM=nvme|"))
                ->device,
            "nvme7");
}

TEST(Uevents, OfOtherThingsAreNone) {
  for (const std::string text :
       {"add@/devices/virtual/nvme-subsystem/nvme-subsys0|ACTION=add|DEVPATH=/devices/virtual/nvme-subsystem/"
        "nvme-subsys0|"
        "SUBSYSTEM=nvme-subsystem|SEQNUM=684|",
        "add@/devices/virtual/nvme-fabrics/ctl/nvme0/hwmon0|ACTION=add|DEVPATH=/devices/virtual/nvme-fabrics/"
        "ctl/nvme0/hwmon0|"
        "SUBSYSTEM=hwmon|SEQNUM=685|",
        "add@/devices/virtual/nvme-subsystem/nvme-subsys0/nvme0n1|ACTION=add|DEVPATH=/devices/x/"
        "nvme0n1|SUBSYSTEM=block|"
        "DEVNAME=nvme0n1|DEVTYPE=disk|SEQNUM=9|",
        "add@/devices/x/nvme0n1|ACTION=add|DEVPATH=/devices/x/nvme0n1|SUBSYSTEM=nvme|DEVNAME=nvme0n1|",
        "add@/devices/x/ng0n1|ACTION=add|DEVPATH=/devices/x/ng0n1|SUBSYSTEM=nvme-generic|DEVNAME=ng0n1|"})
    EXPECT_EQ(parse_uevent(message(text)), std::nullopt) << text;
}

TEST(Uevents, OfUdevOrGarbageAreNone) {
  for (const std::string text :
       {"", "|", "@", "@|", "libudev|x=y|SUBSYSTEM=nvme|ACTION=add|DEVNAME=nvme0|", "add@/x/nvme0",
        "add@/x/nvme0|SUBSYSTEM=nvme|", "add@/x|ACTION=add|SUBSYSTEM=nvme|",
        "add@/x|ACTION=|SUBSYSTEM=nvme|DEVNAME=nvme1|", "add@/x|ACTION=add|SUBSYSTEM=nvme|DEVNAME=../nvme1|"})
    EXPECT_EQ(parse_uevent(message(text)), std::nullopt) << text;
}

// Every Linux machine has the socket; events come only where there are controllers.
TEST(UeventListener, OpensAndGoesAtAnyTime) {
  asio::io_context loop;
  auto first = UeventListener::open(loop.get_executor(), [](const Uevent&) {}, [] {});
  ASSERT_TRUE(first) << first.error().message;
  auto second = UeventListener::open(loop.get_executor(), nullptr, nullptr);
  ASSERT_TRUE(second) << second.error().message;
  second->reset();  // before the loop ever ran
  loop.poll();
  EXPECT_FALSE(loop.stopped());
  first->reset();  // while it waits
  loop.restart();
  loop.run();  // and nothing keeps the loop
}

// Anybody with CAP_NET_ADMIN may write to the kernel's group; what comes so is not believed.
TEST(UeventListener, BelievesTheKernelOnly) {
  asio::io_context loop;
  int events = 0;
  auto listener = UeventListener::open(loop.get_executor(), [&](const Uevent&) { ++events; }, [] {});
  ASSERT_TRUE(listener) << listener.error().message;
  const FileDescriptor forger(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  ASSERT_TRUE(forger);
  sockaddr_nl group{};
  group.nl_family = AF_NETLINK;
  group.nl_groups = 1;
  const void* generic = &group;
  if (::sendto(forger.get(), kConnected.data(), kConnected.size(), 0, static_cast<const sockaddr*>(generic),
               sizeof group) < 0)
    GTEST_SKIP() << "not allowed to forge a uevent";
  loop.poll();
  EXPECT_EQ(events, 0);
}

TEST(UeventListener, MayGoBeforeItsLoop) {
  std::unique_ptr<UeventListener> listener;
  {
    asio::io_context loop;
    auto opened = UeventListener::open(loop.get_executor(), [](const Uevent&) {}, [] {});
    ASSERT_TRUE(opened);
    loop.poll();
    listener = std::move(*opened);
    listener.reset();
  }
}

}  // namespace
}  // namespace nvme
