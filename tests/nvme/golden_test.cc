// What we would send, against what Linux's host sent; what Linux's target sent, through our receiver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "nvme/command_table.h"
#include "nvme/crc32c.h"
#include "nvme/log_page.h"
#include "tests/nvme/golden.h"

namespace nvme {
namespace {

using std::chrono::milliseconds;
using test::GoldenPdu;
using testing::HasSubstr;

constexpr const char* kAdminCaptures[] = {
    "discover_linux_6_1.hex",         "discover_linux_6_12.hex",         "discover_digests_linux_6_1.hex",
    "discover_digests_linux_6_12.hex", "discover_unique_nqn_1_linux_6_12.hex", "discover_unique_nqn_2_linux_6_12.hex",
    "persistent_linux_6_1.hex",       "persistent_linux_6_12.hex"};

Digests digests_of(const std::vector<GoldenPdu>& pdus) {
  const auto request = wire::read<wire::IcReq>(pdus.at(0).bytes);
  return {.header = (request.dgst & 1) != 0, .data = (request.dgst & 2) != 0};
}

/// The command of ours that stands for Linux's, with Linux's CID; nothing where a discovery host has no use for it.
std::optional<Command> same_command(const wire::CapsuleCmd& theirs, std::span<const std::byte> data) {
  const wire::Sqe& sqe = theirs.sqe;
  Command ours;
  if (sqe.opcode == 0x7F && sqe.nsid == 1) {
    const auto connect = wire::read<wire::ConnectData>(data);
    const auto text = [](const wire::Bytes<256>& field) { return std::string(reinterpret_cast<const char*>(field.data())); };
    HostIdentity identity{.hostnqn = Nqn::parse(text(connect.hostnqn)).value(), .hostid = HostId::from_random(connect.hostid)};
    ours = connect_command(identity, Nqn::parse(text(connect.subnqn)).value(), milliseconds(sqe.cdw12));
    // The captured host id is no UUIDv4: put its bytes back.
    std::copy(data.begin(), data.begin() + 16, ours.in_capsule.begin());
  } else if (sqe.opcode == 0x7F && sqe.nsid == 4) {
    ours = property_get(sqe.cdw11);
  } else if (sqe.opcode == 0x7F && sqe.nsid == 0) {
    ours = property_set(sqe.cdw11, sqe.cdw12);
  } else if (sqe.opcode == 0x06) {
    ours = identify_controller();
  } else if (sqe.opcode == 0x09) {
    ours = configure_events(kDiscoveryChangeNotices);
  } else if (sqe.opcode == 0x0C) {
    ours = async_event_request();
  } else if (sqe.opcode == 0x18) {
    ours = keep_alive();
  } else if (sqe.opcode == 0x02) {
    const std::uint64_t offset = sqe.cdw12 | std::uint64_t{sqe.cdw13} << 32;
    ours = get_discovery_log(offset, (sqe.cdw10 & 0x8000) != 0, std::vector<std::byte>(sqe.sgl.length));
  } else {
    return std::nullopt;
  }
  ours.sqe.cid = sqe.cid;
  return ours;
}

TEST(Golden, WhatWeSendIsWhatLinuxSends) {
  for (const char* name : kAdminCaptures) {
    const std::vector<GoldenPdu> pdus = test::read_golden(name);
    const Digests digests = digests_of(pdus);
    EXPECT_EQ(encode_icreq(digests), pdus[0].bytes) << name;
    int compared = 0;
    for (const GoldenPdu& pdu : pdus) {
      if (!pdu.from_host || pdu.bytes[0] != std::byte{4}) continue;
      const auto theirs = wire::read<wire::CapsuleCmd>(pdu.bytes);
      const std::span<const std::byte> data =
          theirs.ch.pdo == 0 ? std::span<const std::byte>() : std::span(pdu.bytes).subspan(theirs.ch.pdo);
      std::optional<Command> ours = same_command(theirs, data);
      ASSERT_TRUE(ours) << pdu.comment;
      EXPECT_EQ(encode_command(ours->sqe, ours->in_capsule, digests), pdu.bytes) << name << " " << pdu.comment;
      ++compared;
    }
    EXPECT_GE(compared, 10) << name;
  }
}

/// Feeds the controller's half of a capture, `piece` bytes at a time, to commands with the CIDs of the host's half.
struct Replay {
  explicit Replay(const std::vector<GoldenPdu>& pdus) : receiver(digests_of(pdus), sink), pdus_(pdus) {}

