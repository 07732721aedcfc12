// The target's own encoders against bytes from elsewhere: the fact sheet's vectors and layouts.
#include <gtest/gtest.h>

#include "tests/target/answer.h"
#include "tests/target/crc32c.h"
#include "tests/target/log_entry.h"
#include "tests/target/log_page.h"
#include "tests/target/test/raw_host.h"
#include "tests/target/wire.h"

namespace {

using target_test::Bytes;
using target_test::hex;
using target_test::to_hex;

TEST(Crc32c, KnownValues) {
  const std::string digits = "123456789";
  EXPECT_EQ(target::crc32c(Bytes(digits.begin(), digits.end())), 0xE3069283u);
  EXPECT_EQ(target::crc32c(Bytes(32, 0)), 0x8A9136AAu);
  EXPECT_EQ(target::crc32c(Bytes(32, 0xFF)), 0x62A8AB43u);
  EXPECT_EQ(target::crc32c(Bytes(1024, 0)), 0xEEAEDE7Cu);
  EXPECT_EQ(target::crc32c(Bytes(4096, 0)), 0x98F94189u);
  EXPECT_EQ(target_test::slow_crc32c(Bytes(4096, 0)), 0x98F94189u);
}

TEST(Crc32c, KeepAliveCapsuleHasTheKnownDigest) {
  const Bytes pdu = target_test::with_digests(target_test::keep_alive(5), true, true);
  EXPECT_EQ(pdu.size(), 76u);
  EXPECT_EQ(to_hex(Bytes(pdu.begin(), pdu.begin() + 8)), "040148004c000000");
  EXPECT_EQ(to_hex(Bytes(pdu.begin() + 72, pdu.end())), "2b87c194");
}

TEST(Wire, CapsuleRespWithHeaderDigest) {
  const auto pdu = target::wire::capsule_resp({.result = 0, .sqhd = 1, .cid = 5, .status = 0}, {true, false});
  EXPECT_EQ(to_hex(pdu), "050118001c00000000000000000000000100000005000000f7f45866");
}

TEST(Wire, C2hDataWithAndWithoutDigests) {
  const Bytes data(4, 0x11);
  const auto plain = target::wire::c2h_data({.cid = 7, .datao = 1024, .data = data, .last = true}, {});
  EXPECT_EQ(to_hex(plain), "070418181c000000" "07000000" "00040000" "04000000" "00000000" "11111111");
  const auto sealed = target::wire::c2h_data({.cid = 7, .data = data, .last = true, .success = true}, {true, true});
  ASSERT_EQ(sealed.size(), 36u);
  EXPECT_EQ(to_hex(Bytes(sealed.begin(), sealed.begin() + 8)), "070f181c24000000");
  EXPECT_EQ(target::wire::get32(sealed, 24), target_test::slow_crc32c(Bytes(sealed.begin(), sealed.begin() + 24)));
  EXPECT_EQ(target::wire::get32(sealed, 32), target_test::slow_crc32c(data));
}

TEST(Wire, TermReqHasFeiAtTen) {
  const auto pdu = target::wire::c2h_termreq(1, 0x04030201, Bytes(8, 0xEE));
  EXPECT_EQ(to_hex(pdu), "0300180020000000" "0100" "01020304" "00000000000000000000" "eeeeeeeeeeeeeeee");
}

TEST(LogPage, EntryLayout) {
  target::LogEntry entry = target::tcp_subsystem("fe80::1", 4420, "nqn.x");
  entry.pad = ' ';
  entry.portid = 0x0102;
  entry.tsas = {2};
  const auto bytes = target::encode(entry);
  EXPECT_EQ(to_hex(Bytes(bytes.begin(), bytes.begin() + 12)), "030202000201ffff20000000");
  EXPECT_EQ(std::string(bytes.begin() + 32, bytes.begin() + 64), "4420" + std::string(28, ' '));
  EXPECT_EQ(std::string(bytes.begin() + 256, bytes.begin() + 262), std::string("nqn.x\0", 6));
  EXPECT_EQ(std::string(bytes.begin() + 512, bytes.begin() + 520), "fe80::1 ");
  EXPECT_EQ(bytes[768], 2);
}

TEST(LogPage, TextsMayFillTheirFieldsAndHoldAnything) {
  target::LogEntry entry;
  entry.subnqn = std::string(300, 'n');
  entry.traddr = std::string("a,b\n\xff\0c", 7);
  const auto bytes = target::encode(entry);
  EXPECT_EQ(std::string(bytes.begin() + 256, bytes.begin() + 512), std::string(256, 'n'));
  EXPECT_EQ(std::string(bytes.begin() + 512, bytes.begin() + 519), entry.traddr);
}

TEST(LogPage, ReadsAnyPartAndFillsWithZeros) {
  target::LogPage page;
  page.set_entries({target::tcp_subsystem("10.0.0.1", 4420, "nqn.x")});
  const auto tail = page.read(2044, 8);
  ASSERT_TRUE(tail);
  EXPECT_EQ(*tail, Bytes(8, 0));
  EXPECT_TRUE(page.read(2048, 4));
  EXPECT_FALSE(page.read(2052, 4));
  const auto header = page.read(0, 16);
  EXPECT_EQ(to_hex(*header), "01000000000000000100000000000000");
}

TEST(LogPage, GenctrMovesAsOftenAsAsked) {
  target::LogPage page;
  target::Misbehaviour m;
  m.genctr_moves = 2;
  m.numrec = std::uint64_t{1} << 40;
  page.set_misbehaviour(m);
  EXPECT_EQ((*page.read(0, 8))[0], 1);
  EXPECT_EQ((*page.read(0, 16))[13], 1);
  EXPECT_EQ((*page.read(0, 8))[0], 2);
}

TEST(Answer, PiecesInReverseOrderWithLastOnTheFinalOne) {
  const target::Reply reply{.data = Bytes(10, 1), .result = 0, .status = 0};
  target::Deed deed;
  deed.split = 4;
  deed.reversed = true;
  const auto answer = target::make_answer(reply, deed, {.cid = 3});
  ASSERT_EQ(answer.pdus.size(), 4u);
  EXPECT_EQ(target::wire::get32(answer.pdus[0], 12), 8u);
  EXPECT_EQ(answer.pdus[0][1], 0);
  EXPECT_EQ(target::wire::get32(answer.pdus[2], 12), 0u);
  EXPECT_EQ(answer.pdus[2][1], target::wire::kFlagLast);
  EXPECT_EQ(answer.pdus[3][0], 5);
}

TEST(Answer, SealedEditsKeepTheHeaderDigestRight) {
  const target::Reply reply{.data = Bytes(8, 1), .result = 0, .status = 0};
  target::Deed deed;
  deed.edits = {{0, {0x42}}};
  deed.seal_edits = true;
  const auto answer = target::make_answer(reply, deed, {.cid = 3, .digests = {true, true}});
  const Bytes& pdu = answer.pdus.at(0);
  EXPECT_EQ(pdu[0], 0x42);
  EXPECT_EQ(target::wire::get32(pdu, 24), target_test::slow_crc32c(Bytes(pdu.begin(), pdu.begin() + 24)));
}

TEST(Misbehaviour, NamesAreChecked) {
  target::Misbehaviour m;
  std::string error;
  EXPECT_TRUE(target::add_misbehaviour("split=100", m, error));
  EXPECT_TRUE(target::add_misbehaviour("fail-connect=0x8308", m, error));
  ASSERT_EQ(m.rules.size(), 2u);
  EXPECT_EQ(m.rules[0].deed.split, 100u);
  EXPECT_EQ(m.rules[1].deed.status, 0x8308);
  EXPECT_FALSE(target::add_misbehaviour("split", m, error));
  EXPECT_EQ(error, "split needs =NUMBER");
  EXPECT_FALSE(target::add_misbehaviour("twice=1", m, error));
  EXPECT_FALSE(target::add_misbehaviour("nonsense", m, error));
  EXPECT_FALSE(target::add_misbehaviour("split=x", m, error));
}

}  // namespace
