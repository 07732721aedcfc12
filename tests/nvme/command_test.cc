// SQEs and PDUs byte by byte, against vectors that were computed independently (see NVMe/TCP, CapsuleCmd).
#include "nvme/command.h"

#include <gtest/gtest.h>

#include "nvme/pdu.h"
#include "tests/nvme/golden.h"

namespace nvme {
namespace {

std::vector<std::byte> sqe_bytes(Command command, std::uint16_t cid) {
  command.sqe.cid = cid;
  const auto bytes = wire::bytes_of(command.sqe);
  return {bytes.begin(), bytes.end()};
}

std::string zeros(std::size_t count) { return std::string(2 * count, '0'); }

std::vector<std::byte> expected(const std::string& head, const std::string& sgl, const std::string& rest) {
  return test::from_hex(head + zeros(24 - head.size() / 2) + sgl + rest + zeros(24 - rest.size() / 2));
}

const std::string kNoData = zeros(15) + "5a";
std::string data_of(const std::string& length) { return zeros(8) + length + "000000" + "5a"; }

TEST(Command, Bytes) {
  const HostIdentity identity{.hostnqn = Nqn::parse("h").value(), .hostid = HostId::from_random({})};
  EXPECT_EQ(sqe_bytes(connect_command(identity, Nqn::discovery(), std::chrono::milliseconds(30000)), 0),
            expected("7f40000001", zeros(8) + "00040000" + "000000" + "01", "00000000" "1f000000" "30750000"));
  EXPECT_EQ(sqe_bytes(property_get(kPropertyCap), 1), expected("7f40010004", kNoData, "0100000000000000"));
  EXPECT_EQ(sqe_bytes(property_set(kPropertyCc, kCcEnable), 2), expected("7f40020000", kNoData, "00000000" "14000000" "01004600"));
  EXPECT_EQ(sqe_bytes(property_get(kPropertyCsts), 3), expected("7f40030004", kNoData, "00000000" "1c000000"));
  EXPECT_EQ(sqe_bytes(identify_controller(), 4), expected("06400400", data_of("00100000"), "01000000"));
  EXPECT_EQ(sqe_bytes(configure_events(kDiscoveryChangeNotices), 5), expected("09400500", kNoData, "0b000000" "00000080"));
  EXPECT_EQ(sqe_bytes(async_event_request(), 6), expected("0c400600", kNoData, ""));
  EXPECT_EQ(sqe_bytes(get_discovery_log(0, true, std::vector<std::byte>(1024)), 7),
            expected("02400700", data_of("00040000"), "7080ff00"));
  EXPECT_EQ(sqe_bytes(get_discovery_log(1024, true, std::vector<std::byte>(3072)), 8),
            expected("02400800", data_of("000c0000"), "7080ff02" "00000000" "00040000"));
  EXPECT_EQ(sqe_bytes(get_discovery_log(0, false, std::vector<std::byte>(1024)), 9),
            expected("02400900", data_of("00040000"), "7000ff00"));
  EXPECT_EQ(sqe_bytes(keep_alive(), 10), expected("18400a00", kNoData, ""));
  EXPECT_EQ(sqe_bytes(property_set(kPropertyCc, kCcEnable | kCcShutdown), 11),
            expected("7f400b0000", kNoData, "00000000" "14000000" "01404600"));
  // NUMDU and LPOU: 1 MiB at 5 GiB.
  EXPECT_EQ(sqe_bytes(get_discovery_log(5ULL << 30, true, std::vector<std::byte>(1 << 20)), 12),
            expected("02400c00", data_of("00001000"), "7080ffff" "03000000" "00000040" "01000000"));
}

TEST(Command, EnablesWithWhatTheControllerHas) {
  EXPECT_EQ(enabling_cc(1ULL << 37), 0x00460001U);
  EXPECT_EQ(enabling_cc(1ULL << 37 | 1ULL << 43), 0x00460001U);
  EXPECT_EQ(enabling_cc(1ULL << 43), 0x00460061U);
  EXPECT_EQ(enabling_cc(1ULL << 44), 0x00460071U);
  EXPECT_EQ(enabling_cc(0), 0x00460001U);
}

TEST(Pdu, KeepAliveWithHeaderDigest) {
  Command command = keep_alive();
  command.sqe.cid = 5;
  const std::vector<std::byte> pdu = encode_command(command.sqe, {}, {.header = true, .data = true});
  ASSERT_EQ(pdu.size(), 76U);
  EXPECT_EQ(std::vector(pdu.begin(), pdu.begin() + 8), test::from_hex("040148004c000000"));
  EXPECT_EQ(std::vector(pdu.end() - 4, pdu.end()), test::from_hex("2b87c194"));
}

TEST(Pdu, TermReqCarriesTheHeaderAndNoMoreThan128Bytes) {
  const std::vector<std::byte> header(200, std::byte{7});
  const std::vector<std::byte> pdu = encode_termreq(wire::Fes::kInvalidHeaderField, 0x01020304, header);
  ASSERT_EQ(pdu.size(), 152U);
  EXPECT_EQ(std::vector(pdu.begin(), pdu.begin() + 24), test::from_hex("0200180098000000" "0100" "04030201" + zeros(10)));
  EXPECT_EQ(pdu.back(), std::byte{7});
  EXPECT_EQ(encode_termreq(wire::Fes::kSequenceError, 0, std::span(header).first(24)).size(), 48U);
}

}  // namespace
}  // namespace nvme
