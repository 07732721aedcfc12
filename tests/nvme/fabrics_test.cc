#include "nvme/fabrics.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "tests/nvme/fixture_tree.h"

namespace nvme {
namespace {

using base::ErrorKind;

// As `cat /dev/nvme-fabrics` prints them on Debian's kernels.
constexpr std::string_view kTable61 =
    "instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_"
    "delay=%d,"
    "ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,"
    "disable_sqflow,"
    "hdr_digest,data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,fast_io_fail_tmo=%d,discovery,dhchap_"
    "secret=%s,"
    "dhchap_ctrl_secret=%s\n";
constexpr std::string_view kTable612 =
    "instance=-1,cntlid=-1,transport=%s,traddr=%s,trsvcid=%s,nqn=%s,queue_size=%d,nr_io_queues=%d,reconnect_"
    "delay=%d,"
    "ctrl_loss_tmo=%d,keep_alive_tmo=%d,hostnqn=%s,host_traddr=%s,host_iface=%s,hostid=%s,duplicate_connect,"
    "disable_sqflow,"
    "hdr_digest,data_digest,nr_write_queues=%d,nr_poll_queues=%d,tos=%d,keyring=%d,tls_key=%d,fast_io_fail_"
    "tmo=%d,discovery,"
    "dhchap_secret=%s,dhchap_ctrl_secret=%s,tls\n";

FabricsFeatures features(std::string_view table = kTable612) { return FabricsFeatures::parse(table).value(); }

ConnectOptions some_options() {
  ConnectOptions options{.hostid = HostId::parse("0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001").value()};
  options.path.transport.traddr = IpAddress::v4({10, 0, 1, 1});
  options.path.transport.trsvcid = 4420;
  options.path.subnqn = "nqn.2024-01.test:c1-1";
  options.path.hostnqn = "nqn.2014-08.org.nvmexpress:uuid:0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001";
  return options;
}

TEST(FabricsFeatures, AreWhatTheKernelLists) {
  const FabricsFeatures old = features(kTable61);
  EXPECT_TRUE(old.has("host_iface"));
  EXPECT_TRUE(old.has("duplicate_connect"));
  EXPECT_FALSE(old.has("tls"));
  EXPECT_FALSE(old.has("instance"));
  EXPECT_EQ(old.options().size(), 24u);
  EXPECT_TRUE(features(kTable612).has("tls_key"));
  EXPECT_FALSE(features(kTable612).has("concat"));
}

TEST(FabricsFeatures, RefusesOtherTexts) {
  for (const std::string_view text :
       {"", "instance=3,cntlid=17\n", "hello", "transport=%s,traddr=%s,nqn=%s,a b", "transport=%s,,nqn"})
    EXPECT_FALSE(FabricsFeatures::parse(text)) << text;
}

TEST(FabricsFeatures, TheOldestKnowNoInterface) {
  const FabricsFeatures oldest = FabricsFeatures::oldest();
  EXPECT_TRUE(oldest.has("hostid"));
  EXPECT_TRUE(oldest.has("data_digest"));
  EXPECT_FALSE(oldest.has("host_iface"));
}

TEST(OptionString, HasIdentityAndAddressInLibnvmesOrder) {
  const OptionString text = option_string(some_options(), features()).value();
  EXPECT_EQ(text.text,
            "nqn=nqn.2024-01.test:c1-1,transport=tcp,traddr=10.0.1.1,trsvcid=4420,"
            "hostnqn=nqn.2014-08.org.nvmexpress:uuid:0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001,"
            "hostid=0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001");
  EXPECT_TRUE(text.left_out.empty());
}

TEST(OptionString, WritesEveryTunable) {
  ConnectOptions options = some_options();
  options.path.transport.traddr = IpAddress::parse("fe80::1%eth0").value();
  options.path.transport.host_traddr = IpAddress::parse("fe80::2%eth0").value();
  options.path.transport.host_iface = "eth0";
  options.tunables = {.nr_io_queues = 4,
                      .nr_write_queues = 1,
                      .nr_poll_queues = 2,
                      .queue_size = 1024,
                      .keep_alive_tmo = 0,
                      .reconnect_delay = 1,
                      .ctrl_loss_tmo = -1,
                      .fast_io_fail_tmo = 5,
                      .tos = 255,
                      .hdr_digest = true,
                      .data_digest = true,
                      .disable_sqflow = true,
                      .duplicate_connect = true,
                      .tls = true,
                      .concat = false,
                      .keyring = "0x2f5a",
                      .tls_key = "123456"};
  const OptionString text = option_string(options, features()).value();
  EXPECT_TRUE(
      text.text.ends_with(",queue_size=1024,nr_io_queues=4,nr_write_queues=1,nr_poll_queues=2,keep_alive_tmo="
                          "0,reconnect_delay=1,ctrl_loss_tmo=-1,"
                          "fast_io_fail_tmo=5,tos=255,duplicate_connect,disable_sqflow,hdr_digest,data_"
                          "digest,tls,keyring=0x2f5a,tls_key=123456"))
      << text.text;
  EXPECT_TRUE(
      text.text.contains("traddr=fe80::1%eth0,host_traddr=fe80::2%eth0,host_iface=eth0,trsvcid=4420,"))
      << text.text;
}

TEST(OptionString, LeavesOutWhatTheKernelLacksAndSaysSo) {
  ConnectOptions options = some_options();
  options.tunables.fast_io_fail_tmo = 5;
  const OptionString text = option_string(options, FabricsFeatures::oldest()).value();
  EXPECT_EQ(text.left_out, std::vector<std::string>{"fast_io_fail_tmo"});
  EXPECT_FALSE(text.text.contains("fast_io_fail_tmo"));
}

TEST(OptionString, RefusesWhereLeavingOutIsUnsafe) {
  const auto refused = [](auto change, std::string_view option) {
    ConnectOptions options = some_options();
    change(options);
    const auto text = option_string(options, FabricsFeatures::oldest());
    ASSERT_FALSE(text) << option;
    EXPECT_EQ(text.error().kind, ErrorKind::kUnsupported);
    EXPECT_TRUE(text.error().message.contains(option)) << text.error().message;
  };
  refused([](ConnectOptions& o) { o.path.transport.host_iface = "eth0"; }, "host_iface");
  refused([](ConnectOptions& o) { o.tunables.tls = true; }, "tls");
  refused([](ConnectOptions& o) { o.tunables.concat = true; }, "concat");
  refused([](ConnectOptions& o) { o.tunables.tls_key = "77"; }, "tls_key");
  refused([](ConnectOptions& o) { o.tunables.dhchap_secret = base::Secret("DHHC-1:00:c2VjcmV0:"); },
          "dhchap_secret");
}

TEST(OptionString, RefusesValuesOutOfRange) {
  const auto invalid = [](auto change, std::string_view named) {
    ConnectOptions options = some_options();
    change(options);
    const auto text = option_string(options, features());
    ASSERT_FALSE(text) << named;
    EXPECT_EQ(text.error().kind, ErrorKind::kInvalid);
    EXPECT_TRUE(text.error().message.starts_with(named)) << text.error().message;
  };
  invalid([](ConnectOptions& o) { o.tunables.nr_io_queues = 0; }, "nr_io_queues");
  invalid([](ConnectOptions& o) { o.tunables.queue_size = 15; }, "queue_size");
  invalid([](ConnectOptions& o) { o.tunables.queue_size = 1025; }, "queue_size");
  invalid([](ConnectOptions& o) { o.tunables.reconnect_delay = 0; }, "reconnect_delay");
  invalid([](ConnectOptions& o) { o.tunables.ctrl_loss_tmo = -2; }, "ctrl_loss_tmo");
  invalid([](ConnectOptions& o) { o.tunables.tos = 256; }, "tos");
  invalid([](ConnectOptions& o) { o.tunables.keyring = "0"; }, "keyring");
  invalid([](ConnectOptions& o) { o.tunables.keyring = "12,tls"; }, "keyring");
  invalid([](ConnectOptions& o) { o.tunables.tls_key = "0x"; }, "tls_key");
  invalid([](ConnectOptions& o) { o.path.transport.trsvcid = 0; }, "trsvcid");
  invalid([](ConnectOptions& o) { o.path.transport.traddr = IpAddress::v4({0, 0, 0, 0}); }, "traddr");
}

TEST(OptionString, LetsNothingBeInjected) {
  for (const std::string_view evil : std::initializer_list<std::string_view>{
           ",nqn=x", "a\nb", "a b", "a\tb", {"a\0b", 3}, "\x7f", "\xc3\xa4"}) {
    ConnectOptions options = some_options();
    options.path.subnqn += evil;
    EXPECT_FALSE(option_string(options, features())) << evil;
    options = some_options();
    options.path.hostnqn += evil;
    EXPECT_FALSE(option_string(options, features())) << evil;
    options = some_options();
    options.path.transport.host_iface = "eth0" + std::string(evil);
    EXPECT_FALSE(option_string(options, features())) << evil;
    options = some_options();
    options.path.transport.traddr = IpAddress::v6({0xfe, 0x80}, "eth0" + std::string(evil));
    EXPECT_FALSE(option_string(options, features())) << evil;
    options = some_options();
    options.tunables.dhchap_secret = base::Secret("DHHC-1:00:c2VjcmV0:" + std::string(evil));
    EXPECT_FALSE(option_string(options, features())) << evil;
  }
}

TEST(OptionString, NeverNamesTheWellKnownDiscoverySubsystem) {
  ConnectOptions options = some_options();
  options.path.subnqn = kDiscoveryNqn;
  const auto text = option_string(options, features());
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kInvalid);
}

TEST(OptionString, IsBounded) {
  ConnectOptions options = some_options();
  options.tunables.dhchap_secret = base::Secret("DHHC-1:00:" + std::string(kOptionStringMax, 'A') + ":");
  const auto text = option_string(options, features());
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(text.error().message.contains("AAAA"));
}

TEST(OptionString, ShowsNoSecret) {
  ConnectOptions options = some_options();
  options.tunables.dhchap_secret = base::Secret("DHHC-1:00:aG9zdA==:");
  options.tunables.dhchap_ctrl_secret = base::Secret("DHHC-1:01:Y3RybA==:");
  const OptionString text = option_string(options, features()).value();
  EXPECT_TRUE(
      text.text.ends_with(",dhchap_secret=DHHC-1:00:aG9zdA==:,dhchap_ctrl_secret=DHHC-1:01:Y3RybA==:"));
  EXPECT_TRUE(text.loggable().ends_with(",dhchap_secret=***,dhchap_ctrl_secret=***")) << text.loggable();
  EXPECT_TRUE(text.loggable().starts_with("nqn=nqn.2024-01.test:c1-1,transport=tcp,"));

  options.tunables.dhchap_secret = base::Secret("hunter2");
  const auto refused = option_string(options, features());
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().message.contains("hunter2"));
}

