#include "nvme/host_facts.h"

#include <gtest/gtest.h>

#include "tests/nvme/fixture_tree.h"

namespace nvme {
namespace {

constexpr std::string_view kModules = "lib/modules/6.1.0-56-amd64/";

class HostFactsTest : public ::testing::Test {
 protected:
  HostFactsTest() { tree.write("proc/sys/kernel/osrelease", "6.1.0-56-amd64\n"); }
  void modules(std::string_view builtin, std::string_view loadable) const {
    tree.write(std::string(kModules) + "modules.builtin", builtin);
    tree.write(std::string(kModules) + "modules.dep", loadable);
  }
  HostFacts facts() const { return read_host_facts({.root = tree.root()}, 100); }
  FixtureTree tree;
};

TEST_F(HostFactsTest, KnowNothingInAnEmptyContainer) {
  const HostFacts found = facts();
  EXPECT_EQ(found.kernel_release, "6.1.0-56-amd64");
  EXPECT_EQ(found.nvme_tcp, ModuleState::kUnknown);
  EXPECT_EQ(found.nvme_fabrics, ModuleState::kUnknown);
  EXPECT_EQ(found.fabrics_device, FabricsDevice::kMissing);
  EXPECT_EQ(found.native_multipath, std::nullopt);
  EXPECT_TRUE(found.others.empty());
}

TEST_F(HostFactsTest, TellModulesThatCouldBeLoadedFromMissingOnes) {
  modules("kernel/drivers/nvmem/nvmem_core.ko\n",
          "kernel/drivers/nvme/host/nvme-fabrics.ko.xz: kernel/drivers/nvme/host/nvme-core.ko.xz\n"
          "kernel/drivers/nvme/target/nvmet-tcp.ko.xz: kernel/drivers/nvme/host/nvme-tcp.ko.xz\n");
  EXPECT_EQ(facts().nvme_fabrics, ModuleState::kAvailable);
  EXPECT_EQ(facts().nvme_tcp, ModuleState::kMissing);
}

TEST_F(HostFactsTest, TellLoadedFromBuiltIn) {
  modules("kernel/drivers/nvme/host/nvme-fabrics.ko\n", "kernel/drivers/nvme/host/nvme-tcp.ko:\n");
  tree.write("sys/module/nvme_tcp/initstate", "live\n");
  EXPECT_EQ(facts().nvme_tcp, ModuleState::kLoaded);
  EXPECT_EQ(facts().nvme_fabrics, ModuleState::kBuiltIn);
}

TEST_F(HostFactsTest, BuiltInWithoutModuleFolder) {
  tree.folder("sys/module/nvme_tcp/parameters");
  EXPECT_EQ(facts().nvme_tcp, ModuleState::kBuiltIn);
}

TEST_F(HostFactsTest, OpenTheDevice) {
  tree.write("dev/nvme-fabrics", "");
  EXPECT_EQ(facts().fabrics_device, FabricsDevice::kUsable);
}

TEST_F(HostFactsTest, LookWhereTheSettingsSay) {
  tree.write("other/fabrics", "");
  tree.write("elsewhere/module/nvme_core/parameters/multipath", "N\n");
  tree.write("elsewhere/module/nvme_tcp/initstate", "live\n");
  const HostFacts found = read_host_facts({.root = tree.root(), .fabrics_device = "/other/fabrics", .sysfs_root = "/elsewhere"}, 100);
  EXPECT_EQ(found.fabrics_device, FabricsDevice::kUsable);
  EXPECT_EQ(found.native_multipath, false);
  EXPECT_EQ(found.nvme_tcp, ModuleState::kLoaded);
}

TEST_F(HostFactsTest, NativeMultipathComesFromSysfs) {
  tree.write("sys/module/nvme_core/parameters/multipath", "N\n");
  EXPECT_EQ(facts().native_multipath, false);
}

TEST_F(HostFactsTest, NoticeOtherOrchestratorsThatRun) {
  tree.write("proc/100/comm", "discovery-clien\n");  // ourselves
  tree.write("proc/812/comm", "stacd\n");
  tree.write("proc/900/comm", "discovery-clien\n");
  tree.write("proc/901/comm", "bash\n");
  tree.write("proc/self/comm", "stafd\n");
  const std::vector<Orchestrator> expected{{OrchestratorKind::kStac, true, 812, "process 812"},
                                           {OrchestratorKind::kSeedClient, true, 900, "process 900"}};
  EXPECT_EQ(facts().others, expected);
}

TEST_F(HostFactsTest, NoticeUnitsAndRules) {
  tree.link("etc/systemd/system/multi-user.target.wants/stafd.service", "/lib/systemd/system/stafd.service");
  tree.write("etc/systemd/system/nvmf-autoconnect.service", "");  // there, but nothing wants it
  tree.write("run/systemd/system/nvmf-autoconnect.service", "[Unit]\n");
  tree.write("lib/udev/rules.d/70-nvmf-autoconnect.rules", "ACTION==\"change\"\n");
  tree.write("lib/udev/rules.d/71-nvmf-iopolicy-netapp.rules", "x\n");
  const std::vector<Orchestrator> expected{
      {OrchestratorKind::kAutoconnect, false, 0, "/run/systemd/system/nvmf-autoconnect.service"},
      {OrchestratorKind::kStaf, false, 0, "/etc/systemd/system/multi-user.target.wants/stafd.service"},
      {OrchestratorKind::kAutoconnect, false, 0, "/lib/udev/rules.d/70-nvmf-autoconnect.rules"}};
  EXPECT_EQ(facts().others, expected);
}

TEST_F(HostFactsTest, MaskedRulesAndUnitsCountAsAbsent) {
  tree.link("etc/udev/rules.d/70-nvmf-autoconnect.rules", "/dev/null");
  tree.write("lib/udev/rules.d/70-nvmf-autoconnect.rules", "ACTION==\"change\"\n");
  tree.link("run/systemd/system/stacd.service", "/dev/null");
  EXPECT_TRUE(facts().others.empty());
}

TEST(ModuleLists, DoNotMistakeOneModuleForAnother) {
  EXPECT_TRUE(lists_module("kernel/drivers/nvme/host/nvme-tcp.ko\n", "nvme_tcp"));
  EXPECT_TRUE(
      lists_module("a/b.ko: c\nkernel/drivers/nvme/host/nvme-tcp.ko.zst: x/nvme-fabrics.ko.zst", "nvme_tcp"));
  EXPECT_FALSE(lists_module("a/b.ko: kernel/drivers/nvme/host/nvme-tcp.ko\n", "nvme_tcp"));
  EXPECT_FALSE(lists_module("kernel/drivers/nvme/target/nvmet-tcp.ko\n", "nvme_tcp"));
  EXPECT_FALSE(lists_module("", "nvme_tcp"));
}

TEST(HostFactsOfThisMachine, AreRead) {
  const HostFacts found = read_host_facts({}, 1);
  EXPECT_FALSE(found.kernel_release.empty());
}

}  // namespace
}  // namespace nvme
