// Persistent sessions against the project's own target: events, keep alive, endings, and stop() at any time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nvme/session_fixture.h"

namespace nvme {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::run_until;
using test::WatchedSession;
using testing::HasSubstr;
using testing::StartsWith;

class SessionTest : public testing::Test {
 protected:
  void start(target::TargetOptions options = {}) { target_ = test::start_target(std::move(options)); }
  SessionOptions options() const { return test::options_for(target_->endpoint()); }
  bool until(const std::function<bool()>& condition) { return run_until(loop_, condition); }
  void misbehave(const std::string& name) {
    target::Misbehaviour misbehaviour;
    std::string reason;
    ASSERT_TRUE(target::add_misbehaviour(name, misbehaviour, reason)) << reason;
    target_->set_misbehaviour(misbehaviour);
  }
  bool target_is_free() {
    return target_->wait_for([](const target::Record& r) { return r.accepted > 0 && r.open == 0; });
  }

  asio::io_context loop_;
  std::unique_ptr<target::DiscoveryTarget> target_;
};

TEST_F(SessionTest, ComesUpReadsTheLogAndSubscribes) {
  start();
  target_->set_log(test::subsystems(3));
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  ASSERT_EQ(watched.ups.size(), 1U);
  EXPECT_TRUE(watched.ups[0].log_change_events);
  EXPECT_EQ(watched.ups[0].kato, seconds(30));
  EXPECT_EQ(watched.pages[0].entries.size(), 3U);
  const target::Record record = target_->record();
  EXPECT_EQ(record.subscribed(), 1U);
  EXPECT_EQ(record.associations[0].kato_ms, 30000U);
  EXPECT_EQ(record.complaints(), "");
  EXPECT_FALSE(watched.down);
}

TEST_F(SessionTest, EveryEventIsSeenNotOnlyTheFirst) {
  start();
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  for (std::size_t i = 1; i <= 10; ++i) {
    target_->set_log(test::subsystems(i));
    ASSERT_TRUE(until([&] { return watched.pages.back().entries.size() == i; })) << i;
    // Armed again before the next change: the target sends nothing while its event is masked.
    ASSERT_TRUE(until([&] { return target_->record().subscribed() == 1; })) << i;
  }
  EXPECT_EQ(watched.events, std::vector<std::uint32_t>(10, 0x0070F002));
  EXPECT_EQ(target_->record().associations.size(), 1U);  // all on one association
  EXPECT_EQ(target_->record().complaints(), "");
}

TEST_F(SessionTest, AnEventDuringAReadCausesAnother) {
  start();
  target_->set_log(test::subsystems(2));
  // The event comes between two pieces of log data: after the header was read, before the page is complete.
  target::Misbehaviour misbehaviour;
  misbehaviour.rules.push_back(
      {.when = target::nth(target::on_get_log(), 2), .deed = {.split = 100, .event_between = 0x0070F002}});
  target_->set_misbehaviour(misbehaviour);
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 2; }));
  EXPECT_EQ(watched.events.size(), 1U);
  EXPECT_EQ(watched.pages[0], watched.pages[1]);
}

TEST_F(SessionTest, RereadReadsAgainAndCoalesces) {
  start();
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  const unsigned before = target_->record().associations[0].log_reads;
  watched.session->reread();
  watched.session->reread();
  ASSERT_TRUE(until([&] { return watched.pages.size() == 2; }));
  EXPECT_EQ(target_->record().associations[0].log_reads, before * 2);
}

TEST_F(SessionTest, KeepsAliveBeyondTheTimeoutAndMeasures) {
  start();
  SessionOptions fast = options();
  fast.kato = seconds(1);
  WatchedSession watched(loop_, fast);
  // More than one whole KATO of the target passes meanwhile.
  ASSERT_TRUE(until([&] { return watched.beats.size() == 4; }));
  EXPECT_FALSE(watched.down) << watched.down->message;
  for (const std::chrono::nanoseconds beat : watched.beats) EXPECT_GT(beat.count(), 0);
  EXPECT_EQ(target_->record().complaints(), "");
}

TEST_F(SessionTest, AnUnansweredKeepAliveIsTheEnd) {
  start();
  misbehave("silent-keep-alive");
  SessionOptions fast = options();
  fast.kato = milliseconds(400);
  WatchedSession watched(loop_, fast);
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_EQ(watched.down->kind, ErrorKind::kTimeout);
  EXPECT_THAT(watched.down->message, HasSubstr("Keep Alive: no answer within 400ms"));
}

