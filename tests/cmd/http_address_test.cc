// Where the server listens and who may ask: pure functions, tables.
#include "cmd/http_address.h"

#include <gtest/gtest.h>

namespace cmd {
namespace {

TEST(HttpAddress, Forms) {
  EXPECT_EQ(parse_http_address("0.0.0.0:6060").value(), (HttpAddress{"0.0.0.0", 6060}));
  EXPECT_EQ(parse_http_address("[::]:6060").value(), (HttpAddress{"", 6060})) << "as the seed's package has it: also without IPv6";
  EXPECT_EQ(parse_http_address(":6060").value(), (HttpAddress{"", 6060}));
  EXPECT_EQ(parse_http_address("localhost:1").value(), (HttpAddress{"localhost", 1}));
  EXPECT_EQ(parse_http_address("http://10.0.0.1:6060/").value(), (HttpAddress{"10.0.0.1", 6060}));
  for (const char* bad : {"", "6060", "host", "host:", "host:0", "host:65536", "host:-1", "::1:6060", "[::1", "[::1]", "[::1]6060", "[x]:1", "host:6060x"}) {
    const auto parsed = parse_http_address(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().kind, base::ErrorKind::kInvalid);
    EXPECT_NE(parsed.error().message.find(bad), std::string::npos) << parsed.error().message;
  }
  EXPECT_EQ(to_string(HttpAddress{"::1", 6060}), "[::1]:6060");
}

TEST(HttpAddress, AClientAsksThisHost) {
  EXPECT_EQ(from_this_host({"0.0.0.0", 1}).host, "127.0.0.1");
  EXPECT_EQ(from_this_host({"::", 1}).host, "127.0.0.1");
  EXPECT_EQ(from_this_host({"", 1}).host, "127.0.0.1");
  EXPECT_EQ(from_this_host({"10.0.0.1", 1}).host, "10.0.0.1");
  EXPECT_EQ(from_this_host({"localhost", 1}).host, "localhost");
}

TEST(HttpAddress, LoopbackPeers) {
  for (const char* yes : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1", "::ffff:127.9.9.9"}) {
    EXPECT_TRUE(is_loopback_peer(asio::ip::make_address(yes))) << yes;
  }
  for (const char* no : {"0.0.0.0", "10.0.0.1", "128.0.0.1", "::", "::2", "fe80::1", "::ffff:10.0.0.1", "::127.0.0.1", "2001:db8::7f00:1"}) {
    EXPECT_FALSE(is_loopback_peer(asio::ip::make_address(no))) << no;
  }
}

TEST(HttpAddress, NamesOfOthersAreNotThisHost) {
  for (const char* yes : {"", "localhost", "LOCALHOST:6060", "127.0.0.1:6060", "[::1]:6060", "[::1]", "10.1.2.3"}) EXPECT_TRUE(is_local_host_header(yes)) << yes;
  for (const char* no : {"evil.example", "evil.example:6060", "localhost.evil.example", "[::1", "127.0.0.1.evil.example"}) EXPECT_FALSE(is_local_host_header(no)) << no;
}

}  // namespace
}  // namespace cmd
