// One-shot discovery against the project's own target: what is read, and a named error for everything that is wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <functional>

#include "tests/nvme/session_fixture.h"

namespace nvme {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Discover, ReadsEveryFieldAndSaysWhoAnswered) {
  const auto target = test::start_target({.dctype = 1});
  target::LogEntry entry = target::tcp_subsystem("10.0.0.7", 4420, "nqn.2024-01.com.example:a");
  entry.treq = 6;
  entry.portid = 77;
  entry.cntlid = 12;
  entry.asqsz = 128;
  entry.eflags = 7;
  entry.tsas = {2};
  entry.pad = ' ';  // as SPDK
  target->set_log({target::self("10.0.0.7", 8009), entry, target::referral("fd00::1", 8010)});

  ControllerInfo info;
  const base::Result<LogPage> page = test::run(discover(test::options_for(target->endpoint()), &info));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->genctr, target->genctr());
  ASSERT_EQ(page->entries.size(), 3U);
  EXPECT_EQ(page->entries[0].subtype, 3);
  const LogEntry expected{.trtype = 3, .adrfam = 1, .subtype = 2, .treq = 6, .portid = 77, .cntlid = 12, .asqsz = 128, .eflags = 7,
                          .trsvcid = "4420", .subnqn = "nqn.2024-01.com.example:a", .traddr = "10.0.0.7", .sectype = 2};
  EXPECT_EQ(page->entries[1], expected);
  EXPECT_EQ(page->entries[2].traddr, "fd00::1");
  EXPECT_EQ(page->entries[2].adrfam, 2);

  EXPECT_EQ(info.cntlid, 1);
  EXPECT_EQ(info.version, 0x00010300U);
  EXPECT_EQ(info.cntrltype, 2);
  EXPECT_EQ(info.dctype, 1);
  EXPECT_EQ(info.subnqn, kDiscoveryNqn);
  EXPECT_EQ(info.local_address, "127.0.0.1");
  EXPECT_FALSE(info.model.empty());
  EXPECT_EQ(info.kato, milliseconds(0));

  ASSERT_TRUE(target->wait_for([](const target::Record& r) { return !r.associations.at(0).open(); }));
  const target::Record record = target->record();
  EXPECT_EQ(record.complaints(), "");
  EXPECT_TRUE(record.associations[0].shutdown);  // CC.SHN before the socket closes
  EXPECT_EQ(record.associations[0].ending, target::Ending::kHostClosed);
  EXPECT_EQ(record.associations[0].kato_ms, 0U);
  EXPECT_EQ(record.associations[0].hostnqn, test::identity().hostnqn.str());
  EXPECT_EQ(record.associations[0].hostid, test::identity().hostid.bytes());
}

TEST(Discover, TheLastReadAndOnlyThatOneArmsTheNextEvent) {
  const auto target = test::start_target({.mdts = 1});  // 8 KiB
  target->set_log(test::subsystems(20));
  ASSERT_TRUE(test::run(discover(test::options_for(target->endpoint()))));
  const target::Record record = target->record();
  std::vector<std::pair<std::uint64_t, std::uint64_t>> reads;
  std::vector<bool> retained;
  for (const target::ReceivedCommand& command : record.associations.at(0).commands) {
    if (command.opcode != target::opc::kGetLog) continue;
    reads.emplace_back(command.offset(), command.length());
    retained.push_back(command.retains_event());
  }
  const std::vector<std::pair<std::uint64_t, std::uint64_t>> expected{
      {0, 1024}, {1024, 8192}, {9216, 8192}, {17408, 4096}, {0, 1024}};
  EXPECT_EQ(reads, expected);
  EXPECT_EQ(retained, (std::vector<bool>{true, true, true, true, false}));
}

TEST(Discover, PagedReadsFourKilobytes) {
  const auto target = test::start_target();
  target->set_log(test::subsystems(9));
  SessionOptions options = test::options_for(target->endpoint());
  options.paged = true;
  const base::Result<LogPage> page = test::run(discover(options));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->entries.size(), 9U);
  for (const target::ReceivedCommand& command : target->record().associations.at(0).commands) {
    if (command.opcode == target::opc::kGetLog) EXPECT_LE(command.length(), 4096U);
  }
}

