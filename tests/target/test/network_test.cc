// Listeners, connections that come and go, and the record.
#include <gtest/gtest.h>

#include "tests/target/discovery_target.h"
#include "tests/target/test/raw_host.h"

namespace {

using namespace std::chrono_literals;
using namespace target_test;
using target::DiscoveryTarget;
using target::Record;

std::unique_ptr<DiscoveryTarget> start(std::vector<target::Address> listen) {
  target::TargetOptions options;
  options.listen = std::move(listen);
  auto started = DiscoveryTarget::start(options);
  EXPECT_TRUE(started) << started.error();
  return std::move(*started);
}

TEST(Network, EachListenerHasItsOwnLogPage) {
  const auto service = start({{"127.0.0.1", 0}, {"::1", 0}, {"127.0.0.2", 0}});
  service->set_log({target::tcp_subsystem("10.0.0.1", 4420, "nqn.only-on-v6")}, 1);
  EXPECT_EQ(to_string(service->endpoint(1)), "[::1]:" + std::to_string(service->port(1)));
  const RawHost v4("127.0.0.1", service->port(0));
  const RawHost v6("::1", service->port(1));
  v4.set_up();
  v6.set_up();
  EXPECT_EQ(Pdu{v4.read_log(0, 1024, true)}.u64(8), 0u);
  EXPECT_EQ(Pdu{v6.read_log(0, 1024, true)}.u64(8), 1u);
  EXPECT_EQ(service->record().connected(1), 1u);
  EXPECT_EQ(service->log(1).size(), 1u);
  EXPECT_EQ(service->genctr(0), 0u);
  EXPECT_EQ(service->genctr(1), 1u);
}

TEST(Network, AnEventReachesOnlyItsListener) {
  const auto service = start({{}, {}});
  const RawHost first("127.0.0.1", service->port(0));
  const RawHost second("127.0.0.1", service->port(1));
  first.set_up();
  second.set_up();
  first.send(aer());
  second.send(aer());
  ASSERT_TRUE(service->wait_for([](const Record& r) { return r.subscribed() == 2; }));
  service->set_log({}, 1);
  EXPECT_EQ(second.receive()->result(), 0x0070F002u);
  EXPECT_TRUE(first.silent());
}

TEST(Network, TakenAddressIsAnError) {
  const auto service = start({{}});
  target::TargetOptions options;
  options.listen = {{"127.0.0.1", service->port()}};
  const auto second = DiscoveryTarget::start(options);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().contains("127.0.0.1:")) << second.error();
}

TEST(Network, StopsAndStartsOnTheSamePort) {
  const auto service = start({{}});
  const std::uint16_t port = service->port();
  const RawHost connected("127.0.0.1", port);
  connected.set_up();
  service->stop_listening();
  EXPECT_EQ(connected.ask(keep_alive()).status(), 0) << "connections stay";
  target::TargetOptions other;
  other.listen = {{"127.0.0.1", port}};
  EXPECT_TRUE(DiscoveryTarget::start(other)) << "the port is free";
  EXPECT_TRUE(service->start_listening());
  EXPECT_TRUE(service->start_listening()) << "twice is once";
  EXPECT_EQ(service->port(), port);
  const RawHost again("127.0.0.1", port);
  again.set_up();
}

TEST(Network, DropsByFinAndByReset) {
  const auto service = start({{}});
  for (const auto how : {target::Drop::kFin, target::Drop::kReset}) {
    const RawHost host("127.0.0.1", service->port());
    host.set_up();
    service->drop_connections(how);
    EXPECT_TRUE(host.ends());
    EXPECT_TRUE(service->wait_for([](const Record& r) { return r.open == 0; }));
  }
  EXPECT_EQ(service->record().associations[1].ending, target::Ending::kDropped);
}

TEST(Network, PausedTargetSaysNothingAndForgetsNothing) {
  const auto service = start({{}});
  const RawHost host("127.0.0.1", service->port());
  host.set_up();
  service->pause();
  host.send(keep_alive());
  const RawHost waiting("127.0.0.1", service->port());
  waiting.send(icreq());
  EXPECT_TRUE(host.silent());
  EXPECT_TRUE(waiting.silent());
  service->resume();
  EXPECT_EQ(host.receive()->type(), 5);
  EXPECT_EQ(waiting.receive()->type(), 1);
}

TEST(Network, TheHostsEndIsRecorded) {
  const auto service = start({{}});
  {
    const RawHost host("127.0.0.1", service->port());
    host.set_up();
  }
  EXPECT_TRUE(service->wait_for(
      [](const Record& r) { return r.associations[0].ending == target::Ending::kHostClosed; }));
  service->clear_record();
  EXPECT_TRUE(service->record().associations.empty());
  const RawHost host("127.0.0.1", service->port());
  host.set_up();
  EXPECT_EQ(service->record().associations.at(0).id, 0u);
}

TEST(Network, WaitForGivesUpAtItsDeadline) {
  const auto service = start({{}});
  EXPECT_FALSE(service->wait_for([](const Record& r) { return r.accepted > 0; }, 20ms));
}

TEST(Network, ManyListenersAndHosts) {
  constexpr std::size_t kCount = 200;  // two descriptors each here, of the usual 1,024
  const auto service = start(std::vector<target::Address>(kCount));
  std::vector<std::unique_ptr<RawHost>> hosts;
  for (std::size_t i = 0; i < kCount; ++i) {
    hosts.push_back(std::make_unique<RawHost>("127.0.0.1", service->port(i)));
    hosts.back()->set_up();
    hosts.back()->send(aer());
  }
  ASSERT_TRUE(service->wait_for([](const Record& r) { return r.subscribed() == kCount; }));
  service->set_log({target::tcp_subsystem("10.0.0.1", 4420, "nqn.a")});
  for (const auto& host : hosts) EXPECT_EQ(host->receive()->result(), 0x0070F002u);
  EXPECT_EQ(service->record().complaints(), "");
}

}  // namespace
