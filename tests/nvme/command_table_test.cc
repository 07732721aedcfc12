// Pairing by CID, with the receiver in front: interleaved data, whatever is not under way, CIDs that come round.
#include "nvme/command_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace nvme {
namespace {

using testing::HasSubstr;

/// A table behind a receiver that has seen a good ICResp.
class CommandTableTest : public testing::Test {
 protected:
  CommandTableTest() {
    wire::IcResp response;
    response.ch.type = 1;
    response.ch.hlen = 128;
    response.ch.plen = 128;
    response.maxh2cdata = 4096;
    EXPECT_FALSE(feed(wire::bytes_of(response)));
  }

  std::optional<Violation> feed(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const std::span<std::byte> room = receiver_.wanted();
      const std::size_t count = std::min(bytes.size(), room.size());
      std::copy_n(bytes.begin(), count, room.begin());
      bytes = bytes.subspan(count);
      if (std::optional<Violation> violation = receiver_.advance(count)) return violation;
    }
    return std::nullopt;
  }

  std::optional<Violation> data(std::uint16_t cid, std::uint32_t datao, std::string_view text, std::uint8_t flags = 0,
                                std::uint8_t padding = 0) {
    wire::DataPdu header;
    header.ch.type = 7;
    header.ch.flags = flags;
    header.ch.hlen = 24;
    header.ch.pdo = static_cast<std::uint8_t>(24 + padding);
    header.ch.plen = static_cast<std::uint32_t>(24 + padding + text.size());
    header.cccid = cid;
    header.datao = datao;
    header.datal = static_cast<std::uint32_t>(text.size());
    std::vector<std::byte> pdu;
    pdu.insert(pdu.end(), wire::bytes_of(header).begin(), wire::bytes_of(header).end());
    pdu.resize(pdu.size() + padding);
    pdu.insert(pdu.end(), std::as_bytes(std::span(text)).begin(), std::as_bytes(std::span(text)).end());
    return feed(pdu);
  }

  std::optional<Violation> response(std::uint16_t cid, std::uint16_t status = 0, std::uint64_t result = 0) {
    wire::CapsuleResp pdu;
    pdu.ch.type = 5;
    pdu.ch.hlen = 24;
    pdu.ch.plen = 24;
    pdu.cqe.cid = cid;
    pdu.cqe.status = status;
    pdu.cqe.result = result;
    return feed(wire::bytes_of(pdu));
  }

  std::uint16_t ask(std::size_t bytes) {
    return table_.add(get_discovery_log(0, true, std::vector<std::byte>(bytes)), [this](Completion completion) {
      std::string text;
      for (const std::byte b : completion.data) text += std::to_integer<char>(b);
      answers_.push_back(text + (completion.status.ok() ? "" : "!"));
    }).cid;
  }

  CommandTable table_;
  PduReceiver receiver_{Digests{}, table_};
  std::vector<std::string> answers_;
};

constexpr std::uint8_t kLast = wire::kFlagLast;
constexpr std::uint8_t kSuccess = wire::kFlagLast | wire::kFlagSuccess;

TEST_F(CommandTableTest, DataOfSeveralCommandsMayInterleave) {
  const std::uint16_t a = ask(8);
  const std::uint16_t b = ask(8);
  const std::uint16_t event = table_.add(async_event_request(), [this](const Completion& c) {
    answers_.push_back("event " + std::to_string(c.result));
  }).cid;
  EXPECT_FALSE(data(a, 0, "aaaa"));
  EXPECT_FALSE(data(b, 0, "bb"));
  EXPECT_FALSE(response(event, 0, 7));
  EXPECT_FALSE(data(a, 4, "AAAA", kLast));
  EXPECT_FALSE(data(b, 2, "BBBBBB", kSuccess, 100));
  EXPECT_FALSE(response(a));
  EXPECT_EQ(answers_, (std::vector<std::string>{"event 7", "bbBBBBBB", "aaaaAAAA"}));
  EXPECT_EQ(table_.size(), 0U);
}

TEST_F(CommandTableTest, AnErrorNeedsNoData) {
  const std::uint16_t a = ask(4);
  EXPECT_FALSE(response(a, 0x8004));
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(CommandTableTest, ACompletedCommandIsNotUnderWay) {
  const std::uint16_t a = ask(4);
  EXPECT_FALSE(data(a, 0, "aaaa", kLast));
  EXPECT_FALSE(response(a));
  const std::optional<Violation> twice = response(a);
  ASSERT_TRUE(twice);
  EXPECT_THAT(twice->text, HasSubstr("completion for CID 0, which is not under way"));
  EXPECT_EQ(twice->fei, 20U);
}

TEST_F(CommandTableTest, OffsetsAndLengthsAreChecked) {
  struct Case {
    std::uint32_t datao;
    std::string_view text;
    std::string_view message;
    wire::Fes fes;
  };
  for (const Case& c : {Case{4, "aaaa", "at offset 4 where 0 was next", wire::Fes::kInvalidHeaderField},
                        Case{0, "aaaaaaaaa", "up to byte 9, but only 8", wire::Fes::kDataOutOfRange},
                        Case{0xFFFFFFFF, "aaaa", "up to byte 4294967299", wire::Fes::kDataOutOfRange}}) {
    CommandTable table;
    wire::DataPdu header;
    header.cccid = static_cast<std::uint16_t>(table.add(get_discovery_log(0, true, std::vector<std::byte>(8)), nullptr).cid);
    header.datao = c.datao;
    header.datal = static_cast<std::uint32_t>(c.text.size());
    const auto room = table.room_for(header);
    ASSERT_FALSE(room);
    EXPECT_THAT(room.error().text, HasSubstr(std::string(c.message)));
    EXPECT_EQ(room.error().fes, c.fes);
  }
  const std::uint16_t a = ask(8);
  EXPECT_FALSE(data(a, 0, "aaaa", kLast));
  EXPECT_THAT(data(a, 4, "aaaa")->text, HasSubstr("after the last one"));
}

TEST_F(CommandTableTest, DataForACommandWithoutAny) {
  const std::uint16_t a = table_.add(keep_alive(), nullptr).cid;
  EXPECT_THAT(data(a, 0, "aaaa")->text, HasSubstr("C2HData for Keep Alive, which has no data"));
}

TEST_F(CommandTableTest, EmptyDataIsRefused) {
  const std::uint16_t a = ask(4);
  EXPECT_THAT(data(a, 0, "")->text, HasSubstr("C2HData with PLEN 24"));
}

TEST_F(CommandTableTest, NoCidIsUsedTwiceAtATime) {
  const std::uint16_t event = table_.add(async_event_request(), nullptr).cid;
  std::set<std::uint16_t> used;
  for (int i = 0; i < 140000; ++i) {
    const std::uint16_t cid = table_.add(keep_alive(), nullptr).cid;
    ASSERT_NE(cid, event);
    ASSERT_NE(cid, 0xFFFF);
    used.insert(cid);
    wire::Cqe done;
    done.cid = cid;
    ASSERT_FALSE(table_.response_arrived(done));
  }
  EXPECT_EQ(used.size(), 65534U);
}

TEST_F(CommandTableTest, SilencedItStillChecks) {
  const std::uint16_t a = ask(4);
  table_.silence();
  EXPECT_FALSE(data(a, 0, "aaaa", kLast));
  EXPECT_FALSE(response(a));
  EXPECT_TRUE(answers_.empty());
  EXPECT_TRUE(response(a));
}

}  // namespace
}  // namespace nvme
