// Delays grow, stay under the ceiling, and are spread.
#include "base/backoff.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Backoff, DoublesUpToTheCeiling) {
  const BackoffPolicy policy{.initial = seconds(1), .ceiling = seconds(60), .jitter = 0};
  const int expected[] = {1, 2, 4, 8, 16, 32, 60, 60};
  for (int i = 0; i < 8; ++i) EXPECT_EQ(backoff_delay(policy, i + 1, 0.5), seconds(expected[i])) << i;
  EXPECT_EQ(backoff_delay(policy, 1'000'000'000, 0.5), seconds(60));
  EXPECT_EQ(backoff_delay(policy, 0, 0.5), seconds(1));
}

TEST(Backoff, SpreadsEvenlyAndNeverBeyondTheCeiling) {
  const BackoffPolicy policy{};
  EXPECT_EQ(backoff_delay(policy, 1, 0.0), milliseconds(800));
  EXPECT_EQ(backoff_delay(policy, 1, 0.5), seconds(1));
  Chance chance(7);
  Duration least = Duration::max();
  Duration most = Duration::zero();
  for (int i = 0; i < 10000; ++i) {
    const Duration delay = backoff_delay(policy, 30, chance.unit());
    least = std::min(least, delay);
    most = std::max(most, delay);
  }
  EXPECT_LE(most, seconds(60));
  EXPECT_GT(most, seconds(59));
  EXPECT_GE(least, seconds(40));
  EXPECT_LT(least, milliseconds(40100));
}

TEST(Jittered, SpreadsByItsShare) {
  EXPECT_EQ(jittered(seconds(60), 0.2, 0.0), seconds(48));
  EXPECT_EQ(jittered(seconds(60), 0.2, 0.5), seconds(60));
  EXPECT_LT(jittered(seconds(60), 0.2, 0.999999), seconds(72));
  EXPECT_EQ(jittered(seconds(60), 0, 0.9), seconds(60));
}

TEST(Chance, RepeatsBySeedAndStaysInRange) {
  Chance a(1), b(1), c(2);
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    const double x = a.unit();
    EXPECT_EQ(x, b.unit());
    EXPECT_NE(x, c.unit());
    ASSERT_GE(x, 0.0);
    ASSERT_LT(x, 1.0);
    sum += x;
  }
  EXPECT_NEAR(sum / 1000, 0.5, 0.05);
}

}  // namespace
}  // namespace base
