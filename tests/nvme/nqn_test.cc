// Which NQNs and host identifiers count.
#include "nvme/nqn.h"

#include <gtest/gtest.h>

namespace nvme {
namespace {

using base::ErrorKind;
using std::string_view_literals::operator""sv;

TEST(Nqn, TakesWhatTheKernelTakes) {
  for (const std::string& text :
       {std::string(kDiscoveryNqn), std::string("nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555"),
        std::string("hostnqn1"), std::string("nqn.2016-01.com.x:a=b;c%d[0]\\"), std::string(222, 'n')}) {
    const base::Result<Nqn> nqn = Nqn::parse(text);
    ASSERT_TRUE(nqn) << text << ": " << nqn.error().message;
    EXPECT_EQ(to_string(*nqn), text);
  }
  EXPECT_TRUE(Nqn::discovery().is_well_known_discovery());
  EXPECT_FALSE(Nqn::parse("hostnqn1")->is_well_known_discovery());
}

TEST(Nqn, RefusesWhatCouldInjectAnOption) {
  const struct {
    std::string_view text;
    std::string_view message;
  } cases[] = {
      {"", "empty NQN"},
      {"nqn.x,host_iface=lo", "\",\" at byte 6"},
      {"nqn x", "\" \" at byte 4"},
      {"nqn\n", "\"\\x0a\" at byte 4"},
      {"\"nqn\"", "\"\"\" at byte 1"},
      {"nqn'", "\"'\" at byte 4"},
      {"nqn\0x"sv, "\"\\x00\" at byte 4"},
      {"nqn\x7F", "\"\\x7f\" at byte 4"},
      {"nqn\xC3\xA4", "\"\\xc3\" at byte 4"},
  };
  for (const auto& c : cases) {
    const base::Result<Nqn> nqn = Nqn::parse(c.text);
    ASSERT_FALSE(nqn) << c.text;
    EXPECT_EQ(nqn.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(nqn.error().message.find(c.message), std::string::npos) << nqn.error().message;
  }
  EXPECT_FALSE(Nqn::parse(std::string(223, 'n')));
}

TEST(HostId, IsAUuidInTextualOrder) {
  const base::Result<HostId> id = HostId::parse("00112233-4455-6677-8899-AABBCCDDEEFF");
  ASSERT_TRUE(id);
  const std::array<std::uint8_t, 16> bytes{0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                           0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
  EXPECT_EQ(id->bytes(), bytes);
  EXPECT_EQ(to_string(*id), "00112233-4455-6677-8899-aabbccddeeff");
}

TEST(HostId, RefusesTheRest) {
  for (const std::string_view text :
       {"", "00112233445566778899aabbccddeeff", "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeefg",
        "00112233x4455-6677-8899-aabbccddeeff", "{0112233-4455-6677-8899-aabbccddeeff", "00000000-0000-0000-0000-000000000000",
        "00112233-4455-6677-8899-aabbccddeeff "}) {
    const base::Result<HostId> id = HostId::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().kind, ErrorKind::kInvalid);
  }
}

TEST(HostId, RandomOnesAreVersionFour) {
  std::array<std::uint8_t, 16> ones{};
  ones.fill(0xFF);
  EXPECT_EQ(to_string(HostId::from_random(ones)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  EXPECT_EQ(to_string(HostId::from_random({})), "00000000-0000-4000-8000-000000000000");
}

}  // namespace
}  // namespace nvme
