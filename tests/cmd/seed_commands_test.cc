// The seed's commands as somebody types them: files, JSON byte for byte, exit status. No kernel is touched: sysfs and
// clientConfigDir are folders of the test's own.
#include "cmd/seed_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <sstream>

#include "cmd/arguments.h"
#include "cmd/commands.h"
#include "tests/config/temporary_directory.h"

namespace cmd {
namespace {

using testing::HasSubstr;

class SeedCommands : public testing::Test {
 protected:
  SeedCommands() {
    write_text(folder_ / "config.yaml", "clientConfigDir: " + (folder_ / "discovery.d/") + "\ninternalDir: " + (folder_ / "internal") +
                                            "\nsysfsRoot: " + (folder_ / "sys") + "\nrunDir: " + (folder_ / "run") +
                                            "\nfabricsDevice: " + (folder_ / "nvme-fabrics") + "\nhostNQNPath: " + (folder_ / "hostnqn") +
                                            "\nnvmeHostIDPath: " + (folder_ / "hostid") + "\ndebug:\n  endpoint: 127.0.0.1:1\n");
  }

  struct Outcome {
    int status{-1};
    std::string out{};
    std::string err{};
  };
  Outcome run(std::vector<std::string> arguments) {
    CLI::App app("test", "discovery-client");
    Chosen chosen;
    add_add_hostnqn(app, chosen);
    add_remove_hostnqn(app, chosen);
    add_connect(app, chosen);
    add_disconnect(app, chosen);
    add_disconnect_all(app, chosen);
    add_list(app, chosen);
    arguments.insert(arguments.end(), {"--config", folder_ / "config.yaml"});
    arguments = with_long_names(app, std::move(arguments));
    std::ranges::reverse(arguments);  // as CLI11 takes them
    Outcome outcome;
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    try {
      app.parse(arguments);
      outcome.status = chosen();
    } catch (const CLI::ParseError& wrong) {
      outcome.err = wrong.what();
    }
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err += testing::internal::GetCapturedStderr();
    return outcome;
  }
  void controller(const std::string& name, const std::string& address, const std::string& nqn, const std::string& type = "io") {
    const std::string at = folder_ / ("sys/class/nvme/" + name);
    std::filesystem::create_directories(at);
    write_text(at + "/address", address + "\n");
    write_text(at + "/transport", "tcp\n");
    write_text(at + "/state", "live\n");
    write_text(at + "/subsysnqn", nqn + "\n");
    write_text(at + "/cntrltype", type + "\n");
    write_text(at + "/hostnqn", "hostnqn1\n");
    write_text(at + "/delete_controller", "");
  }