TEST_F(SessionTest, ARefusedKeepAliveIsTheEnd) {
  start();
  misbehave("fail-keep-alive=0x8034");
  SessionOptions fast = options();
  fast.kato = milliseconds(400);
  WatchedSession watched(loop_, fast);
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_EQ(watched.down->kind, ErrorKind::kStatus);
  EXPECT_THAT(watched.down->message, HasSubstr("Keep Alive: Keep Alive Timeout Invalid"));
}

TEST_F(SessionTest, OldTargetsThatRefuseKatoGetNone) {
  start();
  misbehave("rejects-kato");
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; })) << watched.down->message;
  EXPECT_EQ(watched.ups.at(0).kato, seconds(0));
  const target::Record record = target_->record();
  ASSERT_EQ(record.associations.size(), 2U);
  EXPECT_FALSE(record.associations[0].connected);
  EXPECT_EQ(record.associations[1].kato_ms, 0U);
}

TEST_F(SessionTest, ButOtherRefusalsAreNotTriedTwice) {
  start({.nqn = "nqn.2024-01.com.example:discovery", .accepts_well_known = false});
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_TRUE(watched.down->permanent);
  EXPECT_EQ(target_->record().associations.size(), 1U);
}

TEST_F(SessionTest, EndOfFileIsTheEndAtOnce) {
  start();
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  const base::TimePoint start = base::Clock::now();
  target_->drop_connections();
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_LT(base::Clock::now() - start, seconds(5));  // not a keep alive later
  EXPECT_EQ(watched.down->kind, ErrorKind::kClosed);
  EXPECT_EQ(watched.down->message, target::to_string(target_->endpoint()) + ": the controller closed the connection");
}

TEST_F(SessionTest, AResetIsTheEndAtOnce) {
  start();
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  target_->drop_connections(target::Drop::kReset);
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_EQ(watched.down->kind, ErrorKind::kClosed);
}

TEST_F(SessionTest, WithoutNoticesItLivesOnAndSaysSo) {
  start({.oaes = 0});
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  EXPECT_FALSE(watched.ups.at(0).log_change_events);
  EXPECT_EQ(target_->record().associations.at(0).count(target::opc::kAer), 0U);
  EXPECT_EQ(target_->record().associations.at(0).count(target::opc::kSetFeatures), 0U);
}

TEST_F(SessionTest, ARefusedEventRequestIsSaidAndSurvived) {
  for (const std::string name : {"fail-aer=0x8002", "fail-set-features=0x8004"}) {
    start();
    misbehave(name);
    WatchedSession watched(loop_, options());
    ASSERT_TRUE(until([&] { return watched.pages.size() == 1 && !watched.ups.back().log_change_events; })) << name;
    watched.session->reread();
    ASSERT_TRUE(until([&] { return watched.pages.size() == 2; })) << name;
    EXPECT_FALSE(watched.down);
  }
}

TEST_F(SessionTest, AStormOfEventsIsSurvived) {
  start();
  misbehave("aen-storm=200");
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.events.size() == 200; }));
  ASSERT_TRUE(until([&] { return target_->record().subscribed() == 1; }));
  EXPECT_FALSE(watched.down);
  EXPECT_EQ(target_->record().complaints(), "");
}

TEST_F(SessionTest, UnknownEventsAreToldAndAnotherIsAskedFor) {
  start();
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  target_->send_event(0x00000101);
  ASSERT_TRUE(until([&] { return watched.events.size() == 1; }));
  EXPECT_EQ(watched.events[0], 0x101U);
  ASSERT_TRUE(until([&] { return target_->record().subscribed() == 1; }));
}

TEST_F(SessionTest, AnErrorWhileReadingIsTheEnd) {
  start();
  misbehave("fail-log=0x8004");
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_EQ(watched.down->kind, ErrorKind::kStatus);
  EXPECT_EQ(watched.ups.size(), 1U);
  EXPECT_TRUE(watched.pages.empty());
}

TEST_F(SessionTest, StopTellsTheController) {
  start();
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  watched.session->stop();
  watched.session->stop();
  EXPECT_FALSE(watched.down);  // never from inside stop()
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_EQ(watched.down->kind, ErrorKind::kCancelled);
  ASSERT_TRUE(target_is_free());
  EXPECT_TRUE(target_->record().associations[0].shutdown);
  EXPECT_EQ(target_->record().associations[0].ending, target::Ending::kHostClosed);
}

TEST_F(SessionTest, StopDoesNotWaitForADeafController) {
  start();
  WatchedSession watched(loop_, options());
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  target_->pause();
  const base::TimePoint start = base::Clock::now();
  watched.session->stop();
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_LT(base::Clock::now() - start, seconds(5));
  EXPECT_EQ(watched.down->kind, ErrorKind::kCancelled);
  target_->resume();
}

