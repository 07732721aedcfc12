// A correct discovery session, and everything the controller must refuse, spoken by hand.
#include <gtest/gtest.h>

#include "tests/target/discovery_target.h"
#include "tests/target/test/raw_host.h"

namespace {

using namespace std::chrono_literals;
using namespace target_test;
using target::DiscoveryTarget;

std::unique_ptr<DiscoveryTarget> start(target::TargetOptions options = {}) {
  auto started = DiscoveryTarget::start(std::move(options));
  EXPECT_TRUE(started) << started.error();
  return std::move(*started);
}

RawHost host_of(const DiscoveryTarget& service) { return {"127.0.0.1", service.port()}; }

const std::vector<target::LogEntry> kThree = {
    target::tcp_subsystem("10.0.0.1", 4420, "nqn.a"),
    target::tcp_subsystem("10.0.0.2", 4420, "nqn.b"),
    target::referral("10.0.0.3", 8009),
};

TEST(Session, GoldenHandshakeOfTheFactSheet) {
  const auto service = start();
  service->set_log(kThree);
  const RawHost host = host_of(*service);
  const Pdu icresp = host.ask(icreq());
  EXPECT_EQ(to_hex(icresp.bytes).substr(0, 32), "01008000800000000000000000004000");
  const Pdu connected = host.ask(connect());
  EXPECT_EQ(to_hex(connected.bytes), "0500180018000000" "0100000000000000" "0100" "0000" "0000" "0000");
  EXPECT_EQ(host.ask(property_get_cap()).result() & 0xFFFF, 127u);
  EXPECT_EQ(host.ask(property_get(0x1C)).result(), 0u);
  EXPECT_EQ(host.ask(property_set_cc(0x00460001)).status(), 0);
  EXPECT_EQ(host.ask(property_get(0x1C)).result(), 1u);
  EXPECT_EQ(host.ask(property_get(0x08)).result(), 0x00010300u);

  const Pdu id = host.ask(identify());
  EXPECT_EQ(to_hex(Bytes(id.bytes.begin(), id.bytes.begin() + 24)),
            "0704181818100000" "04000000" "00000000" "00100000" "00000000");
  EXPECT_EQ(id.u16(24 + 78), 1u) << "CNTLID";
  EXPECT_EQ(id.u32(24 + 92), 0x80000000u) << "OAES";
  EXPECT_EQ(id.bytes[24 + 111], 2) << "CNTRLTYPE";
  EXPECT_EQ(id.bytes[24 + 261], 4) << "LPA";
  EXPECT_NE(id.u32(24 + 536) & 3, 0u) << "SGLS";
  EXPECT_EQ(std::string(id.bytes.begin() + 24 + 768, id.bytes.begin() + 24 + 804), target::kWellKnownNqn);
  EXPECT_EQ(host.receive()->status(), 0);

  EXPECT_EQ(host.ask(set_events()).status(), 0);
  host.send(aer());
  const Bytes header = host.read_log(0, 1024, true);
  EXPECT_EQ(to_hex(Bytes(header.begin(), header.begin() + 20)), "0100000000000000" "0300000000000000" "00000000");
  const Bytes entries = host.read_log(1024, 3072, true, 8);
  EXPECT_EQ(std::string(entries.begin() + 256, entries.begin() + 261), "nqn.a");
  EXPECT_EQ(entries[2048 + 2], target::kSubtypeReferral);
  EXPECT_EQ(host.ask(keep_alive()).status(), 0);
  EXPECT_EQ(host.ask(property_set_cc(0x00464001)).status(), 0);
  EXPECT_EQ(host.ask(property_get(0x1C)).result(), 8u) << "shutdown complete";

  const target::Record record = service->record();
  ASSERT_EQ(record.associations.size(), 1u);
  const auto& a = record.associations[0];
  EXPECT_TRUE(a.shutdown);
  EXPECT_EQ(a.kato_ms, 30000u);
  EXPECT_EQ(a.hostnqn, "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(a.hostid[15], 0xAF);
  EXPECT_EQ(a.subnqn, target::kWellKnownNqn);
  EXPECT_EQ(a.keep_alives, 1u);
  EXPECT_EQ(a.log_reads, 2u);
  EXPECT_EQ(a.count(target::opc::kFabrics, target::fct::kPropertySet), 2u);
  EXPECT_EQ(a.commands[0].pdu, connect());
  EXPECT_EQ(record.complaints(), "");
}

TEST(Session, DigestsBothWays) {
  const auto service = start();
  service->set_log(kThree);
  const RawHost host = host_of(*service);
  EXPECT_EQ(host.ask(icreq(3)).bytes[11], 3);
  const auto ask = [&](const Bytes& pdu) { return host.ask(with_digests(pdu, true, true)); };
  const Pdu connected = ask(connect());
  ASSERT_EQ(connected.bytes.size(), 28u);
  EXPECT_EQ(connected.flags(), 1);
  EXPECT_EQ(connected.u32(24), slow_crc32c(Bytes(connected.bytes.begin(), connected.bytes.begin() + 24)));
  EXPECT_EQ(ask(property_set_cc(0x00460001)).status(), 0);
  const Pdu data = ask(get_log(0, 1024, true));
  ASSERT_EQ(data.bytes.size(), 24u + 4 + 1024 + 4);
  EXPECT_EQ(data.flags(), 7);
  EXPECT_EQ(data.bytes[3], 28);
  EXPECT_EQ(data.u32(24 + 4 + 1024), slow_crc32c(Bytes(data.bytes.begin() + 28, data.bytes.end() - 4)));
  EXPECT_EQ(host.receive()->status(), 0);

  Bytes broken = with_digests(keep_alive(), true, true);
  broken[72] ^= 1;
  const Pdu term = host.ask(broken);
  EXPECT_EQ(term.type(), 3);
  EXPECT_EQ(term.u16(8), 3) << "FES header digest error";
  EXPECT_TRUE(host.ends());
  EXPECT_TRUE(service->wait_for([](const target::Record& r) { return !r.associations[0].open(); }));
  EXPECT_EQ(service->record().associations[0].protocol_error, "wrong header digest");
}

TEST(Session, WrongDataDigestFailsTheCommandOnly) {
  const auto service = start();
  const RawHost host = host_of(*service);
  host.ask(icreq(2));
  Bytes broken = with_digests(connect(), false, true);
  broken.back() ^= 1;
  EXPECT_EQ(host.ask(broken).status(), target::kStatusTransient);
  EXPECT_EQ(host.ask(with_digests(connect(), false, true)).status(), 0);
}

TEST(Session, DigestsAreRefusedWhereTheTargetHasNone) {
  target::TargetOptions options;
  options.header_digest = options.data_digest = false;
  const auto service = start(options);
  EXPECT_EQ(host_of(*service).ask(icreq(3)).bytes[11], 0);
}

TEST(Session, EventIsMaskedUntilARaeZeroRead) {
  const auto service = start();
  const RawHost host = host_of(*service);
  host.set_up();
  host.send(aer(6));
  ASSERT_TRUE(service->wait_for([](const target::Record& r) { return r.subscribed() == 1; }));
  service->set_log(kThree);
  const auto event = host.receive();
  ASSERT_TRUE(event);
  EXPECT_EQ(event->cid(), 6);
  EXPECT_EQ(event->result(), 0x0070F002u);
  host.send(aer(7));
  service->set_log({});
  EXPECT_TRUE(host.silent()) << "masked";
  host.read_log(0, 1024, true, 20);
  service->set_log(kThree);
  EXPECT_TRUE(host.silent()) << "RAE=1 keeps the mask";
  host.read_log(0, 1024, false, 21);
  service->set_log({});
  EXPECT_EQ(host.receive()->cid(), 7);
  service->set_log(kThree);
  host.read_log(0, 1024, false, 22);
  service->set_log({});
  EXPECT_EQ(host.ask(aer(8)).result(), 0x0070F002u) << "an event waits for its AER";
  EXPECT_EQ(service->record().associations[0].aens_sent, 3u);
}

TEST(Session, EventsNeedSetFeatures) {
  const auto service = start();
  const RawHost host = host_of(*service);
  host.ask(icreq());
  host.ask(connect());
  host.ask(property_set_cc(0x00460001));
  host.send(aer());
  ASSERT_TRUE(service->wait_for([](const target::Record& r) { return r.associations[0].aers_waiting == 1; }));
  service->set_log(kThree);
  EXPECT_TRUE(host.silent());
  service->send_event(0x00010002);
  EXPECT_EQ(host.receive()->result(), 0x00010002u);
}

TEST(Session, TheFifthAerIsRefused) {
  const auto service = start();
  const RawHost host = host_of(*service);
  host.set_up();
  for (std::uint16_t cid = 1; cid <= 4; ++cid) host.send(aer(cid));
  EXPECT_EQ(host.ask(aer(5)).status(), target::kStatusAerLimit);
}

TEST(Session, SilentHostIsDroppedAfterKato) {
  target::TargetOptions options;
  options.kas = 1;
  const auto service = start(options);
  const RawHost host = host_of(*service);
  host.set_up(200);
  EXPECT_TRUE(host.ends());
  EXPECT_TRUE(service->wait_for(
      [](const target::Record& r) { return r.associations[0].ending == target::Ending::kKeepAliveExpired; }));
}

TEST(Session, ShortenedKatoCounts) {
  target::TargetOptions options;
  options.kas = 1;
  const auto service = start(options);
  const RawHost host = host_of(*service);
  host.set_up(30000);
  EXPECT_EQ(host.ask(set_kato(200)).status(), 0);
  EXPECT_TRUE(host.ends());
}

TEST(Session, KeepAliveWithoutKatoIsRefused) {
  const auto service = start();
  const RawHost host = host_of(*service);
  host.set_up(0);
  EXPECT_EQ(host.ask(keep_alive()).status(), target::kStatusKatoInvalid);
}

TEST(Session, UniqueNqnIsAnsweredBesideTheWellKnownOne) {
  target::TargetOptions options;
  options.nqn = "nqn.2024-01.test:disc";
  const auto service = start(options);
  for (const std::string nqn : {"nqn.2024-01.test:disc", "nqn.2014-08.org.nvmexpress.discovery"}) {
    const RawHost host = host_of(*service);
    host.ask(icreq());
    EXPECT_EQ(host.ask(connect({.subnqn = nqn})).status(), 0);
    host.ask(property_set_cc(0x00460001));
    const Pdu id = host.ask(identify());
    EXPECT_EQ(std::string(id.bytes.begin() + 24 + 768, id.bytes.begin() + 24 + 768 + 22), options.nqn + '\0');
  }
  const auto record = service->record();
  EXPECT_NE(record.associations[0].cntlid, record.associations[1].cntlid);
}

struct BadConnect {
  std::string name;
  std::size_t offset;  // in the PDU
  Bytes bytes;
  std::uint16_t status;
  std::uint32_t result;
};

TEST(Session, ConnectIsValidated) {
  const auto service = start();
  const BadConnect cases[] = {
      {"recfmt", 8 + 40, {1}, target::kStatusInvalidFormat, 0},
      {"qid", 8 + 42, {1}, target::kStatusInvalidParameters, 42},
      {"sqsize", 8 + 44, {0, 0}, target::kStatusInvalidParameters, 44},
      {"cntlid", 72 + 16, {1, 0}, target::kStatusInvalidParameters, 0x10000 + 16},
      {"subnqn", 72 + 256, {'x'}, target::kStatusInvalidParameters, 0x10000 + 256},
      {"hostnqn", 72 + 512, {0}, target::kStatusInvalidHost, 0x10000 + 512},
      {"sgl length", 8 + 32, {0, 8}, target::kStatusSglLength, 0},
      {"sgl type", 8 + 39, {0x5A}, target::kStatusSglType, 0},
      {"sgl address", 8 + 24, {4}, target::kStatusSglOffset, 0},
      {"psdt", 8 + 1, {0}, target::kStatusInvalidField, 0},
  };
  const RawHost host = host_of(*service);
  host.ask(icreq());
  EXPECT_EQ(host.ask(keep_alive()).status(), target::kStatusSequenceError) << "before Connect";
  for (const BadConnect& bad : cases) {
    Bytes pdu = connect();
    std::copy(bad.bytes.begin(), bad.bytes.end(), pdu.begin() + static_cast<std::ptrdiff_t>(bad.offset));
    const Pdu answer = host.ask(pdu);
    EXPECT_EQ(answer.status(), bad.status) << bad.name;
    EXPECT_EQ(answer.result(), bad.result) << bad.name;
  }
  EXPECT_EQ(host.ask(connect()).status(), 0);
  EXPECT_EQ(host.ask(connect()).status(), target::kStatusSequenceError) << "twice";
  EXPECT_EQ(host.ask(identify()).status(), target::kStatusSequenceError) << "before CC.EN";
}

TEST(Session, UnknownThingsGetErrors) {
  target::TargetOptions options;
  options.mdts = 1;
  const auto service = start(options);
  const RawHost host = host_of(*service);
  host.set_up();
  EXPECT_EQ(host.ask(hex("0400480048000000 0840 0900 00*20 00*15 5a 00*24")).status(), target::kStatusInvalidOpcode);
  EXPECT_EQ(host.ask(property_get(0x40)).status(), target::kStatusInvalidField);
  EXPECT_EQ(host.ask(property_get(0x00)).status(), target::kStatusInvalidField) << "CAP has 8 bytes";
  EXPECT_EQ(host.ask(get_log(2, 1024, true)).status(), target::kStatusInvalidField);
  EXPECT_EQ(host.ask(get_log(1 << 20, 1024, true)).status(), target::kStatusInvalidField);
  EXPECT_EQ(host.ask(get_log(0, 8196, true)).status(), target::kStatusInvalidField) << "MDTS";
  Bytes short_sgl = get_log(0, 1024, true);
  short_sgl[8 + 32] = 16;
  EXPECT_EQ(host.ask(short_sgl).status(), target::kStatusSglLength);
  Bytes other_lid = get_log(0, 1024, true);
  other_lid[8 + 40] = 2;
  EXPECT_EQ(host.ask(other_lid).status(), target::kStatusInvalidField);
  EXPECT_EQ(service->record().complaints(), "");
}

struct BadPdu {
  std::string name;
  Bytes pdu;
  std::uint16_t fes;
  std::uint32_t fei;
};

TEST(Session, BrokenPdusAreTerminated) {
  const auto service = start();
  const auto edited = [](Bytes pdu, std::size_t at, std::uint8_t byte) {
    pdu[at] = byte;
    return pdu;
  };
  const BadPdu cases[] = {
      {"type", edited(keep_alive(), 0, 0x33), 1, 0},
      {"controller's type", edited(keep_alive(), 0, 0x05), 1, 0},
      {"second ICReq", icreq(), 2, 0},
      {"hlen", edited(keep_alive(), 2, 71), 1, 2},
      {"plen small", edited(keep_alive(), 4, 71), 1, 4},
      {"plen huge", edited(edited(keep_alive(), 3, 72), 7, 0x7F), 1, 4},
      {"pdo", edited(connect(), 3, 70), 1, 3},
      {"digest flag", edited(keep_alive(), 1, 1), 1, 1},
      {"H2CData", hex("0600180018000000 00*16"), 2, 0},
  };
  for (const BadPdu& bad : cases) {
    const RawHost host = host_of(*service);
    host.ask(icreq());
    const Pdu term = host.ask(bad.pdu);
    EXPECT_EQ(term.type(), 3) << bad.name;
    EXPECT_EQ(term.u16(8), bad.fes) << bad.name;
    EXPECT_EQ(term.u32(10), bad.fei) << bad.name;
    EXPECT_GT(term.u32(4), 24u) << bad.name;
    EXPECT_TRUE(host.ends()) << bad.name;
  }
  const RawHost early = host_of(*service);
  EXPECT_EQ(early.ask(connect()).u16(8), 2) << "a command before ICReq";
  const RawHost padded = host_of(*service);
  Bytes hpda = icreq();
  hpda[10] = 3;
  EXPECT_EQ(padded.ask(hpda).u32(10), 10u);
}

TEST(Session, ReservedBytesAreViolations) {
  const auto service = start();
  const RawHost host = host_of(*service);
  host.ask(icreq());
  Bytes pdu = connect();
  pdu[72 + 256 + 100] = 'x';  // behind the NQN's end
  EXPECT_EQ(host.ask(pdu).status(), 0);
  pdu = keep_alive();
  pdu[8 + 8] = 1;
  pdu[8 + 4] = 1;
  host.ask(pdu);
  EXPECT_EQ(service->record().complaints(),
            "association 0: opcode 127: SUBNQN after its end is not zero\n"
            "association 0: opcode 24: CDW2 to MPTR is not zero\n"
            "association 0: NSID 1\n");
}

TEST(Session, OptionsMakeOtherControllers) {
  target::TargetOptions options;
  options.log_00h = true;
  options.log_00h_discovery = 2;
  options.lpa = 0;
  options.ready_delay = 50ms;
  options.sends_termreq = false;
  options.cap |= std::uint64_t{1} << 59;
  options.crto = 77;
  const auto service = start(options);
  const RawHost host = host_of(*service);
  host.ask(icreq());
  host.ask(connect());
  EXPECT_EQ(host.ask(property_get(0x68)).result(), 77u);
  host.ask(property_set_cc(0x00460001));
  EXPECT_EQ(host.ask(property_get(0x1C)).result(), 0u);
  while (host.ask(property_get(0x1C)).result() == 0) {
  }
  Bytes supported = get_log(0, 1024, true);
  supported[8 + 40] = 0;
  host.send(supported);
  EXPECT_EQ(host.receive()->u32(24 + 0x70 * 4), 0x00020001u);
  EXPECT_EQ(host.receive()->status(), 0);
  EXPECT_EQ(host.ask(get_log(1024, 1024, true)).status(), target::kStatusInvalidField) << "LPA bit 2 is clear";
  host.send(hex("3300180018000000 00*16"));
  EXPECT_FALSE(host.receive()) << "closes without C2HTermReq";
}

}  // namespace