  struct Sink : PduSink {
    std::map<std::uint16_t, std::vector<std::byte>> asked;  ///< by CID
    std::vector<std::pair<std::uint16_t, Status>> completed;
    std::vector<std::vector<std::byte>> logs;
    std::vector<std::uint64_t> results;
    std::expected<std::span<std::byte>, Violation> room_for(const wire::DataPdu& header) override {
      auto& buffer = asked.at(header.cccid);
      return std::span(buffer).subspan(header.datao, header.datal);
    }
    std::optional<Violation> data_arrived(const wire::DataPdu&) override { return std::nullopt; }
    std::optional<Violation> response_arrived(const wire::Cqe& cqe) override {
      completed.emplace_back(cqe.cid, Status::from_completion(cqe.status));
      results.push_back(cqe.result);
      if (auto found = asked.find(cqe.cid); found != asked.end() && !found->second.empty()) logs.push_back(found->second);
      return std::nullopt;
    }
  };

  std::optional<Violation> run(std::size_t piece) {
    for (const GoldenPdu& pdu : pdus_) {
      if (pdu.from_host) {
        if (pdu.bytes[0] != std::byte{4}) continue;
        const auto command = wire::read<wire::CapsuleCmd>(pdu.bytes);
        const std::uint32_t length = command.sqe.sgl.length;
        sink.asked[command.sqe.cid].assign(command.sqe.sgl.type == wire::kSglTransport ? length : 0, {});
        continue;
      }
      std::span<const std::byte> rest(pdu.bytes);
      while (!rest.empty()) {
        const std::span<std::byte> room = receiver.wanted();
        const std::size_t count = std::min({piece, rest.size(), room.size()});
        std::copy_n(rest.begin(), count, room.begin());
        rest = rest.subspan(count);
        if (std::optional<Violation> violation = receiver.advance(count)) return violation;
      }
      EXPECT_TRUE(receiver.between_pdus()) << pdu.comment;
    }
    return std::nullopt;
  }

  Sink sink;
  PduReceiver receiver;

 private:
  const std::vector<GoldenPdu>& pdus_;
};

TEST(Golden, WhatNvmetSendsIsUnderstoodInPiecesOfAnySize) {
  for (const char* name : kAdminCaptures) {
    const std::vector<GoldenPdu> pdus = test::read_golden(name);
    std::size_t responses = 0;
    for (const GoldenPdu& pdu : pdus) responses += !pdu.from_host && pdu.bytes[0] == std::byte{5} ? 1 : 0;
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{100000}}) {
      Replay replay(pdus);
      const std::optional<Violation> violation = replay.run(piece);
      ASSERT_FALSE(violation) << name << ": " << violation->text;
      EXPECT_EQ(replay.sink.completed.size(), responses) << name;
      EXPECT_TRUE(replay.sink.completed[0].second.ok());
    }
  }
}

