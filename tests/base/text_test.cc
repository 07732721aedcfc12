// trim, parse_int, nearest, printable.
#include "base/text.h"

#include <gtest/gtest.h>

#include <array>

namespace base {
namespace {

using std::string_view_literals::operator""sv;

TEST(Text, TrimTakesWhiteSpaceAndNuls) {
  EXPECT_EQ(trim(" \t a b\r\n\0"sv), "a b");
  EXPECT_EQ(trim("\0\0 "sv), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, ToLowerIsAscii) { EXPECT_EQ(to_lower("AbZ09\xC4"), "abz09\xC4"); }

TEST(Text, ParseIntTakesTheWholeTextInRange) {
  EXPECT_EQ(parse_int("0", 0, 10), 0);
  EXPECT_EQ(parse_int("010", 0, 10), 10);
  EXPECT_EQ(parse_int("-1", -1, 10), -1);
  EXPECT_EQ(parse_int("9223372036854775807", 0, INT64_MAX), INT64_MAX);
  for (const std::string_view text : {"", "-", "+1", "1 ", " 1", "0x1", "1.0", "11", "-1", "9223372036854775808",
                                      "99999999999999999999999", "1e3", "\0"}) {
    EXPECT_EQ(parse_int(text, 0, 10), std::nullopt) << text;
  }
  EXPECT_EQ(parse_int("-2", -1, 10), std::nullopt);
}

TEST(Text, NearestFindsTypingErrorsOnly) {
  const std::array<std::string_view, 4> keys{"cores", "logging", "discoveryDir", "ctrlLossTMO"};
  EXPECT_EQ(nearest("core", keys), "cores");
  EXPECT_EQ(nearest("loging", keys), "logging");
  EXPECT_EQ(nearest("croes", keys), "cores") << "two neighbours swapped are one slip";
  EXPECT_EQ(nearest("ctrllosstmo", keys), "ctrlLossTMO");
  EXPECT_EQ(nearest("discovery_dir", keys), "discoveryDir");
  EXPECT_EQ(nearest("x", keys), std::nullopt);
  EXPECT_EQ(nearest("", keys), std::nullopt);
  EXPECT_EQ(nearest("kubernetes", keys), std::nullopt);
}

TEST(Text, PrintableHidesNothingAndHurtsNobody) {
  EXPECT_EQ(printable("plain, \"text\""), "plain, \"text\"");
  EXPECT_EQ(printable("a\n\x1b[31m\x80\0z"sv), "a\\x0a\\x1b[31m\\x80\\x00z");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
  EXPECT_EQ(printable("abc", 3), "abc");
}

}  // namespace
}  // namespace base
