// Auto-detection: from a kernel that has controllers to the file that brings their discovery services back. B30.
#include "config/auto_detect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "base/file.h"
#include "config/discovery_conf.h"

namespace config {
namespace {

constexpr std::string_view kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11";
constexpr std::string_view kHostId = "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11";

nvme::Controller controller(int instance, std::string_view address, std::string_view subsysnqn) {
  base::Result<nvme::ParsedAddress> parsed = nvme::parse_address(address);
  EXPECT_TRUE(parsed) << address;
  return {.device = "nvme" + std::to_string(instance),
          .instance = instance,
          .state = nvme::ControllerState::kLive,
          .transport = parsed->transport,
          .src_addr = parsed->src_addr,
          .subsysnqn = std::string(subsysnqn),
          .hostnqn = std::string(kHostNqn),
          .hostid = std::string(kHostId),
          .cntrltype = "io"};
}

std::string text_for(std::vector<nvme::Controller> controllers, const AutoDetectConfig& config = {}) {
  nvme::SysfsSnapshot snapshot;
  snapshot.controllers = std::move(controllers);
  const std::string text = detect_endpoints(snapshot, config).text;
  const std::size_t first = text.find('\n');
  if (!text.starts_with('#') || first == std::string::npos) return text;
  return text.substr(first + 1);
}

std::string line(std::string_view address, std::string_view group) {
  return "-t tcp -a " + std::string(address) + " -s 8009 -q " + std::string(kHostNqn) + " -I " + std::string(kHostId) +
         " -n " + std::string(group) + "\n";
}

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "auto_detect_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_{};
};

TEST(AutoDetect, B30AddressWithSourceAddressOfNewKernels) {
  EXPECT_EQ(text_for({controller(0, "traddr=10.0.0.1,trsvcid=4420,src_addr=10.0.0.9", "nqn.a")}), line("10.0.0.1", "nqn.a"));
}

TEST(AutoDetect, B30InstancesWithTwoDigitsCount) {
  EXPECT_EQ(text_for({controller(10, "traddr=10.0.0.1,trsvcid=4420", "nqn.a"), controller(123, "traddr=10.0.0.2,trsvcid=4420", "nqn.a")}),
            line("10.0.0.1", "nqn.a") + line("10.0.0.2", "nqn.a"));
}

TEST(AutoDetect, B30Ipv6) {
  EXPECT_EQ(text_for({controller(0, "traddr=fd00:0::1,trsvcid=4420,src_addr=fd00::9", "nqn.a")}), line("fd00::1", "nqn.a"));
}

TEST(AutoDetect, B30AnyVendor) {
  EXPECT_EQ(text_for({controller(0, "traddr=10.0.0.1,trsvcid=4420", "nqn.1988-11.com.dell:powerstore:00:x")}),
            line("10.0.0.1", "nqn.1988-11.com.dell:powerstore:00:x"));
}

TEST(AutoDetect, OneEntryForEachAddressAndOneGroupForACluster) {
  EXPECT_EQ(text_for({controller(0, "traddr=10.0.0.1,trsvcid=4420", "nqn.b"), controller(1, "traddr=10.0.0.1,trsvcid=4421", "nqn.a"),
                      controller(2, "traddr=10.0.0.2,trsvcid=4420", "nqn.b"), controller(3, "traddr=10.1.0.1,trsvcid=4420", "nqn.z")}),
            line("10.0.0.1", "nqn.a") + line("10.0.0.2", "nqn.a") + line("10.1.0.1", "nqn.z"));
}

TEST(AutoDetect, EachHostNqnKeepsItsOwnEntry) {
  nvme::Controller other = controller(1, "traddr=10.0.0.1,trsvcid=4420", "nqn.a");
  other.hostnqn = "hostnqn2";
  other.hostid = "";
  EXPECT_EQ(text_for({controller(0, "traddr=10.0.0.1,trsvcid=4420", "nqn.a"), other}),
            "-t tcp -a 10.0.0.1 -s 8009 -q hostnqn2 -n nqn.a\n" + line("10.0.0.1", "nqn.a"));
}

TEST(AutoDetect, SourceAddressAndInterfaceTheKernelWasToldAreKept) {
  EXPECT_THAT(text_for({controller(0, "traddr=10.0.0.1,trsvcid=4420,host_traddr=10.0.0.9,host_iface=eth1", "nqn.a")}),
              testing::StartsWith("-t tcp -a 10.0.0.1 -s 8009 -w 10.0.0.9 -f eth1 -q "));
}

TEST(AutoDetect, OnlyIoControllersThatStayCount) {
  nvme::Controller discovery = controller(0, "traddr=10.0.0.1,trsvcid=8009", std::string(nvme::kDiscoveryNqn));
  discovery.cntrltype = "discovery";
  nvme::Controller leaving = controller(1, "traddr=10.0.0.2,trsvcid=4420", "nqn.a");
  leaving.state = nvme::ControllerState::kDeleting;
  nvme::Controller reconnecting = controller(2, "traddr=10.0.0.3,trsvcid=4420", "nqn.a");
  reconnecting.state = nvme::ControllerState::kConnecting;
  EXPECT_EQ(text_for({discovery, leaving, reconnecting}), line("10.0.0.3", "nqn.a"));
  EXPECT_EQ(text_for({discovery}), "");
}

TEST(AutoDetect, TheConfiguredPortIsUsed) {
  AutoDetectConfig config;
  config.discovery_service_port = 12345;
  EXPECT_THAT(text_for({controller(0, "traddr=10.0.0.1,trsvcid=4420", "nqn.a")}, config), testing::HasSubstr(" -s 12345 "));
}

TEST(AutoDetect, HostileNqnsAreLeftOut) {
  EXPECT_EQ(text_for({controller(0, "traddr=10.0.0.1,trsvcid=4420", "nqn.a -a 6.6.6.6")}),
            "-t tcp -a 10.0.0.1 -s 8009 -q " + std::string(kHostNqn) + " -I " + std::string(kHostId) + "\n");
}

TEST(AutoDetect, TheFileReadsBackAsDetected) {
  nvme::SysfsSnapshot snapshot;
  snapshot.controllers = {controller(0, "traddr=10.0.0.1,trsvcid=4420,host_traddr=10.0.0.9,host_iface=eth1,src_addr=10.0.0.9", "nqn.a"),
                          controller(1, "traddr=fe80::1%eth0,trsvcid=4420", "nqn.b")};
  const Detected detected = detect_endpoints(snapshot, {});
  const DiscoveryConf read = parse_discovery_conf(detected.text, "detected-io-controllers");
  EXPECT_TRUE(read.diagnostics.empty());
  ASSERT_EQ(read.endpoints.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_TRUE(same_but_for_place(read.endpoints[i], detected.endpoints[i]));
}

TEST(AutoDetect, OnlyWhenBothDirectoriesAreEmpty) {
  const Folder folder;
  const std::string client = folder / "discovery.d";
  const std::string internal = folder / "internal";
  EXPECT_TRUE(nothing_configured({client}, internal)) << "missing counts as empty";
  std::filesystem::create_directories(client + "/sub");
  std::filesystem::create_directories(internal);
  EXPECT_TRUE(nothing_configured({client}, internal));
  std::ofstream(client + "/.hidden") << "x";
  std::ofstream(client + "/tmp.dc.1") << "x";
  std::ofstream(internal + "/hostids.json") << "{}";
  std::ofstream(internal + "/internal.json.corrupt") << "x";
  EXPECT_TRUE(nothing_configured({client}, internal)) << "none of these names an endpoint";
  std::ofstream(internal + "/internal.json") << "{}";
  EXPECT_FALSE(nothing_configured({client}, internal));
  std::filesystem::remove(internal + "/internal.json");
  std::ofstream(client + "/v2") << "# nothing yet\n";
  EXPECT_FALSE(nothing_configured({client}, internal));
}

TEST(AutoDetect, ADirectoryThatCannotBeReadIsNotEmpty) {
  const Folder folder;
  std::ofstream(folder / "discovery.d") << "a file where a directory should be";
  EXPECT_FALSE(nothing_configured({folder / "discovery.d"}, folder / "internal"));
}

TEST(AutoDetect, WrittenToTheClientDirectoryElseToInternalDir) {
  const Folder folder;
  const Detected detected{.text = "-t tcp -a 10.0.0.1\n"};
  AgentConfig config;
  config.client_config_dirs = {folder / "discovery.d"};
  config.internal_dir = folder / "internal";
  base::Result<std::string> path = write_detected(detected, config);
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(*path, folder / "discovery.d/detected-io-controllers");
  std::ofstream(folder / "readonly") << "stands for a mount that can't be written, also for root";
  config.client_config_dirs = {folder / "readonly"};
  path = write_detected(detected, config);
  ASSERT_TRUE(path) << path.error().message;
  EXPECT_EQ(*path, folder / "internal/detected-io-controllers");
  EXPECT_EQ(*path, detected_fallback_path(config));
  EXPECT_EQ(base::read_file(*path, 1000), detected.text);
}

TEST(AutoDetect, TheFallbackIsReadBesideTheDirectory) {
  const Folder folder;
  AgentConfig config;
  config.client_config_dirs = {folder / "discovery.d"};
  config.internal_dir = folder / "internal";
  EXPECT_FALSE(read_intent(config, {})) << "a directory that is not there is unknown, fallback or not";
  std::filesystem::create_directories(config.client_config_dir());
  std::filesystem::create_directories(config.internal_dir);
  std::ofstream(folder / "internal/detected-io-controllers") << "-t tcp -a 10.0.0.1 -s 8009 -q h -n a\n-t tcp -a 10.0.0.2 -s 8009 -q h -n a\n";
  EXPECT_EQ(read_intent(config, {})->endpoints.size(), 2U);
  std::ofstream(folder / "discovery.d/mine") << "-t tcp -a 10.0.0.1 -s 8009 -q h -n a -l 5\n";
  const base::Result<Intent> intent = read_intent(config, {});
  ASSERT_TRUE(intent) << intent.error().message;
  ASSERT_EQ(intent->endpoints.size(), 2U);
  EXPECT_EQ(intent->endpoints[0].where.file, folder / "discovery.d/mine") << "discovery.d goes first";
  EXPECT_EQ(intent->endpoints[0].tunables.ctrl_loss_tmo, 5);
  EXPECT_EQ(intent->files, 2);
  EXPECT_FALSE(intent->endpoints[0].detected);
  EXPECT_TRUE(intent->endpoints[1].detected);
}

TEST(AutoDetect, AFileNameThatLeavesTheDirectoryIsRefused) {
  const Folder folder;
  AgentConfig config;
  config.client_config_dirs = {folder / "discovery.d"};
  config.internal_dir = folder / "internal";
  config.auto_detect.filename = "../escaped";
  base::Result<std::string> path = write_detected({.text = "x\n"}, config);
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().kind, base::ErrorKind::kInvalid);
  EXPECT_FALSE(std::filesystem::exists(folder / "escaped"));
}

}  // namespace
}  // namespace config