  TemporaryDirectory folder_{};
};

TEST_F(SeedCommands, AddHostnqnAsTheReadmeShowsIt) {
  const Outcome outcome = run({"add-hostnqn", "-a", "192.168.16.10:8009,192.168.16.11:8009", "--name", "v2", "-n", "subsystem_nqn1", "-q=hostnqn1"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "{\n  \"name\": \"" + (folder_ / "discovery.d/v2") + "\"\n}\n");
  EXPECT_EQ(read_text(folder_ / "discovery.d/v2"),
            "-t tcp -a 192.168.16.10 -s 8009 -q hostnqn1 -n subsystem_nqn1\n"
            "-t tcp -a 192.168.16.11 -s 8009 -q hostnqn1 -n subsystem_nqn1\n");
}

TEST_F(SeedCommands, AddHostnqnTakesAddressesOneByOneAndAnId) {
  const Outcome outcome = run({"add-hostnqn", "-a", "10.0.0.1:8009", "-a", "[fd00::1]:8010", "--name", "v2", "-n", "nqn.a", "-q", "hostnqn1",
                               "-I", "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11", "-o", "table"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, (folder_ / "discovery.d/v2") + "\n");
  EXPECT_EQ(read_text(folder_ / "discovery.d/v2"),
            "-t tcp -a 10.0.0.1 -s 8009 -q hostnqn1 -I b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11 -n nqn.a\n"
            "-t tcp -a fd00::1 -s 8010 -q hostnqn1 -I b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11 -n nqn.a\n");
}

TEST_F(SeedCommands, MissingFlagsAreNamed) {
  EXPECT_THAT(run({"add-hostnqn", "--name", "v2", "-n", "a", "-q", "b"}).err, HasSubstr("--addresses"));
  EXPECT_THAT(run({"add-hostnqn", "--name", "v2", "-a", "10.0.0.1", "-q", "b"}).err, HasSubstr("--nqn"));
  EXPECT_THAT(run({"remove-hostnqn"}).err, HasSubstr("--name"));
  EXPECT_THAT(run({"disconnect"}).err, HasSubstr("--device"));
}

TEST_F(SeedCommands, RemoveHostnqnPrintsWhatItRemovedAndNothingForNothing) {
  ASSERT_EQ(run({"add-hostnqn", "-a", "10.0.0.1", "--name", "v2", "-n", "a", "-q", "b"}).status, 0);
  Outcome outcome = run({"remove-hostnqn", "--name", "v2"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "{\n  \"name\": \"" + (folder_ / "discovery.d/v2") + "\"\n}\n");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "discovery.d/v2"));
  outcome = run({"remove-hostnqn", "-n", "v2"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.out, "");
}

TEST_F(SeedCommands, B34RemoveHostnqnWithoutANameOrWithAPathRemovesNothing) {
  ASSERT_EQ(run({"add-hostnqn", "-a", "10.0.0.1", "--name", "v2", "-n", "a", "-q", "b"}).status, 0);
  for (const std::string name : {"", ".", "..", "../discovery.d/v2", "../config.yaml"}) {
    EXPECT_EQ(run({"remove-hostnqn", "--name", name}).status, 1) << name;
    EXPECT_EQ(run({"add-hostnqn", "-a", "10.0.0.1", "--name", name, "-n", "a", "-q", "b"}).status, 1) << name;
  }
  EXPECT_TRUE(std::filesystem::exists(folder_ / "discovery.d/v2"));
  EXPECT_THAT(read_text(folder_ / "config.yaml"), HasSubstr("clientConfigDir"));
}

TEST_F(SeedCommands, ListCtrlIsTheSeedsMapInGosOrder) {
  controller("nvme2", "traddr=10.0.0.1,trsvcid=4420,host_traddr=10.0.0.9,src_addr=10.0.0.9", "nqn.a");
  controller("nvme10", "traddr=fd00::1,trsvcid=8009", "nqn.2014-08.org.nvmexpress.discovery", "discovery");
  const Outcome outcome = run({"list", "ctrl"});
  EXPECT_EQ(outcome.status, 0) << outcome.err;
  EXPECT_EQ(outcome.out,
            "{\n"
            "  \"nvme10\": {\n"
            "    \"Traddr\": \"fd00::1\",\n"
            "    \"Trsvcid\": 8009,\n"
            "    \"Transport\": \"tcp\",\n"
            "    \"Subsysnqn\": \"nqn.2014-08.org.nvmexpress.discovery\",\n"
            "    \"HostTraddr\": \"\",\n"
            "    \"Device\": \"/dev/nvme10\"\n"
            "  },\n"
            "  \"nvme2\": {\n"
            "    \"Traddr\": \"10.0.0.1\",\n"
            "    \"Trsvcid\": 4420,\n"
            "    \"Transport\": \"tcp\",\n"
            "    \"Subsysnqn\": \"nqn.a\",\n"
            "    \"HostTraddr\": \"10.0.0.9\",\n"
            "    \"Device\": \"/dev/nvme2\"\n"
            "  }\n"
            "}\n");
}

TEST_F(SeedCommands, ListCtrlOfDiscoveryControllersOnlyAndAsATable) {
  controller("nvme0", "traddr=10.0.0.1,trsvcid=4420", "nqn.a");
  controller("nvme1", "traddr=10.0.0.1,trsvcid=8009", "nqn.2014-08.org.nvmexpress.discovery", "discovery");
  const Outcome only = run({"list", "ctrl", "-d"});
  EXPECT_THAT(only.out, HasSubstr("nvme1"));
  EXPECT_THAT(only.out, testing::Not(HasSubstr("nvme0")));
  const Outcome table = run({"list", "ctrl", "-o", "table"});
  EXPECT_THAT(table.out, HasSubstr("nvme0"));
  EXPECT_THAT(table.out, HasSubstr("10.0.0.1:4420"));
  EXPECT_THAT(table.out, testing::Not(HasSubstr("{")));
}

TEST_F(SeedCommands, ListCtrlOfNothingIsAnEmptyMap) { EXPECT_EQ(run({"list", "ctrl"}).out, "{}\n"); }

TEST_F(SeedCommands, DisconnectDeletesTheOneDeviceByNameOrPath) {
  controller("nvme0", "traddr=10.0.0.1,trsvcid=4420", "nqn.a");
  controller("nvme1", "traddr=10.0.0.2,trsvcid=4420", "nqn.a");
  EXPECT_EQ(run({"disconnect", "-d", "/dev/nvme0"}).status, 0);
  EXPECT_EQ(read_text(folder_ / "sys/class/nvme/nvme0/delete_controller"), "1");
  EXPECT_EQ(read_text(folder_ / "sys/class/nvme/nvme1/delete_controller"), "");
}

TEST_F(SeedCommands, DisconnectOfAnythingElseIsAnError) {
  controller("nvme0", "traddr=10.0.0.1,trsvcid=4420", "nqn.a");
  for (const std::string device : {"nvme7", "nvme0n1", "../nvme0", "", "/dev/sda"}) {
    const Outcome outcome = run({"disconnect", "-d", device});
    EXPECT_EQ(outcome.status, 1) << device;
    EXPECT_THAT(outcome.err, HasSubstr("failed")) << device;
  }
  EXPECT_EQ(read_text(folder_ / "sys/class/nvme/nvme0/delete_controller"), "");
}

TEST_F(SeedCommands, DisconnectAllDeletesEveryTcpController) {
  controller("nvme0", "traddr=10.0.0.1,trsvcid=4420", "nqn.a");
  controller("nvme11", "traddr=10.0.0.2,trsvcid=4420", "nqn.a");
  controller("nvme3", "0000:00:1f.0", "nqn.local");
  write_text(folder_ / "sys/class/nvme/nvme3/transport", "pcie\n");
  EXPECT_EQ(run({"disconnect-all"}).status, 0);
  EXPECT_EQ(read_text(folder_ / "sys/class/nvme/nvme0/delete_controller"), "1");
  EXPECT_EQ(read_text(folder_ / "sys/class/nvme/nvme11/delete_controller"), "1");
  EXPECT_EQ(read_text(folder_ / "sys/class/nvme/nvme3/delete_controller"), "");
}

TEST_F(SeedCommands, ConnectChecksEverythingBeforeTheKernelSeesIt) {
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1"}).err, HasSubstr("--nqn"));
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1", "-n", "nqn,evil=1"}).err, HasSubstr("-n"));
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1", "-s", "70000", "-n", "nqn.a"}).err, HasSubstr("-s"));
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1", "-n", "nqn.a", "-w", "10.0.0"}).err, HasSubstr("-w"));
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1", "-n", "nqn.a", "-I", "x"}).err, HasSubstr("-I"));
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1", "-n", "nqn.a", "-t", "rdma"}).err, HasSubstr("tcp"));
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1", "-n", "nqn.a", "--ctrl-loss-tmo", "-2"}).err, HasSubstr("ctrl-loss-tmo"));
  EXPECT_THAT(run({"connect", "-a", "10.0.0.1", "-n", "nqn.a", "-q", "h", "-C", "DHHC-1:00:abc:"}).err, HasSubstr("-S"));
  const Outcome outcome = run({"connect", "-a", "10.0.0.1", "-n", "nqn.a", "-q", "hostnqn1", "-S", "DHHC-1:00:topsecret:"});
  EXPECT_EQ(outcome.status, 1);
  EXPECT_THAT(outcome.err, HasSubstr("nvme-fabrics"));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("topsecret")));
}

struct SeedFlag {
  const char* command;
  const char* letter;  ///< "" where the seed has none
  const char* name;
  bool takes_value;
};

// What the seed's commands accept, in its spelling.
constexpr SeedFlag kSeedFlags[] = {
    {"discover", "a", "traddr", true}, {"discover", "s", "trsvcid", true}, {"discover", "q", "hostnqn", true}, {"discover", "I", "hostid", true},
    {"discover", "t", "transport", true}, {"discover", "w", "host-traddr", true}, {"discover", "p", "persistant", false},
    {"connect", "a", "traddr", true}, {"connect", "s", "trsvcid", true}, {"connect", "q", "hostnqn", true}, {"connect", "I", "hostid", true},
    {"connect", "t", "transport", true}, {"connect", "w", "host-traddr", true}, {"connect", "n", "nqn", true}, {"connect", "", "ctrl-loss-tmo", true},
    {"connect", "S", "dhchap-secret", true}, {"connect", "C", "dhchap-ctrl-secret", true},
    {"connect-all", "a", "traddr", true}, {"connect-all", "s", "trsvcid", true}, {"connect-all", "q", "hostnqn", true}, {"connect-all", "t", "transport", true},
    {"connect-all", "w", "host-traddr", true}, {"connect-all", "p", "persistant", false}, {"connect-all", "m", "max-queues", true},
    {"connect-all", "", "ctrl-loss-tmo", true}, {"connect-all", "k", "kato", true},
    {"disconnect", "d", "device", true}, {"list ctrl", "d", "discovery", false},
    {"add-hostnqn", "", "name", true}, {"add-hostnqn", "a", "addresses", true}, {"add-hostnqn", "q", "hostnqn", true}, {"add-hostnqn", "I", "hostid", true},
    {"add-hostnqn", "n", "nqn", true}, {"add-hostnqn", "t", "transport", true}, {"remove-hostnqn", "n", "name", true},
    {"gen autocomplete", "", "completionfile", true}, {"gen autocomplete", "", "type", true},
};

TEST(SeedFlags, EachIsThereInBothSpellings) {
  CLI::App app("test", "discovery-client");
  Chosen chosen;
  for (const auto add : {add_add_hostnqn, add_remove_hostnqn, add_connect, add_disconnect, add_disconnect_all, add_list, add_completion, add_discover,
                         add_connect_all}) {
    add(app, chosen);
  }
  for (const SeedFlag& flag : kSeedFlags) {
    const CLI::App* command = &app;
    std::istringstream words(flag.command);
    for (std::string word; words >> word;) command = command->get_subcommand(word);
    const CLI::Option* option = command->get_option_no_throw("--" + std::string(flag.name));
    ASSERT_NE(option, nullptr) << flag.command << " --" << flag.name;
    EXPECT_EQ(option->get_items_expected_max() > 0, flag.takes_value) << flag.command << " --" << flag.name;
    if (*flag.letter != '\0') EXPECT_EQ(command->get_option_no_throw("-" + std::string(flag.letter)), option) << flag.command << " -" << flag.letter;
  }
}

class SeedConnect : public SeedCommands {
 protected:
  /// A file stands for the device: it lists the kernel's options, and keeps what is written over them.
  SeedConnect() {
    write_text(folder_ / "nvme-fabrics",
               "instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_delay=%d,"
               "ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,"
               "disable_sqflow,hdr_digest,data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,fast_io_fail_tmo=%d,discovery,"
               "dhchap_secret=%s,dhchap_ctrl_secret=%s\n");
  }
  /// What reached the device; it gives no answer, so that the command fails, and says so without a secret.
  std::string written_by(std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"connect", "-a", "10.0.0.1", "-n", "nqn.a", "-q", "hostnqn1", "-I", "b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11"});
    const Outcome outcome = run(std::move(flags));
    EXPECT_EQ(outcome.status, 1);
    EXPECT_THAT(outcome.err, HasSubstr("where instance and cntlid belong"));
    EXPECT_THAT(outcome.out + outcome.err, testing::Not(HasSubstr("DHHC-1")));
    return read_text(folder_ / "nvme-fabrics");
  }
};