TEST(ConnectAnswer, NamesTheInstance) {
  const ConnectedController made = parse_connect_answer("instance=3,cntlid=17\n").value();
  EXPECT_EQ(made.instance, 3);
  EXPECT_EQ(made.cntlid, 17);
}

TEST(ConnectAnswer, RefusesOtherTexts) {
  for (const std::string_view text :
       {"", "instance=-1,cntlid=-1,transport=%s", "instance=3", "cntlid=3", "instance=,cntlid=1",
        "instance=99999999999,cntlid=1", "instance=1,cntlid=65536", "\n\n"}) {
    const auto made = parse_connect_answer(text);
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().kind, ErrorKind::kProtocol);
  }
}

TEST(FabricsError, HasAKindThatCallersCanActOn) {
  const auto kind = [](int number) { return fabrics_error(number).kind; };
  EXPECT_EQ(kind(EALREADY), ErrorKind::kExists);
  EXPECT_EQ(kind(EINVAL), ErrorKind::kInvalid);
  EXPECT_EQ(kind(EIO), ErrorKind::kIo);
  EXPECT_EQ(kind(ECONNREFUSED), ErrorKind::kRefused);
  EXPECT_EQ(kind(EHOSTUNREACH), ErrorKind::kUnreachable);
  EXPECT_EQ(kind(EADDRNOTAVAIL), ErrorKind::kUnreachable);
  EXPECT_EQ(kind(ETIMEDOUT), ErrorKind::kTimeout);
  EXPECT_EQ(kind(EAGAIN), ErrorKind::kTimeout);
  EXPECT_EQ(kind(ECONNRESET), ErrorKind::kClosed);
  EXPECT_EQ(kind(ENODEV), ErrorKind::kNotFound);
  EXPECT_EQ(kind(EOPNOTSUPP), ErrorKind::kUnsupported);
  EXPECT_EQ(kind(ENOMEM), ErrorKind::kBusy);
  EXPECT_EQ(kind(EKEYREJECTED), ErrorKind::kDenied);
  EXPECT_EQ(kind(EPROTO), ErrorKind::kProtocol);
}