TEST(Discover, AnEmptyLogPageIsFine) {
  const auto target = test::start_target();
  const base::Result<LogPage> page = test::run(discover(test::options_for(target->endpoint())));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_TRUE(page->entries.empty());
}

TEST(Discover, WithoutOffsetsOneCommandMustHoldItAll) {
  const auto target = test::start_target({.mdts = 2, .lpa = 0});  // 16 KiB
  target->set_log(test::subsystems(15));
  const base::Result<LogPage> fits = test::run(discover(test::options_for(target->endpoint())));
  ASSERT_TRUE(fits) << fits.error().message;
  EXPECT_EQ(fits->entries.size(), 15U);
  EXPECT_EQ(fits->entries[14].traddr, "10.0.0.15");
  target->set_log(test::subsystems(16));
  const base::Result<LogPage> too_long = test::run(discover(test::options_for(target->endpoint())));
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(too_long.error().message, HasSubstr("LPA bit 2"));
}

TEST(Discover, DigestsInEveryCombination) {
  for (const bool header : {false, true}) {
    for (const bool data : {false, true}) {
      const auto target = test::start_target();
      target->set_log(test::subsystems(5));
      SessionOptions options = test::options_for(target->endpoint());
      options.header_digest = header;
      options.data_digest = data;
      const base::Result<LogPage> page = test::run(discover(options));
      ASSERT_TRUE(page) << page.error().message;
      EXPECT_EQ(page->entries.size(), 5U);
      const target::Record record = target->record();
      EXPECT_EQ(record.complaints(), "");
      EXPECT_EQ(record.associations.at(0).header_digest, header);
      EXPECT_EQ(record.associations.at(0).data_digest, data);
    }
  }
}

TEST(Discover, IPv6) {
  const auto target = test::start_target({.listen = {{.addr = "::1"}}});
  target->set_log(test::subsystems(2));
  ControllerInfo info;
  const base::Result<LogPage> page = test::run(discover(test::options_for(target->endpoint()), &info));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(info.local_address, "::1");
}

TEST(Discover, FromTheSourceThatWasAskedFor) {
  const auto target = test::start_target();
  SessionOptions options = test::options_for(target->endpoint());
  options.address.host_traddr = IpAddress::parse("127.0.0.9").value();
  ControllerInfo info;
  ASSERT_TRUE(test::run(discover(options, &info)));
  EXPECT_EQ(info.local_address, "127.0.0.9");
  EXPECT_THAT(target->record().associations.at(0).peer, StartsWith("127.0.0.9:"));

  options.address.host_traddr = IpAddress::parse("192.0.2.1").value();
  const base::Result<LogPage> foreign = test::run(discover(options));
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind, ErrorKind::kUnreachable);
  EXPECT_THAT(foreign.error().message, HasSubstr("192.0.2.1"));

  options.address.host_traddr = IpAddress::parse("::1").value();
  EXPECT_EQ(test::run(discover(options)).error().kind, ErrorKind::kInvalid);

  options.address.host_traddr.reset();
  options.address.host_iface = "lo";
  const base::Result<LogPage> by_lo = test::run(discover(options));
  EXPECT_TRUE(by_lo || by_lo.error().kind == ErrorKind::kDenied) << by_lo.error().message;  // needs CAP_NET_RAW before 5.7
  options.address.host_iface = "none0";
  EXPECT_FALSE(test::run(discover(options)));
}

TEST(Discover, NobodyListens) {
  auto target = test::start_target();
  const SessionOptions options = test::options_for(target->endpoint());
  target.reset();
  const base::Result<LogPage> page = test::run(discover(options));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::kRefused);
  EXPECT_EQ(page.error().message,
            host_port(options.address.traddr, options.address.trsvcid) + ": connect: Connection refused (ECONNREFUSED)");
}

TEST(Discover, AnUnknownZoneIsNamed) {
  SessionOptions options = test::options_for({.addr = "fe80::1%none0", .port = 8009});
  const base::Result<LogPage> page = test::run(discover(options));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::kUnreachable);
  EXPECT_EQ(page.error().message, "[fe80::1%none0]:8009: no network interface none0 here");
}

