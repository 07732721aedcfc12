// What is said, and how often: structured lines, failures with their next try, no secrets.
#include <gtest/gtest.h>

#include "cmd/change_log.h"
#include "cmd/logging.h"
#include "tests/cmd/sample_status.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;

TEST(LogText, KeysAndValues) {
  EXPECT_EQ(log_text("path connected", {kv("device", "nvme0"), kv("n", 3), kv("ok", true), kv("in", 1500ms)}), "path connected device=nvme0 n=3 ok=true in=1.5s");
  EXPECT_EQ(log_text("m", {kv("a", "two words"), kv("b", ""), kv("c", "say \"x\""), kv("d", "k=v")}), R"(m a="two words" b="" c="say \"x\"" d="k=v")");
  EXPECT_EQ(log_text("m", {kv("a", "x\n\x1b[31m\xff")}), R"(m a="x\x0a\x1b[31m\xff")");
  EXPECT_EQ(log_text("m", {kv("secret", base::Secret("DHHC-1:00:abc:"))}), "m secret=***");
}

TEST(LogJson, OneObjectWithFixedFields) {
  const base::WallTime at(std::chrono::milliseconds(1'700'000'000'123));
  const std::string line = log_json(at, LogLevel::kWarn, "connect failed", {kv("what", "nqn.a \"x\"\n\xff"), kv("failures", 3), kv("secret", base::Secret("DHHC-1:00:abc:"))}, "agent.cc:7");
  EXPECT_EQ(line, R"({"time":"2023-11-14T22:13:20.123Z","level":"warning","message":"connect failed","caller":"agent.cc:7",)"
                  R"("fields":{"what":"nqn.a \"x\"\n)" "\xEF\xBF\xBD" R"(","failures":"3","secret":"***"}})");
  EXPECT_EQ(log_json(at, LogLevel::kDebug, "m", {}, ""), R"({"time":"2023-11-14T22:13:20.123Z","level":"debug","message":"m","fields":{}})");
  EXPECT_LT(log_json(at, LogLevel::kInfo, "m", {kv("long", std::string(100'000, 'x'))}, "").size(), 4096u);
}

TEST(LogText, UnknownLevelIsAnError) {
  const auto set = set_up_logging({.level = "loud"});
  ASSERT_FALSE(set);
  EXPECT_NE(set.error().message.find("\"loud\""), std::string::npos);
}

TEST(FailureLog, WarnsAtFirstThenRarely) {
  reconcile::Status status = cmd_test::sample_status();
  FailureLog log;
  std::vector<LogLine> lines = log.lines_for(status);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].message, "discovery failed");
  EXPECT_EQ(lines[0].level, LogLevel::kWarn);
  EXPECT_EQ(lines[1].message, "connect failed");
  EXPECT_NE(log_text(lines[1].message, lines[1].fields).find("retry_in=3s"), std::string::npos) << log_text(lines[1].message, lines[1].fields);
  EXPECT_TRUE(log.lines_for(status).empty()) << "the same failure is not said twice";

  int warnings = 0;
  for (int failures = 4; failures <= 64; ++failures) {
    status.paths[1].attempt.failures = failures;
    for (const LogLine& line : log.lines_for(status)) warnings += line.level == LogLevel::kWarn ? 1 : 0;
  }
  EXPECT_EQ(warnings, 5) << "4, 8, 16, 32, 64";
  status.paths[1].attempt.failures = 65;
  status.paths[1].attempt.last_error->message = "another reason";
  lines = log.lines_for(status);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].level, LogLevel::kWarn);
}

reconcile::Change change(const char* subject, const char* before, const char* after) {
  return {{}, reconcile::ChangeKind::kPath, subject, before, after, "connected"};
}

TEST(ChangeLog, AChangeIsOneInfoLine) {
  ChangeLog log;
  const std::optional<LogLine> line = log.line_for(change("nqn.a at 10.0.0.1:4420", "missing", "live"), base::TimePoint(1s));
  ASSERT_TRUE(line);
  EXPECT_EQ(line->level, LogLevel::kInfo);
  EXPECT_EQ(log_text(line->message, line->fields), "changed kind=path subject=\"nqn.a at 10.0.0.1:4420\" before=missing after=live cause=connected");
}

TEST(ChangeLog, WhatFlapsIsCountedAndTheLastStateIsSaid) {
  ChangeLog log;
  const base::TimePoint start(1s);
  int said = 0;
  for (int i = 0; i < 100; ++i) {
    const bool up = i % 2 == 1;
    if (log.line_for(change("nqn.a", up ? "connecting" : "live", up ? "live" : "connecting"), start + i * 100ms)) ++said;
    EXPECT_TRUE(log.due(start + i * 100ms).empty());
  }
  EXPECT_EQ(said, ChangeLog::kBurst);
  EXPECT_TRUE(log.line_for(change("nqn.b", "live", "connecting"), start + 10s)) << "each thing for itself";

  const std::vector<LogLine> lines = log.due(start + ChangeLog::kWindow);
  ASSERT_EQ(lines.size(), 1u);
  const std::string text = log_text(lines[0].message, lines[0].fields);
  EXPECT_EQ(text, "changed kind=path subject=nqn.a before=connecting after=live cause=connected suppressed=95");

  EXPECT_FALSE(log.line_for(change("nqn.a", "live", "connecting"), start + ChangeLog::kWindow + 1s)) << "it has had its burst";
  EXPECT_EQ(log.due(start + 2 * ChangeLog::kWindow).size(), 1u);
  EXPECT_TRUE(log.due(start + 3 * ChangeLog::kWindow).empty()) << "quiet for a whole window: forgotten";
  EXPECT_TRUE(log.line_for(change("nqn.a", "connecting", "live"), start + 3 * ChangeLog::kWindow + 1s)) << "and said at once again";
}

}  // namespace
}  // namespace cmd
