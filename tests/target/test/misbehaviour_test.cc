// Each misbehaviour, seen from the host's side of the wire.
#include <gtest/gtest.h>

#include "tests/target/discovery_target.h"
#include "tests/target/test/raw_host.h"

namespace {

using namespace std::chrono_literals;
using namespace target_test;
using target::Deed;
using target::DiscoveryTarget;
using target::Misbehaviour;

class Bad : public testing::Test {
 protected:
  Bad() : service_(std::move(*DiscoveryTarget::start())) {
    service_->set_log({target::tcp_subsystem("10.0.0.1", 4420, "nqn.a")});
  }

  void on(const target::When& when, const std::function<void(Deed&)>& edit) {
    Misbehaviour m;
    Deed deed;
    edit(deed);
    m.rules.push_back({when, deed});
    service_->set_misbehaviour(m);
  }
  void on_log(const std::function<void(Deed&)>& edit) { on(target::on_get_log(), edit); }
  RawHost host() const { return {"127.0.0.1", service_->port()}; }

  std::unique_ptr<DiscoveryTarget> service_;
};

TEST_F(Bad, SplitData) {
  on_log([](Deed& d) { d.split = 100; });
  const RawHost h = host();
  h.set_up();
  h.send(get_log(0, 1024, true));
  for (std::uint32_t at = 0; at < 1024; at += 100) {
    const auto pdu = h.receive();
    ASSERT_TRUE(pdu);
    EXPECT_EQ(pdu->u32(12), at);
    EXPECT_EQ(pdu->u32(16), std::min(100u, 1024 - at));
    EXPECT_EQ(pdu->flags(), at + 100 >= 1024 ? 4 : 0);
  }
  EXPECT_EQ(h.receive()->type(), 5);
}

TEST_F(Bad, ReversedDataIsStillComplete) {
  on_log([](Deed& d) {
    d.split = 300;
    d.reversed = true;
  });
  const RawHost h = host();
  h.set_up();
  const Bytes page = h.read_log(0, 2048, true);
  EXPECT_EQ(std::string(page.begin() + 1024 + 256, page.begin() + 1024 + 261), "nqn.a");
}

TEST_F(Bad, WrongDataoAndSizes) {
  on_log([](Deed& d) {
    d.datao = 8;
    d.short_by = 24;
  });
  const RawHost h = host();
  h.set_up();
  Pdu data = h.ask(get_log(0, 1024, true));
  EXPECT_EQ(data.u32(12), 8u);
  EXPECT_EQ(data.u32(16), 1000u);
  on_log([](Deed& d) { d.long_by = 4; });
  h.receive();
  data = h.ask(get_log(0, 1024, true));
  EXPECT_EQ(data.u32(16), 1028u);
}

TEST_F(Bad, SuccessFlagVariants) {
  const RawHost h = host();
  h.set_up();
  on_log([](Deed& d) { d.success_flag = true; });
  EXPECT_EQ(h.ask(get_log(0, 1024, true)).flags(), 0xC);
  EXPECT_TRUE(h.silent());
  on_log([](Deed& d) { d.success_without_last = true; });
  EXPECT_EQ(h.ask(get_log(0, 1024, true)).flags(), 8);
  EXPECT_TRUE(h.silent());
  on_log([](Deed& d) { d.success_and_response = true; });
  EXPECT_EQ(h.ask(get_log(0, 1024, true)).flags(), 0xC);
  EXPECT_EQ(h.receive()->type(), 5);
  on_log([](Deed& d) { d.no_last = true; });
  EXPECT_EQ(h.ask(get_log(0, 1024, true)).flags(), 0);
  EXPECT_EQ(h.receive()->type(), 5);
}

TEST_F(Bad, FlowControlDisabledMeansSuccessFlag) {
  const RawHost h = host();
  h.ask(icreq());
  const Pdu connected = h.ask(connect({.cattr = 4}));
  EXPECT_EQ(connected.u16(16), 0xFFFF);
  h.ask(property_set_cc(0x00460001));
  EXPECT_EQ(h.ask(get_log(0, 1024, true)).flags(), 0xC);
  EXPECT_TRUE(h.silent());
}

TEST_F(Bad, StatusOnAnyCommandAndOnlyTheNth) {
  on(target::nth(target::on_get_log(), 2), [](Deed& d) { d.status = 0x0302; });
  const RawHost h = host();
  h.set_up();
  h.read_log(0, 1024, true);
  EXPECT_EQ(h.ask(get_log(0, 1024, true)).status(), 0x0302);
  h.read_log(0, 1024, true);
  on(target::on_property_get(0x08), [](Deed& d) { d.status = 0x8004; });
  EXPECT_EQ(h.ask(property_get(0x1C)).status(), 0);
  EXPECT_EQ(h.ask(property_get(0x08)).status(), 0x8004);
  on(target::on_aer(), [](Deed& d) { d.status = 0x8002; });
  EXPECT_EQ(h.ask(aer()).status(), 0x8002);
}

TEST_F(Bad, FailedConnectMakesNoController) {
  on(target::nth(target::on_connect(), 1), [](Deed& d) { d.status = 0x8308; });
  const RawHost h = host();
  h.ask(icreq());
  EXPECT_EQ(h.ask(connect()).status(), 0x8308);
  EXPECT_FALSE(service_->record().associations[0].connected);
  EXPECT_EQ(h.ask(connect()).status(), 0);
  EXPECT_EQ(service_->record().connected(), 1u);
}

TEST_F(Bad, Termination) {
  on_log([](Deed& d) { d.terminate = target::TermReq{4, 12, false}; });
  const RawHost h = host();
  h.set_up();
  const Pdu term = h.ask(get_log(0, 1024, true));
  EXPECT_EQ(to_hex(term.bytes), "0300180018000000" "0400" "0c000000" "00000000000000000000");
  EXPECT_TRUE(h.ends());
}

TEST_F(Bad, WrongDigests) {
  on_log([](Deed& d) { d.wrong_header_digest = d.wrong_data_digest = true; });
  const RawHost h = host();
  h.ask(icreq(3));
  h.ask(with_digests(connect(), true, true));
  h.ask(with_digests(property_set_cc(0x00460001), true, true));
  const Pdu data = h.ask(with_digests(get_log(0, 64, true), true, true));
  EXPECT_NE(data.u32(24), slow_crc32c(Bytes(data.bytes.begin(), data.bytes.begin() + 24)));
  EXPECT_NE(data.u32(28 + 64), slow_crc32c(Bytes(data.bytes.begin() + 28, data.bytes.end() - 4)));
}

TEST_F(Bad, IcRespFields) {
  Misbehaviour m;
  m.icresp_dgst = 3;
  m.cpda = 5;
  m.pfv = 0x0102;
  m.maxh2cdata = 512;
  m.icresp.edits = {{0, {0x05}}};
  service_->set_misbehaviour(m);
  EXPECT_EQ(to_hex(host().ask(icreq()).bytes).substr(0, 32), "0500800080000000" "0201" "05" "03" "00020000");
}

TEST_F(Bad, ConfusedCompletions) {
  const RawHost h = host();
  h.set_up();
  on_log([](Deed& d) { d.cid = 0xBEEF; });
  EXPECT_EQ(h.ask(get_log(0, 64, true)).u16(8), 0xBEEF);
  EXPECT_EQ(h.receive()->cid(), 0xBEEF);
  on(target::on_keep_alive(), [](Deed& d) { d.twice = true; });
  EXPECT_EQ(h.ask(keep_alive(9)).cid(), 9);
  EXPECT_EQ(h.receive()->cid(), 9);
  on(target::on_keep_alive(), [](Deed& d) { d.r2t_first = true; });
  EXPECT_EQ(h.ask(keep_alive(9)).type(), 9);
  EXPECT_EQ(h.receive()->type(), 5);
  h.send(aer(77));
  on(target::on_keep_alive(), [](Deed& d) { d.completes_aer_first = true; });
  const Pdu failed = h.ask(keep_alive(9));
  EXPECT_EQ(failed.cid(), 77);
  EXPECT_EQ(failed.status(), 0x800C);
  EXPECT_EQ(h.receive()->cid(), 9);
  on(target::on_keep_alive(), [](Deed& d) { d.before = Bytes(8, 0xFF); });
  h.send(keep_alive(9));
  EXPECT_FALSE(h.receive()) << "PLEN 0xFFFFFFFF";
}

TEST_F(Bad, EventBetweenTwoPiecesOfData) {
  on_log([](Deed& d) {
    d.split = 512;
    d.event_between = 0x0070F002;
  });
  const RawHost h = host();
  h.set_up();
  h.send(aer(77));
  EXPECT_EQ(h.ask(get_log(0, 1024, true)).type(), 7);
  EXPECT_EQ(h.receive()->cid(), 77);
  EXPECT_EQ(h.receive()->type(), 7);
  EXPECT_EQ(h.receive()->cid(), 7);
}

TEST_F(Bad, SilenceInEachPhase) {
  Misbehaviour m;
  m.silence = target::Silence::kAfterAccept;
  service_->set_misbehaviour(m);
  const RawHost first = host();
  first.send(icreq());
  EXPECT_TRUE(first.silent());
  m.silence = target::Silence::kAfterIcResp;
  service_->set_misbehaviour(m);
  const RawHost second = host();
  second.ask(icreq());
  second.send(connect());
  EXPECT_TRUE(second.silent());
  m.silence = target::Silence::kAfterConnect;
  service_->set_misbehaviour(m);
  const RawHost third = host();
  third.ask(icreq());
  EXPECT_EQ(third.ask(connect()).status(), 0);
  third.send(property_get_cap());
  EXPECT_TRUE(third.silent());
  on_log([](Deed& d) { d.silent = true; });
  const RawHost fourth = host();
  fourth.set_up();
  fourth.send(get_log(0, 64, true));
  EXPECT_EQ(fourth.ask(keep_alive(3)).cid(), 3) << "only the log page is not answered";
  first.half_close();
  EXPECT_TRUE(service_->wait_for([](const target::Record& r) {
    return r.associations[0].ending == target::Ending::kHostClosed;
  })) << "a silent target still sees the host's end";
}

TEST_F(Bad, CutInTheMiddleOfAPdu) {
  for (const bool reset : {false, true}) {
    on_log([&](Deed& d) {
      d.cut_at = 30;
      d.cut_by_reset = reset;
    });
    const RawHost h = host();
    h.set_up();
    h.send(get_log(0, 1024, true));
    EXPECT_FALSE(h.receive());
    EXPECT_TRUE(h.ends());
  }
}

TEST_F(Bad, SlowBytesAndLateAnswers) {
  on(target::on_keep_alive(), [](Deed& d) { d.byte_interval = 2ms; });
  const RawHost h = host();
  h.set_up();
  auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(h.ask(keep_alive()).bytes.size(), 24u);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 23 * 2ms);
  on_log([](Deed& d) { d.delay = 60ms; });
  begin = std::chrono::steady_clock::now();
  h.send(get_log(0, 64, true));
  EXPECT_EQ(h.ask(keep_alive(3)).type(), 5) << "others are answered meanwhile";
  EXPECT_EQ(h.receive()->type(), 7);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 60ms);
}