TEST(Golden, TheLogPageSaysWhatNvmeCliPrinted) {
  for (const char* name : {"discover_linux_6_1.hex", "discover_linux_6_12.hex", "discover_digests_linux_6_12.hex"}) {
    const std::vector<GoldenPdu> pdus = test::read_golden(name);
    Replay replay(pdus);
    ASSERT_FALSE(replay.run(4096));
    // nvme-cli reads the whole page in pieces of 4096 bytes from offset 0; the last two reads are it.
    ASSERT_GE(replay.sink.logs.size(), 2U);
    std::vector<std::byte> page = replay.sink.logs[replay.sink.logs.size() - 2];
    page.insert(page.end(), replay.sink.logs.back().begin(), replay.sink.logs.back().end());
    const base::Result<LogHeader> header = decode_log_header(page);
    ASSERT_TRUE(header);
    EXPECT_EQ(header->numrec, 5U);
    const std::vector<std::pair<std::string, std::string>> printed{{"current discovery subsystem", "nqn.2014-08.org.nvmexpress.discovery"},
                                                                   {"nvme subsystem", "nqn.2024-01.test:c1-1"},
                                                                   {"nvme subsystem", "nqn.2024-01.test:c1-2"},
                                                                   {"nvme subsystem", "nqn.2024-01.test:c1-3"},
                                                                   {"referral", "nqn.2014-08.org.nvmexpress.discovery"}};
    std::vector<std::pair<std::string, std::string>> decoded;
    for (std::size_t i = 0; i < header->numrec; ++i) {
      const LogEntry entry = decode_log_entry(std::span(page).subspan(kLogHeaderSize + i * kLogEntrySize, kLogEntrySize));
      decoded.emplace_back(subtype_name(entry.subtype), entry.subnqn);
      EXPECT_EQ(entry.traddr, i == 4 ? "10.0.1.2" : "10.0.1.1");
      EXPECT_EQ(entry.trsvcid, "8009");
      EXPECT_EQ(entry.portid, 11);
      EXPECT_EQ(treq_name(entry.treq), i == 4 ? "not specified" : "not specified, sq flow control disable supported");
      EXPECT_EQ(sectype_name(entry.sectype), "none");
      EXPECT_EQ(eflags_name(entry.eflags), "none");
      EXPECT_EQ(trtype_name(entry.trtype), "tcp");
      EXPECT_EQ(adrfam_name(entry.adrfam), "ipv4");
      const base::Result<EntryTarget> checked = target(entry);
      ASSERT_TRUE(checked) << checked.error().message;
      EXPECT_EQ(checked->trsvcid, 8009);
    }
    EXPECT_EQ(decoded, printed);
  }
}

TEST(Golden, TheEventAndTheRefusedConnect) {
  const std::vector<GoldenPdu> persistent = test::read_golden("persistent_linux_6_12.hex");
  Replay events(persistent);
  ASSERT_FALSE(events.run(4096));
  EXPECT_THAT(events.sink.results, testing::Contains(0x0070F002U).Times(2));

  const std::vector<GoldenPdu> refused = test::read_golden("io_connect_refused_linux_6_12.hex");
  Replay connect(refused);
  ASSERT_FALSE(connect.run(4096));
  const Status status = connect.sink.completed.back().second;
  const base::Error error = connect_error("10.0.1.1:4420: Connect", status, connect.sink.results.back());
  EXPECT_EQ(error.kind, base::ErrorKind::kStatus);
  EXPECT_EQ(error.code, 0x4182);
  EXPECT_TRUE(error.permanent);
  EXPECT_EQ(error.message, "10.0.1.1:4420: Connect: Connect Invalid Parameters (SCT 1 SC 82h, do not retry); the controller "
                           "refuses the subsystem NQN: it has no such subsystem here");
}

TEST(Golden, OneWrongBitIsADigestErrorOrAnotherViolation) {
  // Every bit of every response header and every thousandth data bit is flipped once.
  const std::vector<GoldenPdu> pdus = test::read_golden("discover_digests_linux_6_12.hex");
  for (std::size_t i = 2; i < pdus.size(); ++i) {
    if (pdus[i].from_host) continue;
    const std::size_t bits = pdus[i].bytes.size() * 8;
    for (std::size_t bit = 0; bit < bits; bit += bit < 8 * 28 ? 1 : 997) {
      const std::vector<GoldenPdu> before(pdus.begin(), pdus.begin() + static_cast<std::ptrdiff_t>(i));
      Replay fed(before);
      ASSERT_FALSE(fed.run(100000));
      std::vector<std::byte> broken = pdus[i].bytes;
      broken[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
      std::span<const std::byte> rest(broken);
      std::optional<Violation> violation;
      const std::size_t completed = fed.sink.completed.size();
      while (!rest.empty() && !violation) {
        const std::span<std::byte> room = fed.receiver.wanted();
        const std::size_t count = std::min(rest.size(), room.size());
        std::copy_n(rest.begin(), count, room.begin());
        rest = rest.subspan(count);
        violation = fed.receiver.advance(count);
      }
      // A length that got longer leaves the receiver waiting: no acceptance either.
      EXPECT_TRUE(violation || !fed.receiver.between_pdus()) << i << " bit " << bit;
      EXPECT_EQ(fed.sink.completed.size(), completed) << i << " bit " << bit;
    }
  }
}

}  // namespace
}  // namespace nvme