TEST_F(SeedConnect, FlagsReachTheKernel) {
  EXPECT_THAT(written_by({}), testing::StartsWith("nqn=nqn.a,transport=tcp,traddr=10.0.0.1,trsvcid=4420,hostnqn=hostnqn1,"
                                                  "hostid=b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11,ctrl_loss_tmo=-1"));
}

TEST_F(SeedConnect, SourceAddressTimeoutAndSecretsReachTheKernel) {
  EXPECT_THAT(written_by({"-s", "8009", "-w", "10.0.0.9", "--ctrl-loss-tmo", "30", "-S", "DHHC-1:00:a:", "-C", "DHHC-1:00:b:"}),
              testing::StartsWith("nqn=nqn.a,transport=tcp,traddr=10.0.0.1,host_traddr=10.0.0.9,trsvcid=8009,hostnqn=hostnqn1,"
                                  "hostid=b22c4c3c-7a0e-4b6e-9c0b-0d8b7f1f0f11,ctrl_loss_tmo=30,"
                                  "dhchap_secret=DHHC-1:00:a:,dhchap_ctrl_secret=DHHC-1:00:b:"));
}

TEST_F(SeedConnect, SecretsOfTheSettingsCountWhereNoneIsTyped) {
  write_text(folder_ / "config.yaml", read_text(folder_ / "config.yaml") + "dhChapSecret: \"DHHC-1:00:a:\"\ndhChapCtrlSecret: \"DHHC-1:00:b:\"\n");
  EXPECT_THAT(written_by({}), HasSubstr("dhchap_secret=DHHC-1:00:a:,dhchap_ctrl_secret=DHHC-1:00:b:"));
}

TEST_F(SeedConnect, ATypedSecretStandsAlone) {
  write_text(folder_ / "config.yaml", read_text(folder_ / "config.yaml") + "dhChapSecret: \"DHHC-1:00:a:\"\ndhChapCtrlSecret: \"DHHC-1:00:b:\"\n");
  const std::string written = written_by({"-S", "DHHC-1:00:c:"});
  EXPECT_THAT(written, HasSubstr("dhchap_secret=DHHC-1:00:c:"));
  EXPECT_THAT(written, testing::Not(HasSubstr("DHHC-1:00:b:")));
}

}  // namespace
}  // namespace cmd