TEST(FabricsError, KeepsTheErrnoAndExplainsIt) {
  const base::Error refused = fabrics_error(EIO);
  EXPECT_EQ(refused.code, EIO);
  EXPECT_TRUE(refused.message.starts_with("EIO: the target answered with an NVMe error")) << refused.message;
  const base::Error interrupted = fabrics_error(EINTR);
  EXPECT_EQ(interrupted.code, EINTR);
  EXPECT_TRUE(interrupted.retryable());
  EXPECT_EQ(fabrics_error(4711).kind, ErrorKind::kIo);
  EXPECT_EQ(fabrics_error(4711).code, 4711);
}

TEST(Fabrics, SaysWhichModuleIsMissing) {
  const FixtureTree tree;
  const Fabrics fabrics(tree.at("dev/nvme-fabrics"));
  const auto listed = fabrics.features();
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(listed.error().message.contains("the kernel module nvme-tcp")) << listed.error().message;
  const auto made = fabrics.connect(some_options(), features());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kNotFound);
  EXPECT_TRUE(made.error().message.starts_with("connect nqn.2024-01.test:c1-1 at 10.0.1.1:4420: "))
      << made.error().message;
}

TEST(Fabrics, ReadsTheTable) {
  const FixtureTree tree;
  tree.write("fabrics", kTable612);
  EXPECT_TRUE(Fabrics(tree.at("fabrics")).features()->has("tls"));
}

TEST(Fabrics, WritesNothingOutOfBounds) {
  const FixtureTree tree;
  tree.write("fabrics", "");
  EXPECT_EQ(Fabrics(tree.at("fabrics")).write("").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(Fabrics(tree.at("fabrics")).write(std::string(4096, 'a')).error().kind, ErrorKind::kInvalid);
}

TEST(DeleteController, WritesToItsAttribute) {
  const FixtureTree tree;
  tree.write("class/nvme/nvme3/delete_controller", "");
  ASSERT_TRUE(delete_controller(tree.root(), "nvme3"));
  std::string text;
  std::ifstream(tree.at("class/nvme/nvme3/delete_controller")) >> text;
  EXPECT_EQ(text, "1");
  EXPECT_EQ(delete_controller(tree.root(), "nvme4").error().kind, ErrorKind::kNotFound);
}

TEST(DeleteController, TakesNamesOfControllersOnly) {
  const FixtureTree tree;
  for (const std::string name :
       {"", "nvme", "nvme3n1", "../nvme3", "nvme-subsys3", "nvme03", "nvme99999999999"})
    EXPECT_EQ(delete_controller(tree.root(), name).error().kind, ErrorKind::kInvalid) << name;
}

}  // namespace
}  // namespace nvme