TEST(Discover, ByTheUniqueDiscoveryNqn) {
  const auto target = test::start_target({.nqn = "nqn.2024-01.com.example:discovery", .accepts_well_known = false});
  SessionOptions options = test::options_for(target->endpoint());
  const base::Result<LogPage> well_known = test::run(discover(options));
  ASSERT_FALSE(well_known);
  EXPECT_EQ(well_known.error().kind, ErrorKind::kStatus);
  EXPECT_TRUE(well_known.error().permanent);
  EXPECT_THAT(well_known.error().message, HasSubstr("the subsystem NQN"));
  options.subnqn = Nqn::parse("nqn.2024-01.com.example:discovery").value();
  ControllerInfo info;
  ASSERT_TRUE(test::run(discover(options, &info)));
  EXPECT_EQ(info.subnqn, "nqn.2024-01.com.example:discovery");
}

TEST(Discover, WhatNeedsNoOtherAnswerIsAskedInTheSameRoundTrip) {
  const auto target = test::start_target();
  target::Misbehaviour misbehaviour;
  misbehaviour.rules.push_back({.when = target::on_property_get(0x00), .deed = {.silent = true}});  // CAP
  target->set_misbehaviour(misbehaviour);
  SessionOptions options = test::options_for(target->endpoint());
  options.command_timeout = milliseconds(300);
  ASSERT_FALSE(test::run(discover(options)));
  const target::Record record = target->record();
  const std::vector<target::ReceivedCommand>& commands = record.associations.at(0).commands;
  ASSERT_EQ(commands.size(), 3U);  // Connect, CAP, VS
  EXPECT_EQ(commands[1].cdw11(), 0x00U);
  EXPECT_EQ(commands[2].cdw11(), 0x08U);
}

TEST(Discover, AnAnswerThatOvertakesTheOneBeforeItIsWaitedFor) {
  const auto target = test::start_target();
  target::Misbehaviour misbehaviour;
  misbehaviour.rules.push_back({.when = target::on_property_get(0x00), .deed = {.delay = milliseconds(20)}});  // CAP, after VS
  misbehaviour.rules.push_back({.when = target::on_property_set(0x14), .deed = {.delay = milliseconds(20)}});  // CC, after CSTS
  target->set_misbehaviour(misbehaviour);
  ControllerInfo info;
  const base::Result<LogPage> page = test::run(discover(test::options_for(target->endpoint()), &info));
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_NE(info.version, 0U);
  EXPECT_EQ(target->record().complaints(), "");
}

TEST(Discover, CapSaysHowLongToWaitUntilReady) {
  const std::uint64_t nearly_no_time = (std::uint64_t{1} << 37) | 127;  // TO = 0
  const auto target = test::start_target({.cap = nearly_no_time});
  target::Misbehaviour misbehaviour;
  misbehaviour.never_ready = true;
  target->set_misbehaviour(misbehaviour);
  const base::Result<LogPage> page = test::run(discover(test::options_for(target->endpoint())));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(page.error().message, HasSubstr("not ready (CSTS.RDY) within 500ms"));

  // CRTO, where CAP has CRMS.CRWMS, may give more.
  const auto slow = test::start_target(
      {.cap = nearly_no_time | (std::uint64_t{1} << 59), .crto = 20, .ready_delay = milliseconds(800)});
  EXPECT_TRUE(test::run(discover(test::options_for(slow->endpoint()))));
}

TEST(Discover, AHundredThousandBytesPerMillisecond) {
  const auto target = test::start_target({.record_pdus = false});
  target->set_log(test::subsystems(10000));
  const base::TimePoint start = base::Clock::now();
  const base::Result<LogPage> page = test::run(discover(test::options_for(target->endpoint())));
  const base::Duration took = base::Clock::now() - start;
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->entries.size(), 10000U);
  EXPECT_EQ(page->entries[9999].subnqn, "nqn.2024-01.com.example:storage:subsystem-9999");
  RecordProperty("milliseconds", static_cast<int>(took / milliseconds(1)));  // the budget is checked in tests/bench
}

