// One address, one spelling, one key.
#include "nvme/address.h"

#include <gtest/gtest.h>

#include <map>

namespace nvme {
namespace {

using base::ErrorKind;
using std::string_view_literals::operator""sv;

TEST(IpAddress, HasOneSpelling) {
  const struct {
    std::string_view text;
    std::string_view canonical;
  } cases[] = {
      {"10.0.0.1", "10.0.0.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"::", "::"},
      {"FD00:0:0::0001", "fd00::1"},
      {"fd00:0:0:0:0:0:0:1", "fd00::1"},
      {"::ffff:10.0.0.1", "10.0.0.1"},
      {"::FFFF:0a00:0001", "10.0.0.1"},
      {"fe80::1%eth0", "fe80::1%eth0"},
      {"fe80:0::1%eth0.100", "fe80::1%eth0.100"},
      {"febf::1%x", "febf::1%x"},
      {"64:ff9b::10.0.0.1", "64:ff9b::a00:1"},
  };
  for (const auto& c : cases) {
    const base::Result<IpAddress> address = IpAddress::parse(c.text);
    ASSERT_TRUE(address) << c.text << ": " << address.error().message;
    EXPECT_EQ(to_string(*address), c.canonical);
    EXPECT_EQ(IpAddress::parse(c.canonical).value(), *address);
  }
}

TEST(IpAddress, RefusesTheRest) {
  for (const std::string_view text :
       {""sv, "localhost"sv, "10.0.0"sv, "10.0.0.256"sv, "010.0.0.1"sv, "10.0.0.1 "sv, "10.0.0.1,host_iface=lo"sv, "10.0.0.1\0"sv,
        "10.0.0.1\0x"sv, "10.0.0.1%eth0"sv, "fd00::1%eth0"sv, "fe80::1%"sv, "fe80::1%a/b"sv, "fe80::1%a b"sv,
        "fe80::1%sixteen-letters-"sv, "fe80::1%a,b"sv, "fe80::1%a%\n"sv, "fe80::1%eth0\x94"sv, "fe80::1%\"eth0\""sv, "[::1]"sv, ":::1"sv, "1::2::3"sv, "::ffff:10.0.0.1%eth0"sv,
        "fe80::1\0%eth0"sv}) {
    const base::Result<IpAddress> address = IpAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().kind, ErrorKind::kInvalid);
  }
}

TEST(IpAddress, KnowsLoopbackAndUnspecified) {
  EXPECT_TRUE(IpAddress::parse("127.9.9.9")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("::1")->is_loopback());
  EXPECT_FALSE(IpAddress::parse("128.0.0.1")->is_loopback());
  EXPECT_TRUE(IpAddress::parse("0.0.0.0")->is_unspecified());
  EXPECT_TRUE(IpAddress::parse("::")->is_unspecified());
  EXPECT_FALSE(IpAddress::parse("::1")->is_unspecified());
  EXPECT_NE(IpAddress::parse("0.0.0.0").value(), IpAddress::parse("::").value());
}

TEST(Port, IsANumberFrom1To65535) {
  EXPECT_EQ(parse_port("1").value(), 1);
  EXPECT_EQ(parse_port("8009").value(), 8009);
  EXPECT_EQ(parse_port("65535").value(), 65535);
  for (const std::string_view text : {"", "0", "-5", "65536", "70000", "8009 ", "+1", "0x1f", "http", "99999999999999999999"}) {
    const base::Result<std::uint16_t> port = parse_port(text);
    ASSERT_FALSE(port) << text;
    EXPECT_EQ(port.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(port.error().message.find('"' + std::string(text) + '"'), std::string::npos);
  }
}

TEST(TransportId, PrintsAndCompares) {
  TransportId id{.traddr = IpAddress::parse("fe80::1%eth0").value(), .trsvcid = 4420};
  EXPECT_EQ(to_string(id), "[fe80::1%eth0]:4420");
  id.host_traddr = IpAddress::parse("fe80::2").value();
  id.host_iface = "eth0";
  EXPECT_EQ(to_string(id), "[fe80::1%eth0]:4420 from fe80::2 via eth0");
  EXPECT_EQ(host_port(IpAddress::parse("10.0.0.1").value(), 8009), "10.0.0.1:8009");
  const Path path{.transport = {.traddr = IpAddress::parse("10.0.0.1").value(), .trsvcid = 4420}, .subnqn = "nqn.a", .hostnqn = "h"};
  EXPECT_EQ(to_string(path), "nqn.a at 10.0.0.1:4420");
  std::map<Path, int> paths{{path, 1}};
  Path same = path;
  same.transport.traddr = IpAddress::parse("::ffff:10.0.0.1").value();
  EXPECT_EQ(paths[same], 1);
  same.transport.host_iface = "eth1";
  EXPECT_FALSE(paths.contains(same));
}

}  // namespace
}  // namespace nvme
