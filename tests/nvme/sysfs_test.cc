#include "nvme/sysfs.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "nvme/file_descriptor.h"
#include "nvme/nqn.h"
#include "tests/nvme/fixture_tree.h"

namespace nvme {
namespace {

constexpr std::string_view kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001";

/// A tree as Debian's 6.1 and 6.12 have it: /sys/class/nvme/nvmeN is a link into /sys/devices.
class SysfsTest : public ::testing::Test {
 protected:
  std::string folder(int instance) const {
    return "devices/virtual/nvme-fabrics/ctl/nvme" + std::to_string(instance);
  }
  void attribute(int instance, std::string_view name, std::string_view text) const {
    tree.write(folder(instance) + "/" + std::string(name), text);
  }
  void controller(int instance, std::string_view address, std::string_view state = "live") const {
    const std::string name = "nvme" + std::to_string(instance);
    tree.folder(folder(instance));
    tree.link("class/nvme/" + name, "../../" + folder(instance));
    attribute(instance, "address", std::string(address) + "\n");
    attribute(instance, "state", std::string(state) + "\n");
    attribute(instance, "transport", "tcp\n");
    attribute(instance, "subsysnqn", "nqn.2024-01.test:c1-1\n");
    attribute(instance, "hostnqn", std::string(kHostNqn) + "\n");
    attribute(instance, "hostid", "0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001\n");
    attribute(instance, "cntrltype", "io\n");
    attribute(instance, "cntlid", "17\n");
    attribute(instance, "ctrl_loss_tmo", "600\n");
  }
  void subsystem(int number, std::initializer_list<int> controllers) const {
    const std::string name = "nvme-subsys" + std::to_string(number);
    const std::string at = "devices/virtual/nvme-subsystem/" + name;
    tree.write(at + "/subsysnqn", "nqn.2024-01.test:c1-1\n");
    tree.write(at + "/iopolicy", "numa\n");
    tree.folder(at + "/nvme" + std::to_string(number) + "n1");
    for (const int instance : controllers)
      tree.link(at + "/nvme" + std::to_string(instance),
                "../../nvme-fabrics/ctl/nvme" + std::to_string(instance));
    tree.link("class/nvme-subsystem/" + name, "../../" + at);
  }
  FixtureTree tree;
  Sysfs sysfs{tree.root()};
};

TEST_F(SysfsTest, ListsControllersByInstance) {
  controller(10, "traddr=10.0.1.2,trsvcid=8009,src_addr=10.0.1.2");
  controller(2, "traddr=fd00::1:1,trsvcid=4420,host_traddr=fd00::1:2,host_iface=dummy0,src_addr=fd00::1:2",
             "connecting");
  subsystem(0, {2, 10});
  tree.folder("class/nvme-fabrics/ctl");
  tree.folder("module/nvme_tcp");
  tree.write("module/nvme_core/parameters/multipath", "Y\n");

  const SysfsSnapshot snapshot = sysfs.scan();
  ASSERT_EQ(snapshot.controllers.size(), 2u);
  const Controller& second = snapshot.controllers[0];
  EXPECT_EQ(second.device, "nvme2");
  EXPECT_EQ(second.instance, 2);
  EXPECT_EQ(second.state, ControllerState::kConnecting);
  EXPECT_EQ(to_string(second.transport), "[fd00::1:1]:4420 from fd00::1:2 via dummy0");
  EXPECT_EQ(to_string(second.src_addr.value()), "fd00::1:2");
  EXPECT_EQ(second.subsysnqn, "nqn.2024-01.test:c1-1");
  EXPECT_EQ(second.hostnqn, kHostNqn);
  EXPECT_EQ(second.hostid, "0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001");
  EXPECT_EQ(second.cntrltype, "io");
  EXPECT_EQ(second.cntlid, 17);
  EXPECT_EQ(second.ctrl_loss_tmo, 600);
  EXPECT_EQ(second.subsystem, "nvme-subsys0");
  EXPECT_FALSE(second.is_discovery());
  EXPECT_EQ(snapshot.controllers[1].device, "nvme10");
  EXPECT_EQ(snapshot.native_multipath, true);
  EXPECT_TRUE(snapshot.fabrics_loaded);
  EXPECT_TRUE(snapshot.tcp_loaded);
  EXPECT_EQ(sysfs.read("nvme2").value(), second);
}

TEST_F(SysfsTest, ReadsSomeOfThemEachWithItsSubsystem) {
  for (const int instance : {1, 2, 3, 4}) controller(instance, "traddr=10.0.1.2,trsvcid=8009");
  subsystem(1, {1, 3});  // the number of its first controller, as Linux gives it
  subsystem(7, {2});
  const Sysfs::Found found = sysfs.read({"nvme1", "nvme2", "nvme3", "nvme9", "etc"}).value();
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found.at("nvme1")->subsystem, "nvme-subsys1");
  EXPECT_EQ(found.at("nvme2")->subsystem, "nvme-subsys7");
  EXPECT_EQ(found.at("nvme3")->subsystem, "nvme-subsys1");
  EXPECT_EQ(found.at("nvme9"), std::nullopt);
  EXPECT_EQ(found.at("etc"), std::nullopt);
  EXPECT_EQ(sysfs.read("nvme4").value()->subsystem, "") << "it has none yet";
}

TEST_F(SysfsTest, CountsNamespacesByAnaState) {
  controller(3, "traddr=10.0.1.2,trsvcid=4420");
  EXPECT_EQ(sysfs.read("nvme3").value()->ana, AnaCounts{}) << "no namespace yet";
  attribute(3, "nvme0c3n1/ana_state", "optimized\n");
  attribute(3, "nvme0c3n2/ana_state", "optimized\n");
  attribute(3, "nvme0c3n3/ana_state", "non-optimized\n");
  attribute(3, "nvme0c3n4/ana_state", "invalid state\n");
  attribute(3, "nvme0c3n5/nsid", "5\n");
  attribute(3, "power/ana_state", "optimized\n");
  const AnaCounts counts = sysfs.read("nvme3").value()->ana;
  EXPECT_EQ(counts, (AnaCounts{2, 1, 0, 0, 0, 1}));
  EXPECT_EQ(sysfs.scan().controllers.at(0).ana, counts);
  for (const AnaState state : {AnaState::kOptimized, AnaState::kNonOptimized, AnaState::kInaccessible, AnaState::kPersistentLoss, AnaState::kChange})
    EXPECT_EQ(parse_ana_state(to_string(state)), state);
}

TEST_F(SysfsTest, IsEmptyWithoutModules) {
  const SysfsSnapshot snapshot = sysfs.scan();
  EXPECT_TRUE(snapshot.controllers.empty());
  EXPECT_FALSE(snapshot.fabrics_loaded);
  EXPECT_FALSE(snapshot.tcp_loaded);
  EXPECT_EQ(snapshot.native_multipath, std::nullopt);
  EXPECT_EQ(sysfs.read("nvme0").value(), std::nullopt);
}

TEST_F(SysfsTest, LeavesOtherTransportsAlone) {
  controller(0, "0000:00:04.0");
  attribute(0, "transport", "pcie\n");
  controller(1, "traddr=10.0.1.1,trsvcid=4420");
  attribute(1, "transport", "rdma\n");
  EXPECT_TRUE(sysfs.scan().controllers.empty());
  EXPECT_EQ(sysfs.read("nvme1").value(), std::nullopt);
}

// What Linux 6.1 and 6.12 show during the first connect, which may last a minute.
TEST_F(SysfsTest, AControllerBeforeIdentifyHasNoSubsystemNqn) {
  controller(4, "traddr=10.99.0.1,trsvcid=8009", "connecting");
  attribute(4, "subsysnqn", "(efault)\n");
  attribute(4, "cntrltype", "reserved\n");
  attribute(4, "cntlid", "0\n");
  const SysfsSnapshot snapshot = sysfs.scan();
  ASSERT_EQ(snapshot.controllers.size(), 1u);
  EXPECT_EQ(snapshot.controllers[0].subsysnqn, "");
  EXPECT_EQ(snapshot.controllers[0].hostnqn, kHostNqn);
  EXPECT_EQ(snapshot.controllers[0].src_addr, std::nullopt);
  EXPECT_FALSE(snapshot.controllers[0].is_discovery());
}

TEST_F(SysfsTest, KnowsDiscoveryControllersAlsoOnOldKernels) {
  Controller controller{.subsysnqn = "nqn.2024-01.test:discovery", .cntrltype = "discovery"};
  EXPECT_TRUE(controller.is_discovery());
  controller.cntrltype = "";
  EXPECT_FALSE(controller.is_discovery());
  controller.subsysnqn = kDiscoveryNqn;
  EXPECT_TRUE(controller.is_discovery());
  controller.cntrltype = "reserved";
  EXPECT_TRUE(controller.is_discovery());
  controller.cntrltype = "io";
  EXPECT_FALSE(controller.is_discovery());
}

TEST_F(SysfsTest, MissingAttributesCostThemselvesOnly) {
  controller(0, "traddr=10.0.1.1,trsvcid=4420");
  for (const char* name : {"subsysnqn", "hostnqn", "hostid", "cntrltype", "cntlid", "ctrl_loss_tmo"})
    tree.remove(folder(0) + "/" + name);
  const SysfsSnapshot snapshot = sysfs.scan();
  ASSERT_EQ(snapshot.controllers.size(), 1u);
  const Controller& found = snapshot.controllers[0];
  EXPECT_EQ(found.state, ControllerState::kLive);
  EXPECT_EQ(found.hostnqn, "");
  EXPECT_EQ(found.ctrl_loss_tmo, std::nullopt);
  EXPECT_EQ(found.subsystem, "");
}

/// Ten thousand connects are ten thousand looks: a listing of all subsystems for each of them would be a hundred million.
TEST_F(SysfsTest, ALookListsNoSubsystems) {
  for (int i = 0; i < 4; ++i) controller(i, "traddr=10.0.1.1,trsvcid=4420");
  subsystem(0, {0, 1, 2, 3});
  ASSERT_EQ(sysfs.read("nvme0").value()->subsystem, "nvme-subsys0") << "it has the number of its first controller";
  for (const char* device : {"nvme1", "nvme2", "nvme3"}) EXPECT_EQ(sysfs.read(device).value()->subsystem, "nvme-subsys0");
  EXPECT_EQ(sysfs.searches(), 0u);
}

TEST_F(SysfsTest, ALookFindsASubsystemThatMoved) {
  controller(3, "traddr=10.0.1.1,trsvcid=4420");
  subsystem(1, {3});
  EXPECT_EQ(sysfs.read("nvme3").value()->subsystem, "nvme-subsys1");
  EXPECT_EQ(sysfs.searches(), 1u) << "its first controller, nvme1, has gone";
  EXPECT_EQ(sysfs.read("nvme3").value()->subsystem, "nvme-subsys1");
  EXPECT_EQ(sysfs.searches(), 1u) << "known by its NQN now";
  tree.remove("devices/virtual/nvme-subsystem/nvme-subsys1");
  subsystem(2, {3});
  EXPECT_EQ(sysfs.read("nvme3").value()->subsystem, "nvme-subsys2");
  tree.remove("devices/virtual/nvme-subsystem/nvme-subsys2");
  EXPECT_EQ(sysfs.read("nvme3").value()->subsystem, "");
}

TEST_F(SysfsTest, AControllerThatGoesMeanwhileIsNotListed) {
  controller(0, "traddr=10.0.1.1,trsvcid=4420");
  controller(1, "traddr=10.0.1.1,trsvcid=4421");
  controller(2, "traddr=10.0.1.1,trsvcid=4422");
  tree.remove(folder(0));  // a dangling link
  tree.remove(folder(1) + "/state");
  tree.remove(folder(2) + "/address");
  EXPECT_TRUE(sysfs.scan().controllers.empty());
}

/// Linux 6.1 can end a thread that reads it while the connection breaks.
TEST_F(SysfsTest, AnAddressWithASourceIsReadOnce) {
  controller(0, "traddr=10.0.1.1,trsvcid=4420,src_addr=10.0.1.9");
  controller(1, "traddr=10.0.1.1,trsvcid=4421");
  const SysfsSnapshot first = sysfs.scan();
  ASSERT_EQ(first.controllers.size(), 2u);
  tree.remove(folder(0) + "/address");
  EXPECT_EQ(sysfs.scan().controllers[0], first.controllers[0]);
  EXPECT_EQ(sysfs.read("nvme0").value(), first.controllers[0]);
  attribute(1, "address", "traddr=10.0.1.1,trsvcid=4421,src_addr=10.0.1.9\n");
  EXPECT_TRUE(sysfs.read("nvme1").value()->src_addr) << "now it has one";

  controller(5, "traddr=10.0.1.2,trsvcid=4420,src_addr=10.0.1.9");
  tree.remove("class/nvme/nvme0");
  tree.link("class/nvme/nvme0", "../../" + folder(5));
  EXPECT_EQ(to_string(sysfs.read("nvme0").value()->transport), "10.0.1.2:4420") << "another with the same number";
}

TEST_F(SysfsTest, SurvivesGarbage) {
  controller(0, "traddr=10.0.1.1,trsvcid=4420", "sleepy");
  attribute(0, "cntlid", "-5\n");
  attribute(0, "ctrl_loss_tmo", "off\n");
  attribute(0, "hostid", std::string(5000, 'x'));
  controller(1, "traddr=,trsvcid=0");
  controller(2, "");
  controller(5, "traddr=10.0.1.1,trsvcid=4420");
  attribute(5, "ctrl_loss_tmo", "99999999999999999999\n");
  tree.write("class/nvme/nvme3", "a file where a folder belongs");
  tree.folder("class/nvme/nvme4x");
  tree.folder("class/nvme/nvme");
  tree.folder("class/nvme-subsystem/nvme-subsys0/nvme0c0n1");
  tree.remove(folder(0) + "/cntrltype");
  ASSERT_EQ(::mkfifo(tree.at(folder(0) + "/cntrltype").c_str(), 0600), 0);  // must not block the scan
  const SysfsSnapshot snapshot = sysfs.scan();
  ASSERT_EQ(snapshot.controllers.size(), 2u);
  const Controller& found = snapshot.controllers[0];
  EXPECT_EQ(found.state, ControllerState::kUnknown);
  EXPECT_EQ(found.cntlid, 0);
  EXPECT_EQ(found.cntrltype, "");
  EXPECT_EQ(found.ctrl_loss_tmo, -1);
  EXPECT_LE(found.hostid.size(), 1024u);
  EXPECT_EQ(snapshot.controllers[1].ctrl_loss_tmo, std::nullopt);
}

TEST_F(SysfsTest, NativeMultipathIsTheParameterElseIopolicy) {
  EXPECT_EQ(sysfs.native_multipath(), std::nullopt);
  tree.folder("module/nvme_core/parameters");
  EXPECT_EQ(sysfs.native_multipath(), false);
  tree.write("module/nvme_core/parameters/iopolicy", "numa\n");
  EXPECT_EQ(sysfs.native_multipath(), true) << "before any subsystem, and without the parameter multipath";
  tree.remove("module/nvme_core/parameters/iopolicy");
  subsystem(0, {});
  EXPECT_EQ(sysfs.native_multipath(), true);
  tree.write("module/nvme_core/parameters/multipath", "N\n");
  EXPECT_EQ(sysfs.native_multipath(), false);
}

TEST(ControllerStates, AreTheKernelsTexts) {
  EXPECT_EQ(parse_controller_state("live\n"), ControllerState::kLive);
  EXPECT_EQ(parse_controller_state("deleting (no IO)\n"), ControllerState::kDeleting);
  EXPECT_EQ(parse_controller_state("unknown state"), ControllerState::kUnknown);
  for (const std::string_view text :
       {"new", "live", "resetting", "connecting", "deleting", "dead", "unknown"})
    EXPECT_EQ(to_string(parse_controller_state(text)), text);
}

TEST(Addresses, ParseInAnyOrder) {
  const ParsedAddress address =
      parse_address("src_addr=10.0.0.9,host_iface=eth0,trsvcid=8009,host_traddr=10.0.0.9,traddr=10.0.0.1\n")
          .value();
  EXPECT_EQ(to_string(address.transport), "10.0.0.1:8009 from 10.0.0.9 via eth0");
  EXPECT_EQ(to_string(address.src_addr.value()), "10.0.0.9");
}

TEST(Addresses, KeepIpv6Zones) {
  const ParsedAddress address =
      parse_address("traddr=fe80::1%eth0,trsvcid=4420,host_iface=,src_addr=fe80::9").value();
  EXPECT_EQ(to_string(address.transport), "[fe80::1%eth0]:4420");
  EXPECT_EQ(to_string(address.src_addr.value()), "fe80::9");
}

TEST(Addresses, SkipWhatTheyDoNotKnow) {
  const ParsedAddress address =
      parse_address("traddr=10.0.0.1,colour=red,trsvcid=4420,src_addr=somewhere,,=,x").value();
  EXPECT_EQ(to_string(address.transport), "10.0.0.1:4420");
  EXPECT_EQ(address.src_addr, std::nullopt);
}

TEST(Addresses, RefuseGarbage) {
  for (const std::string_view text :
       {"", "\n", "0000:00:04.0", "trsvcid=4420", "traddr=nn-0x1:pn-0x2", "traddr=10.0.0.1,trsvcid=x",
        "traddr=10.0.0.1,host_traddr=here", "traddr=10.0.0.1,host_iface=a-name-that-is-too-long"})
    EXPECT_FALSE(parse_address(text)) << text;
}

/// Leaves this process room for `spare` more descriptors, until the end of the scope.
class FewDescriptors {
 public:
  explicit FewDescriptors(int spare) {
    std::vector<FileDescriptor> free;  // the lowest free numbers, which the limit must not count out
    for (int i = 0; i <= spare; ++i) free.emplace_back(::dup(STDERR_FILENO));
    ::getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(free.back().get());
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  FewDescriptors(const FewDescriptors&) = delete;
  FewDescriptors& operator=(const FewDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST_F(SysfsTest, OutOfDescriptorsIsNotGone) {
  controller(1, "traddr=10.0.1.1,trsvcid=4420");
  controller(2, "traddr=10.0.1.2,trsvcid=4420");
  subsystem(0, {1, 2});
  const SysfsSnapshot whole = sysfs.scan();
  ASSERT_EQ(whole.controllers.size(), 2u);
  EXPECT_FALSE(whole.unread);
  bool starved = false;
  for (int spare = 0; spare < 8; ++spare) {
    std::optional<SysfsSnapshot> snapshot;
    std::optional<base::Result<std::optional<Controller>>> one;
    {
      const FewDescriptors few(spare);
      snapshot = sysfs.scan();
      one = sysfs.read("nvme1");
    }
    starved |= snapshot->unread.has_value();
    if (!snapshot->unread) EXPECT_EQ(snapshot->controllers, whole.controllers) << spare << " descriptors";
    if (one->has_value()) EXPECT_EQ(**one, whole.controllers[0]) << spare << " descriptors";
  }
  EXPECT_TRUE(starved);
  EXPECT_FALSE(sysfs.scan().unread);
}

}  // namespace
}  // namespace nvme
