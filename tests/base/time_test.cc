// Go's duration syntax, both ways; RFC 3339.
#include "base/time.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(ParseDuration, TakesWhatGoTakes) {
  const struct {
    std::string_view text;
    Duration value;
  } cases[] = {
      {"0", seconds(0)},        {"+0", seconds(0)},       {"-0", seconds(0)},      {"5s", seconds(5)},
      {"96h", hours(96)},       {"1h30m", minutes(90)},   {"1.5s", milliseconds(1500)},
      {"250ms", milliseconds(250)}, {"-1m", minutes(-1)}, {"+2s", seconds(2)},     {".5s", milliseconds(500)},
      {"1.s", seconds(1)},      {"3us", nanoseconds(3000)}, {"3\u00b5s", nanoseconds(3000)},
      {"3\u03bcs", nanoseconds(3000)}, {"7ns", nanoseconds(7)}, {"1h1m1s1ms", hours(1) + minutes(1) + milliseconds(1001)},
      {"010s", seconds(10)},    {"0.000000001s", nanoseconds(1)}, {"0.5h", minutes(30)},
      {"2562047h47m16.854775807s", Duration::max()},
  };
  for (const auto& c : cases) {
    const Result<Duration> parsed = parse_duration(c.text);
    ASSERT_TRUE(parsed) << c.text << ": " << parsed.error().message;
    EXPECT_EQ(*parsed, c.value) << c.text;
  }
}

TEST(ParseDuration, RefusesTheRestByName) {
  for (const std::string_view text : {"", "5", "s", "-", "+", ".s", "5x", "5s5", "5 s", " 5s", "1h30", "--5s", "5S", "1e3s",
                                      "0x5s", "inf", "2562047h47m16.854775808s", "99999999999999999999s", "9223372037s"}) {
    const Result<Duration> parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kInvalid);
    EXPECT_NE(parsed.error().message.find('"' + std::string(text) + '"'), std::string::npos) << parsed.error().message;
  }
}

TEST(DurationText, IsShortestAndComesBack) {
  const struct {
    Duration value;
    std::string_view text;
  } cases[] = {
      {seconds(0), "0s"},          {minutes(90), "1h30m"},      {milliseconds(250), "250ms"}, {hours(96), "96h"},
      {milliseconds(1500), "1.5s"}, {seconds(60), "1m"},        {seconds(3601), "1h1s"},      {nanoseconds(1500), "1.5us"},
      {nanoseconds(1), "1ns"},     {milliseconds(-1500), "-1.5s"}, {nanoseconds(1'000'001), "1.000001ms"},
      {Duration::max(), "2562047h47m16.854775807s"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(to_string(c.value), c.text);
    const Result<Duration> back = parse_duration(c.text);
    ASSERT_TRUE(back) << c.text;
    EXPECT_EQ(*back, c.value);
  }
  EXPECT_EQ(to_string(Duration::min()), "-2562047h47m16.854775808s");
}

TEST(WallTime, IsRfc3339InUtc) {
  EXPECT_EQ(to_string(WallTime(milliseconds(0))), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_string(WallTime(milliseconds(1'709'210'096'007))), "2024-02-29T12:34:56.007Z");
  EXPECT_EQ(to_string(WallTime(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_GT(wall_now(), WallTime(milliseconds(1'709'210'096'007)));
}

}  // namespace
}  // namespace base
