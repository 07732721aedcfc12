// Does a portal answer, and what is said when not.
#include "nvme/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/nvme/session_fixture.h"

namespace nvme {
namespace {

using base::ErrorKind;
using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

TEST(Preflight, MeasuresICReqAndSendsNoCommand) {
  const auto target = test::start_target();
  const base::Result<std::chrono::nanoseconds> time = test::run(preflight(test::portal(target->endpoint()), {}));
  ASSERT_TRUE(time) << time.error().message;
  EXPECT_GT(time->count(), 0);
  ASSERT_TRUE(target->wait_for([](const target::Record& r) { return r.accepted == 1 && r.open == 0; }));
  const target::Record record = target->record();
  EXPECT_EQ(record.commands, 0U);
  EXPECT_EQ(record.complaints(), "");
  EXPECT_EQ(record.associations[0].icreq.size(), 128U);
}

TEST(Preflight, TcpOnlySendsNothing) {
  const auto target = test::start_target();
  ASSERT_TRUE(test::run(preflight(test::portal(target->endpoint()), {.tcp_only = true})));
  ASSERT_TRUE(target->wait_for([](const target::Record& r) { return r.accepted == 1 && r.open == 0; }));
  EXPECT_TRUE(target->record().associations[0].icreq.empty());
}

TEST(Preflight, NamesWhatIsWrong) {
  const auto target = test::start_target();
  const std::string endpoint = target::to_string(target->endpoint());
  target::Misbehaviour silence;
  silence.silence = target::Silence::kAfterAccept;
  target->set_misbehaviour(silence);
  const base::TimePoint start = base::Clock::now();
  base::Result<std::chrono::nanoseconds> result =
      test::run(preflight(test::portal(target->endpoint()), {.deadline = milliseconds(100)}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kTimeout);
  EXPECT_THAT(result.error().message, StartsWith(endpoint));
  EXPECT_LT(base::Clock::now() - start, std::chrono::seconds(5));

  target::Misbehaviour wrong;
  wrong.pfv = 7;
  target->set_misbehaviour(wrong);
  result = test::run(preflight(test::portal(target->endpoint()), {}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kUnsupported);

  target::Misbehaviour closes;
  closes.icresp.cut_at = 0;
  target->set_misbehaviour(closes);
  result = test::run(preflight(test::portal(target->endpoint()), {}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kClosed);

  target->stop_listening();
  result = test::run(preflight(test::portal(target->endpoint()), {}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kRefused);
  EXPECT_THAT(result.error().message, StartsWith(endpoint));
}

TEST(Preflight, ManyAtOnce) {
  const auto target = test::start_target();
  asio::io_context loop;
  int good = 0;
  for (int i = 0; i < 64; ++i) {
    asio::co_spawn(loop, preflight(test::portal(target->endpoint()), {.deadline = std::chrono::seconds(20)}),
                   [&](std::exception_ptr, base::Result<std::chrono::nanoseconds> result) { good += result ? 1 : 0; });
  }
  loop.run();
  EXPECT_EQ(good, 64);
}

}  // namespace
}  // namespace nvme
