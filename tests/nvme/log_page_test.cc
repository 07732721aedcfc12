// Entries as they come, hostile ones too.
#include "nvme/log_page.h"

#include <gtest/gtest.h>

#include "nvme/wire.h"

namespace nvme {
namespace {

using base::ErrorKind;
using std::string_view_literals::operator""sv;

template <std::size_t N>
void put(std::string_view text, wire::Bytes<N>& field) {
  std::copy_n(text.begin(), std::min(text.size(), N), field.begin());
}

wire::LogEntry good_entry() {
  wire::LogEntry entry;
  entry.trtype = 3;
  entry.adrfam = 1;
  entry.subtype = 2;
  entry.portid = 0x0102;
  entry.cntlid = 0xFFFF;
  put("4420", entry.trsvcid);
  put("nqn.x", entry.subnqn);
  put("10.0.0.1", entry.traddr);
  return entry;
}

LogEntry decode(const wire::LogEntry& entry) { return decode_log_entry(wire::bytes_of(entry)); }

TEST(LogEntry, TextEndsAtNulOrAtTheFieldAndLosesPadding) {
  wire::LogEntry entry = good_entry();
  put("4420                            ", entry.trsvcid);  // SPDK
  put("10.0.0.1   \0garbage"sv, entry.traddr);
  entry.subnqn.fill('n');  // no terminator
  const LogEntry decoded = decode(entry);
  EXPECT_EQ(decoded.trsvcid, "4420");
  EXPECT_EQ(decoded.traddr, "10.0.0.1");
  EXPECT_EQ(decoded.subnqn, std::string(256, 'n'));
  EXPECT_EQ(decoded.portid, 0x0102);
  EXPECT_EQ(decode(wire::LogEntry{}), LogEntry{});
}

TEST(LogEntry, BecomesATargetOnceChecked) {
  const base::Result<EntryTarget> checked = target(decode(good_entry()));
  ASSERT_TRUE(checked) << checked.error().message;
  EXPECT_EQ(to_string(checked->traddr), "10.0.0.1");
  EXPECT_EQ(checked->trsvcid, 4420);
  EXPECT_EQ(checked->subnqn.str(), "nqn.x");
}

TEST(LogEntry, HostileTextNeverReachesTheKernel) {
  struct Case {
    std::string_view field;
    std::string value;
    ErrorKind kind;
    std::string_view message;
  };
  const Case cases[] = {
      {"traddr", "10.0.0.1,host_iface=lo", ErrorKind::kInvalid, "traddr: address"},
      {"traddr", "", ErrorKind::kInvalid, "traddr: empty"},
      {"traddr", "evil.example.com", ErrorKind::kInvalid, "traddr: "},
      {"traddr", "0.0.0.0", ErrorKind::kInvalid, "unspecified"},
      {"traddr", "::", ErrorKind::kInvalid, "unspecified"},
      {"traddr", "10.0.0.1\n", ErrorKind::kInvalid, "\\x0a"},
      {"trsvcid", "4420,nqn=x", ErrorKind::kInvalid, "trsvcid: port"},
      {"trsvcid", "0", ErrorKind::kInvalid, "trsvcid: port"},
      {"trsvcid", "", ErrorKind::kInvalid, "trsvcid: port"},
      {"subnqn", "nqn.x,hostid=1", ErrorKind::kInvalid, "subnqn: NQN"},
      {"subnqn", "nqn x", ErrorKind::kInvalid, "subnqn: NQN"},
      {"subnqn", "nqn\x01", ErrorKind::kInvalid, "subnqn: NQN"},
      {"subnqn", "", ErrorKind::kInvalid, "subnqn: empty NQN"},
      {"subnqn", std::string(256, 'n'), ErrorKind::kInvalid, "subnqn: NQN of 256 bytes"},
  };
  for (const Case& c : cases) {
    LogEntry entry = decode(good_entry());
    (c.field == "traddr" ? entry.traddr : c.field == "trsvcid" ? entry.trsvcid : entry.subnqn) = c.value;
    const base::Result<EntryTarget> checked = target(entry);
    ASSERT_FALSE(checked) << c.field << "=" << c.value;
    EXPECT_EQ(checked.error().kind, c.kind);
    EXPECT_NE(checked.error().message.find(c.message), std::string::npos) << checked.error().message;
  }
}

TEST(LogEntry, OtherTransportsAreUnsupportedNotInvalid) {
  LogEntry entry = decode(good_entry());
  entry.trtype = 1;
  EXPECT_EQ(target(entry).error().kind, ErrorKind::kUnsupported);
  entry.trtype = 3;
  entry.adrfam = 4;
  EXPECT_EQ(target(entry).error().kind, ErrorKind::kUnsupported);
}

TEST(LogEntry, FlagsMeanWhatTheySay) {
  LogEntry entry;
  EXPECT_FALSE(entry.requires_tls());
  entry.treq = 1;
  EXPECT_FALSE(entry.requires_tls());  // a secure channel, but SECTYPE names none
  entry.sectype = 2;
  EXPECT_TRUE(entry.requires_tls());
  entry.treq = 2;
  EXPECT_FALSE(entry.requires_tls());
  entry.eflags = 5;
  EXPECT_TRUE(entry.duplicate_info());
  EXPECT_FALSE(entry.explicit_persistent());
  EXPECT_TRUE(entry.not_connected_to_cdc());
}

TEST(LogHeader, KnowsOneRecordFormat) {
  wire::LogHeader header;
  header.genctr = 0x0102030405060708;
  header.numrec = 3;
  const base::Result<LogHeader> decoded = decode_log_header(wire::bytes_of(header));
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->genctr, 0x0102030405060708U);
  EXPECT_EQ(decoded->numrec, 3U);
  header.recfmt = 1;
  EXPECT_EQ(decode_log_header(wire::bytes_of(header)).error().kind, ErrorKind::kProtocol);
}

TEST(Names, CoverEveryNumber) {
  EXPECT_EQ(subtype_name(1), "referral");
  EXPECT_EQ(subtype_name(77), "reserved (77)");
  EXPECT_EQ(trtype_name(254), "loop");
  EXPECT_EQ(adrfam_name(2), "ipv6");
  EXPECT_EQ(treq_name(5), "required, sq flow control disable supported");
  EXPECT_EQ(treq_name(3), "reserved (3)");
  EXPECT_EQ(sectype_name(2), "tls 1.3");
  EXPECT_EQ(eflags_name(0), "none");
  EXPECT_EQ(eflags_name(7), "duplicate returned information, explicit discovery connections, not connected to cdc");
  EXPECT_EQ(eflags_name(0x8000), "reserved (32768)");
  for (int i = 0; i < 256; ++i) {
    const auto byte = static_cast<std::uint8_t>(i);
    EXPECT_FALSE(subtype_name(byte).empty() || trtype_name(byte).empty() || adrfam_name(byte).empty() ||
                 treq_name(byte).empty() || sectype_name(byte).empty());
  }
}

}  // namespace
}  // namespace nvme