/// Where in its life a session is stopped or destroyed: after so many commands of the host.
class SessionAtAnyPhase : public SessionTest, public testing::WithParamInterface<int> {};

TEST_P(SessionAtAnyPhase, StopEndsIt) {
  start();
  target_->set_log(test::subsystems(2));
  WatchedSession watched(loop_, options());
  const auto wanted = static_cast<std::uint64_t>(GetParam());
  ASSERT_TRUE(until([&] { return target_->record().commands >= wanted; }));
  watched.session->stop();
  ASSERT_TRUE(until([&] { return watched.down.has_value(); }));
  EXPECT_EQ(watched.down->kind, ErrorKind::kCancelled) << watched.down->message;
  const std::size_t told = watched.pages.size() + watched.ups.size();
  loop_.restart();
  loop_.poll();
  EXPECT_EQ(watched.pages.size() + watched.ups.size(), told);  // nothing after on_down
}

TEST_P(SessionAtAnyPhase, DestroyingItClosesTheSocketAndCallsNothing) {
  start();
  target_->set_log(test::subsystems(2));
  {
    WatchedSession watched(loop_, options());
    const auto wanted = static_cast<std::uint64_t>(GetParam());
    ASSERT_TRUE(until([&] { return target_->record().commands >= wanted; }));
    watched.session.reset();
    const std::size_t told = watched.pages.size() + watched.ups.size();
    ASSERT_TRUE(until([&] { return target_->record().open == 0; }));
    EXPECT_FALSE(watched.down);
    EXPECT_EQ(watched.pages.size() + watched.ups.size(), told);
  }
  loop_.restart();
  loop_.run();  // its coroutines end by themselves
}

TEST_P(SessionAtAnyPhase, TheLoopMayGoFirst) {
  start();
  auto loop = std::make_unique<asio::io_context>();
  auto watched = std::make_unique<WatchedSession>(*loop, options());
  const auto wanted = static_cast<std::uint64_t>(GetParam());
  ASSERT_TRUE(run_until(*loop, [&] { return target_->record().commands >= wanted; }));
  watched.reset();
  loop.reset();  // with the coroutines still suspended in it
  EXPECT_TRUE(target_->wait_for([](const target::Record& r) { return r.open == 0; }));
}

INSTANTIATE_TEST_SUITE_P(Commands, SessionAtAnyPhase, testing::Range(0, 11));

TEST_F(SessionTest, ItMayBeDestroyedFromItsOwnEvents) {
  for (int where = 0; where < 4; ++where) {
    start();
    std::unique_ptr<Session> session;
    bool gone = false;
    const auto destroy_in = [&](int place) {
      if (place != where) return;
      session.reset();
      gone = true;
    };
    session = std::make_unique<Session>(loop_.get_executor(), options(),
                                        SessionEvents{.on_up = [&](const ControllerInfo&) { destroy_in(0); },
                                                      .on_log =
                                                          [&](LogPage) {
                                                            destroy_in(1);
                                                            target_->announce();
                                                            if (where == 3) target_->drop_connections();
                                                          },
                                                      .on_event = [&](std::uint32_t) { destroy_in(2); },
                                                      .on_down = [&](const base::Error&) { destroy_in(3); }});
    ASSERT_TRUE(until([&] { return gone; })) << where;
    ASSERT_TRUE(until([&] { return target_->record().open == 0; })) << where;
  }
}

TEST_F(SessionTest, ManySessionsOnOneLoop) {
  start();
  target_->set_log(test::subsystems(5));
  std::vector<std::unique_ptr<WatchedSession>> sessions;
  for (int i = 0; i < 50; ++i) sessions.push_back(std::make_unique<WatchedSession>(loop_, options()));
  const auto all_have = [&](std::size_t count) {
    return std::all_of(sessions.begin(), sessions.end(), [&](const auto& s) { return s->pages.size() >= count; });
  };
  ASSERT_TRUE(until([&] { return all_have(1); }));
  target_->set_log(test::subsystems(6));
  ASSERT_TRUE(until([&] { return all_have(2); }));
  EXPECT_EQ(target_->record().complaints(), "");
}

TEST_F(SessionTest, OverIPv6WithDigests) {
  start({.listen = {{.addr = "::1"}}});
  SessionOptions digests = options();
  digests.header_digest = digests.data_digest = true;
  WatchedSession watched(loop_, digests);
  ASSERT_TRUE(until([&] { return watched.pages.size() == 1; }));
  target_->set_log(test::subsystems(1));
  ASSERT_TRUE(until([&] { return watched.pages.size() == 2; }));
  EXPECT_EQ(target_->record().complaints(), "");
}

}  // namespace
}  // namespace nvme
