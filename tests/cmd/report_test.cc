// What goes into a report, and what a report says it lacks; events that are shown once.
#include "cmd/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cmd/events.h"

namespace cmd {
namespace {

using testing::HasSubstr;
using namespace std::literals;

TEST(Report, OnlyItsOwnVariablesOfAnEnvironment) {
  EXPECT_EQ(settings_variables("PATH=/bin\0DC_KATO=3\0AWS_SECRET=x\0DC_DEBUG_METRICS=true\0"sv), "DC_KATO=3\nDC_DEBUG_METRICS=true\n");
  EXPECT_EQ(settings_variables("HOME=/\nDC_KATO=3"), "DC_KATO=3\n");
  EXPECT_EQ(settings_variables("DC_DHCHAPSECRET=hidden, and with blanks\nDC_DHCHAPCTRLSECRET"), "DC_DHCHAPSECRET=***\nDC_DHCHAPCTRLSECRET=***\n");
}

TEST(Report, SaysWhatIsInItAndWhatIsNot) {
  Report report;
  report.add("environment.txt", std::string_view("DC_DHCHAPSECRET=hidden\n"), Report::Kind::kText);
  report.add("events.json", base::Result<std::string>(base::fail(base::ErrorKind::kRefused, "nobody answers")), Report::Kind::kJson);
  const std::vector<ArchiveEntry> entries = report.entries("top");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "top/README.txt");
  EXPECT_THAT(entries[0].text, HasSubstr("environment.txt\n"));
  EXPECT_THAT(entries[0].text, HasSubstr("Not included:\n  events.json: nobody answers\n"));
  EXPECT_EQ(entries[1].text, "DC_DHCHAPSECRET=***\n");
}

Json document(std::initializer_list<const char*> events) {
  Json out = {{"schema", 1}, {"events", Json::array()}};
  for (const char* after : events) out["events"].push_back({{"kind", "path"}, {"subject", "x"}, {"after", after}});
  return out;
}

std::string fresh(NewEvents& news, const Json& answer) {
  std::string out;
  for (const Json* event : news.in(answer)) out += text_of(*event, "after");
  return out;
}

TEST(Events, AreNewOnce) {
  NewEvents news;
  EXPECT_EQ(fresh(news, document({"a", "b"})), "ab");
  EXPECT_EQ(fresh(news, document({"a", "b"})), "");
  EXPECT_EQ(fresh(news, document({"a", "b", "b", "c"})), "bc");
  EXPECT_EQ(fresh(news, document({"b", "c", "d"})), "d") << "the ring has moved on";
  EXPECT_EQ(fresh(news, document({"x"})), "x") << "another agent";
  EXPECT_EQ(fresh(news, Json::parse("[1]")), "");
}

TEST(Events, AsATable) {
  const Json answer = Json::parse(R"({"events":[{"at":"2026-01-02T03:04:05.000Z","kind":"path","subject":"nqn.a at 10.0.0.1:4420","before":"live","after":"connecting","cause":"the kernel says so"},7,{"at":"t","kind":"endpoint","subject":"\u001b[31m","before":"","after":"known"}]})");
  NewEvents news;
  EXPECT_EQ(events_table(news.in(answer), false),
            "2026-01-02T03:04:05.000Z  path      nqn.a at 10.0.0.1:4420  live -> connecting  the kernel says so\n"
            "t                         endpoint  \\x1b[31m                known\n");
}

}  // namespace
}  // namespace cmd