/// One thing that the target does wrong, by its name there, and what the host must make of it.
struct Wrong {
  std::string_view misbehaviour;
  std::optional<ErrorKind> kind;  ///< nothing: the host copes
  std::string_view message{};
  bool digests{false};
  bool tells_controller{false};   ///< with an H2CTermReq
};

std::ostream& operator<<(std::ostream& out, const Wrong& wrong) { return out << wrong.misbehaviour; }

class WrongTarget : public testing::TestWithParam<Wrong> {};

TEST_P(WrongTarget, IsNamedAndNeverHangs) {
  const Wrong& wrong = GetParam();
  const auto target = test::start_target();
  target->set_log(test::subsystems(5));
  target::Misbehaviour misbehaviour;
  std::string reason;
  ASSERT_TRUE(target::add_misbehaviour(wrong.misbehaviour, misbehaviour, reason)) << reason;
  target->set_misbehaviour(misbehaviour);
  SessionOptions options = test::options_for(target->endpoint());
  options.header_digest = options.data_digest = wrong.digests;
  options.connect_timeout = milliseconds(300);
  options.command_timeout = milliseconds(300);
  const base::Result<LogPage> page = test::run(discover(options));
  if (!wrong.kind) {
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_EQ(page->entries.size(), 5U);
    return;
  }
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().kind, *wrong.kind) << to_string(page.error().kind) << ": " << page.error().message;
  EXPECT_THAT(page.error().message, StartsWith(target::to_string(target->endpoint()) + ": "));
  EXPECT_THAT(page.error().message, HasSubstr(std::string(wrong.message)));
  ASSERT_TRUE(target->wait_for([](const target::Record& r) { return r.open == 0; }));
  const target::Record record = target->record();
  EXPECT_EQ(record.associations.at(0).termreqs.size(), wrong.tells_controller ? 1U : 0U) << record.complaints();
  for (const std::vector<std::uint8_t>& termreq : record.associations[0].termreqs) EXPECT_GT(termreq.size(), 24U);
}

constexpr ErrorKind kBroken = ErrorKind::kProtocol;

INSTANTIATE_TEST_SUITE_P(
    Transport, WrongTarget,
    testing::Values(Wrong{"silent-accept", ErrorKind::kTimeout, "ICReq: no answer within 300ms"},
                    Wrong{"silent-icresp", ErrorKind::kTimeout, "Connect: no answer within 300ms"},
                    Wrong{"silent-connect", ErrorKind::kTimeout, "Property Get: no answer within 300ms"},
                    Wrong{"slow=20", ErrorKind::kTimeout, "ICReq: no answer within 300ms"},
                    Wrong{"icresp-dgst=0", ErrorKind::kUnsupported, "grants no digests, but the host asked for both", true, true},
                    Wrong{"icresp-dgst=3", kBroken, "grants both digests, but the host asked for no digests", false, true},
                    Wrong{"cpda=3", ErrorKind::kUnsupported, "CPDA 3", false, true},
                    Wrong{"cpda=32", kBroken, "CPDA 32", false, true},
                    Wrong{"pfv=1", ErrorKind::kUnsupported, "format version 1", false, true},
                    Wrong{"maxh2cdata=4092", kBroken, "MAXH2CDATA 4092", false, true},
                    Wrong{"maxh2cdata=4097", kBroken, "MAXH2CDATA 4097", false, true},
                    Wrong{"icresp-type=5", kBroken, "CapsuleResp before ICResp", false, true},
                    Wrong{"icresp-type=72", kBroken, "type 72 where ICResp was due", false, true},
                    Wrong{"icresp-plen=1000", kBroken, "ICResp with PLEN 1000", false, true},
                    Wrong{"icresp-cut=0", ErrorKind::kClosed, "closed the connection before ICResp"},
                    Wrong{"icresp-cut=100", ErrorKind::kClosed, "before ICResp in the middle of a PDU"},
                    Wrong{"icresp-reset=0", ErrorKind::kClosed, "ECONNRESET"}));