TEST_F(Bad, ControllerStates) {
  Misbehaviour m;
  m.never_ready = true;
  m.authreq = 2;
  service_->set_misbehaviour(m);
  const RawHost h = host();
  h.ask(icreq());
  EXPECT_EQ(h.ask(connect()).result(), 0x20001u);
  h.ask(property_set_cc(0x00460001));
  EXPECT_EQ(h.ask(property_get(0x1C)).result(), 0u);
  h.ask(property_set_cc(0));
  m.fatal_status = true;
  service_->set_misbehaviour(m);
  h.ask(property_set_cc(0x00460001));
  EXPECT_EQ(h.ask(property_get(0x1C)).result(), 2u);
  m = {};
  m.rejects_kato = true;
  service_->set_misbehaviour(m);
  const RawHost old = host();
  old.ask(icreq());
  const Pdu refused = old.ask(connect());
  EXPECT_EQ(refused.status(), 0x8304);
  EXPECT_EQ(refused.result(), 48u);
  EXPECT_EQ(old.ask(connect({.kato_ms = 0})).status(), 0);
}

TEST_F(Bad, AbsurdHeadersAndMovingGenctr) {
  Misbehaviour m;
  m.numrec = std::uint64_t{1} << 40;
  m.genctr_moves = target::kForEver;
  service_->set_misbehaviour(m);
  const RawHost h = host();
  h.set_up();
  const Pdu first{h.read_log(0, 1024, true)};
  const Pdu second{h.read_log(0, 1024, true)};
  EXPECT_EQ(first.u64(8), std::uint64_t{1} << 40);
  EXPECT_EQ(second.u64(0), first.u64(0) + 1);
}

TEST_F(Bad, AenStormAndNoMasking) {
  Misbehaviour m;
  m.aen_storm = 3;
  service_->set_misbehaviour(m);
  const RawHost h = host();
  h.set_up();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(h.ask(aer()).result(), 0x0070F002u);
  h.send(aer());
  EXPECT_TRUE(h.silent());
  m = {};
  m.aen_never_masks = true;
  service_->set_misbehaviour(m);
  service_->announce();
  EXPECT_EQ(h.receive()->type(), 5);
  service_->announce();  // no AER waits: lost
  h.send(aer());
  EXPECT_TRUE(h.silent());
  service_->announce();
  EXPECT_EQ(h.receive()->type(), 5);
}

}  // namespace
