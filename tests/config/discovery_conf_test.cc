// The discovery.d grammar: what counts, what does not, and that every complaint points at the offending word.
#include "config/discovery_conf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/line_options.h"

namespace config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

DiscoveryConf parse(std::string_view text) { return parse_discovery_conf(text, "a.conf"); }

EndpointSpec one(std::string_view text) {
  DiscoveryConf conf = parse(text);
  for (const Diagnostic& diagnostic : conf.diagnostics) ADD_FAILURE() << to_string(diagnostic);
  EXPECT_THAT(conf.endpoints, SizeIs(1)) << text;
  return conf.endpoints.empty() ? EndpointSpec{} : conf.endpoints.front();
}

/// The one diagnostic of a text that yields no endpoint.
std::string error_of(std::string_view text) {
  DiscoveryConf conf = parse(text);
  EXPECT_THAT(conf.endpoints, IsEmpty()) << text;
  EXPECT_THAT(conf.diagnostics, SizeIs(1)) << text;
  return conf.diagnostics.empty() ? std::string() : to_string(conf.diagnostics.front());
}

TEST(DiscoveryConf, ReadsTheSeedsReadmeExamples) {
  EndpointSpec spec = one("-t tcp -a 10.10.10.10 -s 8009 -q hostnqn1 -n subsysnqn1\n");
  EXPECT_EQ(spec.host, "10.10.10.10");
  EXPECT_TRUE(spec.address.has_value());
  EXPECT_EQ(spec.trsvcid, 8009);
  EXPECT_EQ(spec.hostnqn->str(), "hostnqn1");
  EXPECT_EQ(spec.group, "subsysnqn1");
  EXPECT_EQ(spec.where, (SourceLocation{"a.conf", 1, 1}));
}

TEST(DiscoveryConf, ReadsTheAddressWithPortThatTheSeedsReadmeShows) {
  EXPECT_EQ(one("-t tcp -a 192.168.16.10:8010 -s 8010 -q hostnqn1 -n s").trsvcid, 8010);
  EXPECT_EQ(one("-a 192.168.16.10:8010").trsvcid, 8010);
  EndpointSpec v6 = one("-a [fd00::1]:4711");
  EXPECT_EQ(v6.host, "fd00::1");
  EXPECT_EQ(v6.trsvcid, 4711);
  EXPECT_EQ(one("-a node7.example:8010").host, "node7.example");
  EXPECT_EQ(error_of("-a 10.0.0.1:8010 -s 8009"),
            "a.conf:1:21: error: --trsvcid: 8009 contradicts port 8010 in --traddr at column 4");
}

TEST(DiscoveryConf, EverySpellingOfAnOptionIsTheSame) {
  for (std::string_view line : {"--traddr=10.0.0.1 --trsvcid=8010", "--traddr 10.0.0.1 --trsvcid 8010",
                                "-a 10.0.0.1 -s 8010", "-a10.0.0.1 -s8010", "-a=10.0.0.1 -s=8010",
                                "\t-a\t10.0.0.1\t-s\t8010\t", "'-a' \"10.0.0.1\" --trsvcid='8010'",
                                "-a 10.0\".0.\"1 -s 8010 # comment", "-a 10.0.0.1 -s 8010\r\n"}) {
    EndpointSpec spec = one(line);
    EXPECT_EQ(spec.host, "10.0.0.1") << line;
    EXPECT_EQ(spec.trsvcid, 8010) << line;
  }
}