INSTANTIATE_TEST_SUITE_P(
    Controller, WrongTarget,
    testing::Values(Wrong{"fail-connect=0x8308", ErrorKind::kDenied, "Connect Invalid Host (SCT 1 SC 84h, do not retry)"},
                    Wrong{"fail-connect=0x0302", ErrorKind::kBusy, "Connect Controller Busy"},
                    Wrong{"fail-connect=0x0306", ErrorKind::kStatus, "Connect Restart Discovery"},
                    Wrong{"fail-connect=0x0322", ErrorKind::kDenied, "in-band authentication required"},
                    Wrong{"fail-connect=0x0fff", ErrorKind::kStatus, "status SCT 7 SC FFh"},
                    Wrong{"authreq=2", ErrorKind::kDenied, "in-band authentication required"},
                    Wrong{"authreq=4", ErrorKind::kDenied, "in-band authentication required"},
                    Wrong{"cfs", ErrorKind::kStatus, "CSTS.CFS"},
                    Wrong{"identify-cntlid=99", kBroken, "Identify Controller says CNTLID 99, Connect said 1"},
                    Wrong{"fail-identify=0x8004", ErrorKind::kStatus, "Identify Controller: Invalid Field in Command"},
                    Wrong{"fail-set-features=0x8004", std::nullopt},
                    Wrong{"rejects-kato", std::nullopt}));

INSTANTIATE_TEST_SUITE_P(
    Log, WrongTarget,
    testing::Values(Wrong{"silent-log", ErrorKind::kTimeout, "Get Log Page: no answer within 300ms"},
                    Wrong{"fail-log=0x8004", ErrorKind::kStatus, "Get Log Page: Invalid Field in Command"},
                    Wrong{"fail-log=0x0320", ErrorKind::kStatus, "Discovery Restart"},
                    Wrong{"terminate=1", kBroken, "C2HTermReq): invalid PDU header field at byte 0"},
                    Wrong{"terminate=0", kBroken, "C2HTermReq): no reason given"},
                    Wrong{"terminate=77", kBroken, "C2HTermReq): unknown reason 77"},
                    Wrong{"bad-hdgst", kBroken, "wrong header digest of C2HData", true, true},
                    Wrong{"bad-ddgst", kBroken, "wrong data digest of C2HData", true, false},
                    Wrong{"split=100", std::nullopt},
                    Wrong{"split=100", std::nullopt, "", true},
                    Wrong{"reversed=100", kBroken, "where 0 was next", false, true},
                    Wrong{"datao=4", kBroken, "C2HData for Get Log Page", false, true},
                    Wrong{"short-log=4", kBroken, "Get Log Page completed with 1020 of 1024 bytes", false, true},
                    Wrong{"long-log=4", kBroken, "only 1024 were asked for", false, true},
                    Wrong{"no-last", kBroken, "without a C2HData marked as the last", false, true},
                    Wrong{"success", std::nullopt},
                    Wrong{"success", std::nullopt, "", true},
                    Wrong{"success-without-last", kBroken, "SUCCESS but not LAST_PDU", false, true},
                    Wrong{"success-and-response", kBroken, "which is not under way", false, true},
                    Wrong{"pdu-type=200", kBroken, "unknown type 200 from a controller", false, true},
                    Wrong{"pdu-type=4", kBroken, "CapsuleCmd from a controller", false, true},
                    Wrong{"pdu-type=1", kBroken, "a second ICResp", false, true},
                    Wrong{"hlen=23", kBroken, "C2HData with HLEN 23", false, true},
                    Wrong{"pdo=8", kBroken, "C2HData with PDO 8", false, true},
                    Wrong{"pdo=255", kBroken, "DATAL", false, true},
                    Wrong{"plen=4294967295", kBroken, "DATAL 1024 in PLEN 4294967295", false, true},
                    Wrong{"plen=0", kBroken, "C2HData with PLEN 0", false, true},
                    Wrong{"cid=4660", kBroken, "C2HData for CID 4660, which is not under way", false, true},
                    Wrong{"twice", kBroken, "which is not under way", false, true},
                    Wrong{"r2t", kBroken, "R2T, but no command offers data", false, true},
                    Wrong{"cut=30", ErrorKind::kClosed, "in the middle of a PDU"},
                    Wrong{"reset=30", ErrorKind::kClosed, "ECONNRESET"},
                    Wrong{"delay-log=20", std::nullopt},
                    Wrong{"genctr-moves=5", std::nullopt},
                    Wrong{"genctr-moves=0", ErrorKind::kBusy, "changed during each of 10 reads"},
                    Wrong{"numrec=65537", kBroken, "claims 65537 entries, more than maxLogEntries allows: 65536"},
                    Wrong{"numrec=18446744073709551615", kBroken, "claims 18446744073709551615 entries"},
                    Wrong{"recfmt=1", kBroken, "record format 1"}));

