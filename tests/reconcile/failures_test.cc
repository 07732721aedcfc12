// What a failure costs: how long until the next try.
#include "reconcile/failures.h"

#include <gtest/gtest.h>

namespace reconcile {
namespace {

const base::Error kNobodyThere{base::ErrorKind::kRefused, "connect: Connection refused"};
const base::Error kNotAllowed{base::ErrorKind::kDenied, "Connect Invalid Host"};

base::Duration wait_of(const Attempt& attempt, TimePoint now) { return attempt.not_before - now; }

// A target that boots refuses connections for a while, and then for a moment the host, until its lists are loaded: that is the
// first refusal of its kind, whatever failed before.
TEST(Failures, FirstRefusalWaitsLittleAfterAnOutage) {
  Settings settings;
  base::Chance chance(1);
  const TimePoint now{1h};
  Attempt attempt;
  for (int i = 0; i < 20; ++i) note_failure(attempt, kNobodyThere, now, settings, chance);
  note_failure(attempt, kNotAllowed, now, settings, chance);
  EXPECT_LE(wait_of(attempt, now), settings.parked_first * 6 / 5);
  EXPECT_EQ(attempt.failures, 21);
}

TEST(Failures, RefusalsInARowWaitLongerEachTime) {
  Settings settings;
  base::Chance chance(1);
  const TimePoint now{1h};
  Attempt attempt;
  for (int i = 0; i < 20; ++i) note_failure(attempt, kNotAllowed, now, settings, chance);
  EXPECT_GE(wait_of(attempt, now), settings.parked_retry * 4 / 5);
  note_failure(attempt, kNobodyThere, now, settings, chance);
  note_failure(attempt, kNotAllowed, now, settings, chance);
  EXPECT_LE(wait_of(attempt, now), settings.parked_first * 6 / 5) << "something else came between";
}

TEST(Failures, ASessionThatLastedForgetsEarlierRefusals) {
  Settings settings;
  base::Chance chance(1);
  SessionView session;
  for (int i = 0; i < 20; ++i) note_failure(session.attempt, kNotAllowed, TimePoint{1h}, settings, chance);
  session.phase = SessionPhase::kUp;
  session.since = TimePoint{1h};
  note_session_end(session, kNotAllowed, TimePoint{2h}, settings, chance);
  EXPECT_LE(wait_of(session.attempt, TimePoint{2h}), settings.parked_first * 6 / 5);
}

}  // namespace
}  // namespace reconcile