TEST(DiscoveryConf, TakesEveryOptionThatTheKernelKnows) {
  EndpointSpec spec =
      one("--transport=tcp --traddr=fd00:0::1 --trsvcid=8010 --host-traddr=fd00::9 --host-iface=eth0 "
          "--hostnqn=nqn.2014-08.org.example:h "
          "--hostid=01234567-89AB-cdef-0123-456789abcdef --subsysnqn=cluster "
          "--discovery-nqn=nqn.2014-08.org.example:disc "
          "--nr-io-queues=4 --nr-write-queues=2 --nr-poll-queues=1 --queue-size=64 --keep-alive-tmo=7 "
          "--reconnect-delay=3 "
          "--ctrl-loss-tmo=-1 --fast_io_fail_tmo=5 --tos=184 --hdr-digest --data-digest --duplicate-connect "
          "--disable-sqflow "
          "--dhchap-secret=DHHC-1:00:c2VjcmV0LXdpdGg9PQ==: --dhchap-ctrl-secret=DHHC-1:00:eA==: --tls "
          "--tls_key=0x1f2e --keyring=123");
  EXPECT_EQ(spec.host, "fd00::1");
  EXPECT_EQ(nvme::to_string(*spec.host_traddr), "fd00::9");
  EXPECT_EQ(spec.host_iface, "eth0");
  EXPECT_EQ(nvme::to_string(*spec.hostid), "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(spec.group, "cluster");
  EXPECT_EQ(spec.discovery_nqn->str(), "nqn.2014-08.org.example:disc");
  const nvme::Tunables& t = spec.tunables;
  EXPECT_EQ(t.nr_io_queues, 4);
  EXPECT_EQ(t.nr_write_queues, 2);
  EXPECT_EQ(t.nr_poll_queues, 1);
  EXPECT_EQ(t.queue_size, 64);
  EXPECT_EQ(t.keep_alive_tmo, 7);
  EXPECT_EQ(t.reconnect_delay, 3);
  EXPECT_EQ(t.ctrl_loss_tmo, -1);
  EXPECT_EQ(t.fast_io_fail_tmo, 5);
  EXPECT_EQ(t.tos, 184);
  EXPECT_TRUE(t.hdr_digest && t.data_digest && t.duplicate_connect && t.disable_sqflow && t.tls);
  EXPECT_TRUE(spec.header_digest && spec.data_digest);
  EXPECT_EQ(t.dhchap_secret.reveal(), "DHHC-1:00:c2VjcmV0LXdpdGg9PQ==:");  // B27: '=' inside a value
  EXPECT_EQ(t.dhchap_ctrl_secret.reveal(), "DHHC-1:00:eA==:");
  EXPECT_EQ(t.tls_key, "0x1f2e");
  EXPECT_EQ(t.keyring, "123");
}

TEST(DiscoveryConf, LettersAreThoseOfNvmeCli) {
  EndpointSpec spec =
      one("-ttcp -a 10.0.0.1 -w 10.0.0.9 -f eth0 -i 4 -W 2 -P 1 -Q 64 -k 7 -c 3 -l -1 -F 5 -T 8 -gG -Dd -p "
          "-S DHHC-1:00:eA==: -C DHHC-1:00:eQ==: -I 01234567-89ab-cdef-0123-456789abcdef");
  const nvme::Tunables& t = spec.tunables;
  EXPECT_EQ(t.nr_io_queues, 4);
  EXPECT_EQ(t.ctrl_loss_tmo, -1);
  EXPECT_EQ(t.fast_io_fail_tmo, 5);
  EXPECT_TRUE(t.hdr_digest && t.data_digest && t.duplicate_connect && t.disable_sqflow);
  EXPECT_FALSE(t.dhchap_ctrl_secret.empty());
  EXPECT_TRUE(spec.hostid.has_value());
}

TEST(DiscoveryConf, TheTableNamesEachOptionOnce) {
  for (const LineOption& option : line_options()) {
    EXPECT_EQ(find_line_option(option.name), &option);
    if (!option.alias.empty()) EXPECT_EQ(find_line_option(option.alias), &option);
    if (option.letter != '\0') EXPECT_EQ(find_line_option(option.letter), &option);
  }
}

TEST(DiscoveryConf, CommentsAndBlankLinesAreNothing) {
  EXPECT_THAT(parse("# a comment\n\n   \t\n  # -a 10.0.0.1\n\r\n").endpoints, IsEmpty());
  EXPECT_EQ(one("-a 10.0.0.1 #-s 99999").trsvcid, 8009);
  EXPECT_EQ(one("-a 10.0.0.1 -n 'a#b'").group, "a#b");
  EXPECT_EQ(one("-a 10.0.0.1 -n a#b").group, "a#b");
  EXPECT_EQ(one("\xef\xbb\xbf-a 10.0.0.1").host, "10.0.0.1");
}

TEST(DiscoveryConf, IdentityAndGroupAreOptional) {
  EndpointSpec spec = one("-a 10.0.0.1");
  EXPECT_FALSE(spec.hostnqn || spec.hostid);
  EXPECT_EQ(spec.group, "");
  EXPECT_EQ(spec.trsvcid, 8009);
}

TEST(DiscoveryConf, TheWellKnownDiscoveryNqnNamesNoCluster) {
  EXPECT_EQ(one("-a 10.0.0.1 -n nqn.2014-08.org.nvmexpress.discovery").group, "");
}

TEST(DiscoveryConf, HostNamesAreCheckedForTheirSyntax) {
  EXPECT_EQ(one("-a Storage-1.Example.COM.").host, "storage-1.example.com");
  EXPECT_FALSE(one("-a storage-1").address.has_value());
  for (std::string_view bad :
       {"-a under_score", "-a=-bad", "-a a..b", "-a 'two words'", "-a a,b", "-a 300.1.1.1", "-a 10.0.0",
        "-a fd00:::1", "-a fd00::1]:8009", "-a [fd00::1", "-a [node]:8009", "-a 0.0.0.0", "-a ::"}) {
    EXPECT_THAT(parse(bad).endpoints, IsEmpty()) << bad;
    EXPECT_THAT(parse(bad).diagnostics, SizeIs(1)) << bad;
  }
}

TEST(DiscoveryConf, LinkLocalAddressesKeepTheirZone) {
  EXPECT_EQ(one("-a fe80::1%eth0").host, "fe80::1%eth0");
  EXPECT_EQ(one("-a [fe80::1%eth0]:8010").trsvcid, 8010);
}

// B11: the seed died of a flag without its value.
TEST(DiscoveryConf, B11_MissingValueIsReportedWithItsPlace) {
  EXPECT_EQ(error_of("-a"), "a.conf:1:1: error: --traddr: the value is missing");
  EXPECT_EQ(error_of("-t tcp -a 10.0.0.1 -s"), "a.conf:1:20: error: --trsvcid: the value is missing");
  EXPECT_EQ(error_of("-a 10.0.0.1 -s -q x"), "a.conf:1:13: error: --trsvcid: the value is missing");
  EXPECT_EQ(error_of("--traddr="), "a.conf:1:1: error: --traddr: the value is missing");
  EXPECT_EQ(error_of("--traddr ''"), "a.conf:1:10: error: --traddr: the value is empty");
  for (const LineOption& option : line_options()) {
    if (!option.takes_value) continue;
    std::string line = "--" + std::string(option.name);
    EXPECT_THAT(error_of(line), HasSubstr("the value is missing"));
  }
}

// B26: one bad line took the whole file with it; so did valid options of nvme-cli and one bad host name.
TEST(DiscoveryConf, B26_BadLineCostsThatLineOnly) {
  DiscoveryConf conf = parse(
      "-a 10.0.0.1\n-a 10.0.0.2 -s notaport\n--bogus\n-a bad_name\n-t tcp -a 10.0.0.3 -w 10.0.0.9 --nqn=c\n");
  ASSERT_THAT(conf.endpoints, SizeIs(2));
  EXPECT_EQ(conf.endpoints[0].host, "10.0.0.1");
  EXPECT_EQ(conf.endpoints[1].host, "10.0.0.3");
  EXPECT_EQ(conf.endpoints[1].where.line, 5);
  EXPECT_THAT(conf.diagnostics, SizeIs(3));
}

TEST(DiscoveryConf, B26_ReadmeExampleOneIsRead) {
  EndpointSpec spec = one("--transport=tcp --traddr=10.0.0.1 --trsvcid=8009 --hostnqn=h1 --nqn=s1");
  EXPECT_EQ(spec.group, "s1");
}

// B27: ports -5 and 70000 were taken.
TEST(DiscoveryConf, B27_PortsOutOfRangeAreRefused) {
  for (std::string_view port :
       {"-5", "0", "70000", "65536", "80a", "0x50", "99999999999999999999", "+80", " 80"}) {
    EXPECT_THAT(error_of("-a 10.0.0.1 -s '" + std::string(port) + "'"),
                HasSubstr("a.conf:1:17: error: --trsvcid: "))
        << port;
  }
  EXPECT_THAT(error_of("-a 10.0.0.1 --trsvcid=70000"), HasSubstr("a.conf:1:23: error: --trsvcid: "));
}

// B27: duplicates with -l stayed duplicates.
TEST(DiscoveryConf, B27_DuplicateLinesAreOneEndpoint) {
  DiscoveryConf conf =
      parse("-a 10.0.0.1 -l 60\n-l 60 --traddr=10.0.0.1 -s 8009\n-a ::ffff:10.0.0.1 -l 60\n");
  EXPECT_THAT(conf.endpoints, SizeIs(1));
  ASSERT_THAT(conf.diagnostics, SizeIs(2));
  EXPECT_EQ(to_string(conf.diagnostics[0]),
            "a.conf:2:1: warning: the same endpoint stands in line 1 already");
  conf = parse("-a 10.0.0.1 -l 60\n-a 10.0.0.1 -l 70\n");
  ASSERT_THAT(conf.endpoints, SizeIs(1));
  EXPECT_EQ(conf.endpoints[0].tunables.ctrl_loss_tmo, 60);
  EXPECT_THAT(to_string(conf.diagnostics.at(0)),
              HasSubstr("a.conf:2:1: warning: the same endpoint with other options stands in line 1"));
}

TEST(DiscoveryConf, OtherGroupHostOrSourceIsAnotherEndpoint) {
  EXPECT_THAT(parse("-a 10.0.0.1\n-a 10.0.0.1 -n c\n-a 10.0.0.1 -q h\n-a 10.0.0.1 -w 10.0.0.9\n-a 10.0.0.1 "
                    "-f eth0\n-a 10.0.0.1 -s 8010\n")
                  .endpoints,
              SizeIs(6));
}

TEST(DiscoveryConf, AnOptionGivenTwiceIsAnErrorWithBothPlaces) {
  EXPECT_EQ(error_of("-a 10.0.0.1 -s 8009 --trsvcid=8010"),
            "a.conf:1:21: error: --trsvcid is given twice, at columns 13 and 21");
  EXPECT_EQ(error_of("-a 10.0.0.1 --nqn=x --subsysnqn=y"),
            "a.conf:1:21: error: --nqn is given twice, at columns 13 and 21");
}

TEST(DiscoveryConf, UnknownOptionsNameTheNearest) {
  EXPECT_EQ(error_of("-a 10.0.0.1 --trscvid=8009"),
            "a.conf:1:13: error: unknown option --trscvid; did you mean --trsvcid?");
  EXPECT_EQ(error_of("-a 10.0.0.1 -x 5"), "a.conf:1:13: error: unknown option -x");
  EXPECT_EQ(error_of("-traddr=10.0.0.1"),
            "a.conf:1:1: error: unknown option -traddr; did you mean --traddr?");
  EXPECT_EQ(error_of("10.0.0.1"),
            "a.conf:1:1: error: '10.0.0.1' belongs to no option (options begin with - or --)");
}

TEST(DiscoveryConf, ValuesOutOfRangeAreRefusedWithTheRange) {
  EXPECT_EQ(error_of("-a 10.0.0.1 -Q 8"),
            "a.conf:1:16: error: --queue-size: '8' is not a whole number from 16 to 1024");
  for (std::string_view bad : {"-l -2", "-c 0", "-T 256", "-k -1", "-i 65536", "-i x", "-F -2",
                               "-l 99999999999", "--tls --tls_key=psk", "--hdr-digest=1"}) {
    EXPECT_THAT(error_of("-a 10.0.0.1 " + std::string(bad)), HasSubstr("a.conf:1:")) << bad;
  }
}

TEST(DiscoveryConf, ABadNqnIsRefusedAtItsValue) {
  EXPECT_THAT(error_of("-a 10.0.0.1 -n 'a,b'"), HasSubstr("a.conf:1:17: error: --nqn: "));
  EXPECT_THAT(error_of("-a 10.0.0.1 -q " + std::string(223, 'x')),
              HasSubstr("a.conf:1:16: error: --hostnqn: "));
  EXPECT_THAT(error_of("-a 10.0.0.1 -I not-a-uuid"), HasSubstr("a.conf:1:16: error: --hostid: "));
}

TEST(DiscoveryConf, OtherTransportsAreSkippedWithOneDiagnostic) {
  EXPECT_EQ(error_of("-t rdma -a 10.0.0.1 -s 4420"),
            "a.conf:1:4: error: transport rdma: this agent speaks tcp; the line is skipped");
  EXPECT_THAT(error_of("--transport=fc --traddr=nn-0x1:pn-0x2 -s none"),
              HasSubstr("a.conf:1:13: error: transport fc"));
  EXPECT_THAT(error_of("-t TCP -a 10.0.0.1"), HasSubstr("write tcp in lower case"));
}

TEST(DiscoveryConf, AddressFamiliesMustNotBeMixed) {
  EXPECT_THAT(error_of("-a 10.0.0.1 -w fd00::1"),
              HasSubstr("a.conf:1:16: error: --host-traddr: IPv4 and IPv6 mixed"));
}

TEST(DiscoveryConf, WhatDiscoveryCannotDoYetIsSaidNotRefused) {
  EXPECT_THAT(one("-a 10.0.0.1 --tls").unsupported_reason, HasSubstr("--tls"));
  EXPECT_THAT(one("-a 10.0.0.1 --concat").unsupported_reason, HasSubstr("--concat"));
  EXPECT_EQ(one("-a 10.0.0.1 -S DHHC-1:00:eA==:").unsupported_reason, "");
}

TEST(DiscoveryConf, HarmlessOptionsOfTheCommandLineAreWarnings) {
  DiscoveryConf conf = parse("-a 10.0.0.1 --persistent -p --quiet -o json\n");
  EXPECT_THAT(conf.endpoints, SizeIs(1));
  ASSERT_THAT(conf.diagnostics, SizeIs(2));
  EXPECT_EQ(conf.diagnostics[0].severity, Severity::kWarning);
}

TEST(DiscoveryConf, QuotesAndEscapes) {
  EXPECT_EQ(one(R"(-a 10.0.0.1 -n "a\\b")").group, R"(a\b)");
  EXPECT_EQ(one(R"(-a 10.0.0.1 -n 'a\\b')").group, R"(a\\b)");
  EXPECT_EQ(one(R"(-a 10.0.0.1 -n "a\b")").group, R"(a\b)");
  EXPECT_EQ(error_of("-a 10.0.0.1 -n \"abc"), "a.conf:1:16: error: this \" is never closed on its line");
  EXPECT_THAT(error_of(std::string_view("-a 10.0.0.1\0 -s 1", 17)),
              HasSubstr("a.conf:1:12: error: control byte"));
}

TEST(DiscoveryConf, SecretsNeverStandInDiagnostics) {
  for (std::string_view line :
       {"-a 10.0.0.1 -S x,DHHC-1:00:GEHEIM:", "-a 10.0.0.1 -S 'DHHC-1:00: GEHEIM:'",
        "-a 10.0.0.1 -g DHHC-1:00:GEHEIM:", "-a 10.0.0.1 --dhchap-secrt=DHHC-1:00:GEHEIM:",
        "-a 10.0.0.1 --tls --tls_key=NVMeTLSkey-1:01:GEHEIM:"}) {
    EXPECT_THAT(error_of(line), Not(HasSubstr("GEHEIM"))) << line;
  }
}

TEST(DiscoveryConf, LinesAreBoundedAndSoAreDiagnostics) {
  EXPECT_THAT(error_of(std::string(70'000, 'x')), HasSubstr("longer than 64 KiB"));
  std::string garbage;
  for (int i = 0; i < 5'000; ++i) garbage += "x\n";
  DiscoveryConf conf = parse(garbage);
  EXPECT_THAT(conf.diagnostics, SizeIs(201));
  EXPECT_THAT(conf.diagnostics.back().message, HasSubstr("4800 more"));
  EXPECT_THAT(parse(garbage + "-a 10.0.0.1\n").endpoints, SizeIs(1))
      << "good lines count wherever they stand";
  std::string line;
  for (int i = 0; i < 5'000; ++i) line += "--bogus ";
  EXPECT_THAT(parse(line).diagnostics, SizeIs(21));
}

}  // namespace
}  // namespace config
