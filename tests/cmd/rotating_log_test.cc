// Rotation by size and real deletion by age (B35), with time as an argument.
#include "cmd/rotating_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "base/file.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// 2026-01-02 03:04:05.678 UTC
const base::WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 1 / 2) + 3h + 4min + 5s + 678ms;

class RotatingLogTest : public testing::Test {
 protected:
  RotatingLogTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rotating_log_XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~RotatingLogTest() override { std::filesystem::remove_all(folder_); }

  std::string at(const std::string& name) const { return folder_ + "/" + name; }
  void touch(const std::string& name) const { std::ofstream(at(name)) << "x\n"; }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) out.insert(entry.path().filename().string());
    return out;
  }
  std::unique_ptr<RotatingLog> open(std::uint64_t max_bytes, base::Duration max_age, base::WallTime now = kNow) const {
    auto log = RotatingLog::open({.filename = at("a.log"), .max_bytes = max_bytes, .max_age = max_age}, now);
    EXPECT_TRUE(log) << log.error().message;
    return log ? *std::move(log) : nullptr;
  }

  std::string folder_{};
};

TEST_F(RotatingLogTest, NamesAreTheSeedsAndReadBack) {
  EXPECT_EQ(rotated_name("/var/log/discovery-client.log", kNow), "/var/log/discovery-client-2026-01-02T03-04-05.678.log");
  EXPECT_EQ(rotated_name("plain", kNow), "plain-2026-01-02T03-04-05.678");
  EXPECT_EQ(rotated_at("/var/log/discovery-client.log", "discovery-client-2026-01-02T03-04-05.678.log"), kNow);
  EXPECT_EQ(rotated_at("/var/log/discovery-client.log", "discovery-client-2026-01-02T03-04-05.678.log.gz"), kNow);
}

TEST_F(RotatingLogTest, OtherFilesAreNotOurs) {
  for (const char* name : {"discovery-client.log", "discovery-client-2026-01-02.log", "other-2026-01-02T03-04-05.678.log",
                           "discovery-client-2026-13-02T03-04-05.678.log", "discovery-client-2026-01-02T03-04-05.678.txt",
                           "discovery-client-x2026-01-02T03-04-05.678.log", "discovery-client-", ""}) {
    EXPECT_EQ(rotated_at("/var/log/discovery-client.log", name), std::nullopt) << name;
  }
}

TEST_F(RotatingLogTest, RotatesBeforeTheWriteThatWouldNotFit) {
  auto log = open(20, 96h);
  ASSERT_TRUE(log->write("0123456789\n", kNow));
  EXPECT_THAT(names(), ElementsAre("a.log"));
  ASSERT_TRUE(log->write("abcdefghij\n", kNow + 1s));
  EXPECT_THAT(names(), ElementsAre("a-2026-01-02T03-04-06.678.log", "a.log"));
  EXPECT_EQ(base::read_file(at("a.log"), 100), "abcdefghij\n");
  EXPECT_EQ(base::read_file(at("a-2026-01-02T03-04-06.678.log"), 100), "0123456789\n");
}

TEST_F(RotatingLogTest, TwoRotationsInOneMillisecondKeepBothFiles) {
  auto log = open(5, 96h);
  for (const char* line : {"one..\n", "two..\n", "three\n"}) ASSERT_TRUE(log->write(line, kNow));
  EXPECT_THAT(names(), ElementsAre("a-2026-01-02T03-04-05.678.log", "a-2026-01-02T03-04-05.679.log", "a.log"));
}

TEST_F(RotatingLogTest, AppendsToWhatIsThereAndCountsIt) {
  { std::ofstream(at("a.log")) << "0123456789\n"; }
  auto log = open(20, 96h);
  ASSERT_TRUE(log->write("abcdefghij\n", kNow));
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(RotatingLogTest, B35OldFilesAreDeletedAtTheStart) {
  touch("a-2025-12-29T03-04-05.677.log");     // 96 h and 1 ms old
  touch("a-2025-12-29T03-04-05.678.log");     // 96 h
  touch("a-2025-12-01T00-00-00.000.log.gz");
  touch("b-2025-12-01T00-00-00.000.log");
  auto log = open(1000, 96h);
  EXPECT_THAT(names(), ElementsAre("a-2025-12-29T03-04-05.678.log", "a.log", "b-2025-12-01T00-00-00.000.log"));
}

TEST_F(RotatingLogTest, B35OldFilesAreDeletedWhileRunning) {
  auto log = open(20, 96h);
  ASSERT_TRUE(log->write("0123456789\n", kNow));
  touch("a-2026-01-01T00-00-00.000.log");
  EXPECT_EQ(purge_rotated(at("a.log"), 96h, kNow), 0);
  ASSERT_TRUE(log->write("abcdefghij\n", kNow + 96h));
  EXPECT_THAT(names(), ElementsAre("a-2026-01-06T03-04-05.678.log", "a.log")) << "with the rotation";
  EXPECT_EQ(purge_rotated(at("a.log"), 96h, kNow + 193h), 1) << "and when asked to";
  EXPECT_THAT(names(), ElementsAre("a.log"));
  EXPECT_EQ(purge_rotated("", 96h, kNow), 0);
}

TEST_F(RotatingLogTest, AgeZeroKeepsEverything) {
  touch("a-1999-01-01T00-00-00.000.log");
  auto log = open(1000, 0h);
  EXPECT_EQ(names().size(), 2U);
}

TEST_F(RotatingLogTest, AFileThatSomebodyRenamedAwayIsMadeAnew) {
  auto log = open(10, 96h);
  ASSERT_TRUE(log->write("01234567\n", kNow));
  std::filesystem::remove(at("a.log"));
  ASSERT_TRUE(log->write("abcdefgh\n", kNow));
  EXPECT_EQ(base::read_file(at("a.log"), 100), "abcdefgh\n");
}

TEST_F(RotatingLogTest, AFileThatCannotBeOpenedIsNamed) {
  const auto log = RotatingLog::open({.filename = folder_}, kNow);
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().message, testing::HasSubstr(folder_));
}

}  // namespace
}  // namespace cmd