TEST(Discover, SomethingElseListensThere) {
  asio::io_context loop;
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket peer(loop);
  const std::string greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + std::string(200, 'x');
  acceptor.async_accept(peer, [&](const asio::error_code&) { asio::write(peer, asio::buffer(greeting)); });
  std::optional<base::Result<LogPage>> result;
  asio::co_spawn(loop, discover(test::options_for({.addr = "127.0.0.1", .port = acceptor.local_endpoint().port()})),
                 [&](std::exception_ptr, base::Result<LogPage> page) { result = std::move(page); });
  ASSERT_TRUE(test::run_until(loop, [&] { return result.has_value(); }));
  ASSERT_FALSE(*result);
  EXPECT_THAT(result->error().message, HasSubstr("is this an NVMe/TCP port?"));
}

TEST(Discover, B18NothingButICReqIsSentBeforeICResp) {
  asio::io_context loop;
  asio::ip::tcp::acceptor acceptor(loop, {asio::ip::address_v4::loopback(), 0});
  asio::ip::tcp::socket peer(loop);
  std::vector<std::byte> received(4096);
  std::size_t length = 0;
  std::function<void()> read_more = [&] {
    peer.async_read_some(asio::buffer(received) + length, [&](const asio::error_code& error, std::size_t more) {
      length += more;
      if (!error) read_more();
    });
  };
  acceptor.async_accept(peer, [&](const asio::error_code&) { read_more(); });
  SessionOptions options = test::options_for({.addr = "127.0.0.1", .port = acceptor.local_endpoint().port()});
  options.connect_timeout = milliseconds(200);
  std::optional<base::Result<LogPage>> result;
  asio::co_spawn(loop, discover(options), [&](std::exception_ptr, base::Result<LogPage> page) { result = std::move(page); });
  loop.run();  // until the host gave up and closed
  ASSERT_TRUE(result);
  ASSERT_FALSE(*result);
  EXPECT_THAT(result->error().message, HasSubstr("ICReq: no answer"));
  EXPECT_EQ(length, 128U) << "ICReq, and nothing behind it";
  EXPECT_EQ(received[0], std::byte{0});
}

TEST(Discover, ACallerThatGivesUpClosesTheConnection) {
  const auto target = test::start_target();
  target::Misbehaviour silence;
  silence.silence = target::Silence::kAfterConnect;
  target->set_misbehaviour(silence);
  const base::Result<LogPage> page =
      test::run(base::with_deadline(discover(test::options_for(target->endpoint())), milliseconds(100), "all of it"));
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message, "all of it: no answer within 100ms");
  EXPECT_TRUE(target->wait_for([](const target::Record& r) { return r.open == 0; }));
}

TEST(Discover, ALoopThatEndsInTheMiddleLeavesNothingBehind) {
  const auto target = test::start_target();
  target::Misbehaviour silence;
  silence.silence = target::Silence::kAfterConnect;
  target->set_misbehaviour(silence);
  {
    asio::io_context loop;
    asio::co_spawn(loop, discover(test::options_for(target->endpoint())), asio::detached);
    ASSERT_TRUE(test::run_until(loop, [&] { return target->record().connected() == 1; }));
  }
  EXPECT_TRUE(target->wait_for([](const target::Record& r) { return r.open == 0; }));
}

}  // namespace
}  // namespace nvme
