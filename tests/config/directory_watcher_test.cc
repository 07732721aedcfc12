// The watcher on a real inotify: whatever changes the directory leads to one look, and a writer is given
// time. No test sleeps: each runs the loop until what it waits for has happened, or a deadline says that it
// never did.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <functional>

#include "config/directory.h"
#include "tests/config/temporary_directory.h"

namespace config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A directory, a watcher on it, and what an agent would know from both.
class Watched : public testing::Test {
 protected:
  Watched() : path_(parent_ / "discovery.d") { std::filesystem::create_directory(path_); }

  void watch(std::chrono::milliseconds settle = 20ms) {
    base::Result<std::unique_ptr<DirectoryWatcher>> watcher =
        DirectoryWatcher::open(loop_.get_executor(), path_, settle,
                               [this](const std::set<std::string>& unsettled) { look(unsettled); });
    ASSERT_TRUE(watcher.has_value()) << watcher.error().message;
    watcher_ = std::move(*watcher);
  }

  void look(const std::set<std::string>& unsettled) {
    ++looks_;
    unsettled_ = unsettled;
    std::set<std::string> files;
    for (const std::string& name : unsettled) files.insert(path_ + "/" + name);
    base::Result<Intent> intent = read_directories({path_}, {}, last_, files);
    readable_ = intent.has_value();
    if (intent) last_ = std::move(*intent);
  }

  template <class Condition>
  [[nodiscard]] bool run_until(Condition condition, std::chrono::milliseconds limit = 10s) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!condition() && std::chrono::steady_clock::now() < deadline) loop_.run_one_until(deadline);
    return condition();
  }

  [[nodiscard]] bool run_until_looks(int count) {
    return run_until([&] { return looks_ >= count; });
  }

  [[nodiscard]] bool run_until_hosts(std::vector<std::string> expected) {
    std::ranges::sort(expected);
    return run_until([&] { return hosts() == expected; });
  }

  std::vector<std::string> hosts() const {
    std::vector<std::string> result{};
    for (const EndpointSpec& spec : last_.endpoints) result.push_back(spec.host);
    std::ranges::sort(result);
    return result;
  }

  TemporaryDirectory parent_;
  std::string path_;
  asio::io_context loop_;
  int looks_{0};
  bool readable_{true};
  std::set<std::string> unsettled_{};
  Intent last_{};
  std::unique_ptr<DirectoryWatcher> watcher_;
};

TEST_F(Watched, SeesANewFileARenamedOneAndARemovedOne) {
  watch();
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
  write_text(parent_ / "b", "-a 10.0.0.2\n");
  std::filesystem::rename(parent_ / "b", path_ + "/b");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1", "10.0.0.2"}));
  std::filesystem::rename(path_ + "/b", path_ + "/.b");  // hidden: gone
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
}

// B25: Remove and Modify were ignored.
TEST_F(Watched, B25_SeesAnEditInPlaceAndARemoval) {
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  watch();
  write_text(path_ + "/a", "-a 10.0.0.2\n");
  ASSERT_TRUE(run_until_hosts({"10.0.0.2"}));
  std::filesystem::remove(path_ + "/a");
  ASSERT_TRUE(run_until_hosts({}));
}

// B24: the kubelet's dance, step by step: timestamped directory, ..data_tmp, rename onto ..data, old
// directory removed.
TEST_F(Watched, B24_SeesTheConfigMapSwap) {
  auto publish = [&](const std::string& stamp, const std::string& text) {
    std::filesystem::create_directory(path_ + "/" + stamp);
    write_text(path_ + "/" + stamp + "/a.conf", text);
    std::filesystem::create_directory_symlink(stamp, path_ + "/..data_tmp");
    std::filesystem::rename(path_ + "/..data_tmp", path_ + "/..data");
  };
  publish("..2026_01_01_00_00_00.1", "-a 10.0.0.1\n");
  std::filesystem::create_symlink("..data/a.conf", path_ + "/a.conf");
  watch();
  look({});
  ASSERT_THAT(hosts(), ElementsAre("10.0.0.1"));
  for (int round = 2; round < 5; ++round) {
    std::string host = "10.0.0." + std::to_string(round);
    publish("..2026_01_01_00_00_00." + std::to_string(round), "-a " + host + "\n");
    std::filesystem::remove_all(path_ + "/..2026_01_01_00_00_00." + std::to_string(round - 1));
    ASSERT_TRUE(run_until_hosts({host})) << "round " << round;
  }
  EXPECT_THAT(unsettled_, IsEmpty());
}

// B31: what was written between the scan and the watch was lost. Open first, read then: an event waits for
// us.
TEST_F(Watched, B31_AFileWrittenAfterOpeningIsSeenWheneverTheFirstReadWas) {
  watch();
  look({});
  write_text(path_ + "/a", "-a 10.0.0.1\n");  // the loop has not run yet
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
}

TEST_F(Watched, ANewFileThatComesWholeWaitsForNothing) {
  watch(1h);
  write_text(parent_ / "b", "-a 10.0.0.2\n");
  std::filesystem::rename(parent_ / "b", path_ + "/b");
  ASSERT_TRUE(run_until_hosts({"10.0.0.2"}));
  EXPECT_EQ(looks_, 1);
}

TEST_F(Watched, ANewFileThatIsWrittenAndClosedWaitsForNothing) {
  watch(1h);
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
}

// What replaces, moves or removes a file may be half of a change: its lines would be gone for a moment.
TEST_F(Watched, WhatTakesSomethingAwayIsGivenTimeToSettle) {
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  write_text(parent_ / "b", "-a 10.0.0.2\n");
  const std::vector<std::function<void()>> changes = {
      [&] { std::filesystem::rename(path_ + "/a", path_ + "/c"); },                 // under another name
      [&] { std::filesystem::copy_file(parent_ / "b", path_ + "/b"); std::filesystem::remove(path_ + "/c"); },
      [&] { std::filesystem::rename(parent_ / "b", path_ + "/b"); },                // over a file that is there
  };
  for (const std::function<void()>& change : changes) {
    watch(1h);
    change();
    EXPECT_FALSE(run_until([&] { return looks_ > 0; }, 100ms));
  }
}

TEST_F(Watched, OfASeriesOfNewFilesOnlyTheFirstIsNotWaitedFor) {
  watch(1h);
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  ASSERT_TRUE(run_until_looks(1));
  for (int i = 2; i < 20; ++i) write_text(path_ + "/f" + std::to_string(i), "-a 10.0.0." + std::to_string(i) + "\n");
  EXPECT_FALSE(run_until([&] { return looks_ > 1; }, 100ms));
}

TEST_F(Watched, ManyEventsAreOneLook) {
  watch(200ms);
  for (int i = 0; i < 50; ++i)
    write_text(path_ + "/f" + std::to_string(i), "-a 10.0.0." + std::to_string(i) + "\n");
  ASSERT_TRUE(run_until_looks(1));
  EXPECT_EQ(last_.files, 50);
  EXPECT_EQ(looks_, 1);
  EXPECT_FALSE(run_until([&] { return looks_ > 1; }, 400ms)) << "reading the files must not wake the watcher";
}

TEST_F(Watched, AHalfWrittenFileCostsNothing) {
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  watch();
  look({});
  int fd = ::open((path_ + "/a").c_str(), O_WRONLY | O_TRUNC);
  ASSERT_EQ(write(fd, "-a 10.0", 7), 7);
  int before = looks_;
  ASSERT_TRUE(run_until_looks(before + 1));
  EXPECT_THAT(unsettled_, ElementsAre("a"));
  EXPECT_THAT(hosts(), ElementsAre("10.0.0.1"));
  ASSERT_EQ(write(fd, ".0.2\n", 5), 5);
  close(fd);
  ASSERT_TRUE(run_until_hosts({"10.0.0.2"}));
  EXPECT_THAT(unsettled_, IsEmpty());
}

TEST_F(Watched, ANewFileThatIsNotClosedYetIsUnsettled) {
  watch();
  int fd = ::open((path_ + "/a").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_TRUE(run_until_looks(1));
  EXPECT_THAT(unsettled_, ElementsAre("a"));
  close(fd);
  ASSERT_TRUE(run_until([&] { return unsettled_.empty(); }));
}

TEST_F(Watched, LinksAreThereAtOnce) {
  write_text(parent_ / "source", "-a 10.0.0.1\n");
  watch();
  std::filesystem::create_hard_link(parent_ / "source", path_ + "/hard");
  std::filesystem::create_symlink(parent_ / "source", path_ + "/soft");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
  EXPECT_THAT(unsettled_, IsEmpty());
  EXPECT_EQ(last_.files, 2);
}

TEST_F(Watched, AWriterThatNeverClosesIsReadAfterFiveSeconds) {
  watch();
  int fd = ::open((path_ + "/a").c_str(), O_WRONLY | O_CREAT, 0600);
  ASSERT_EQ(write(fd, "-a 10.0.0.1\n", 12), 12);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 4500ms);
  close(fd);
}

TEST_F(Watched, ADirectoryRemovedAndMadeAgainIsWatchedAgain) {
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  watch();
  look({});
  std::filesystem::remove_all(path_);
  ASSERT_TRUE(run_until([&] { return !readable_; }));
  EXPECT_THAT(hosts(), ElementsAre("10.0.0.1")) << "unknown is not absent";
  std::filesystem::create_directory(path_);
  ASSERT_TRUE(run_until([&] { return readable_; }));
  write_text(path_ + "/b", "-a 10.0.0.2\n");
  ASSERT_TRUE(run_until_hosts({"10.0.0.2"}));
}

TEST_F(Watched, ADirectoryReplacedByRenameIsWatchedInItsPlace) {
  watch();
  std::filesystem::create_directory(parent_ / "next");
  write_text(parent_ / "next/a", "-a 10.0.0.1\n");
  std::filesystem::rename(path_, parent_ / "old");
  std::filesystem::rename(parent_ / "next", path_);
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
  write_text(path_ + "/b", "-a 10.0.0.2\n");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1", "10.0.0.2"}));
}

TEST_F(Watched, AParentThatComesBackIsFoundAgain) {
  path_ = parent_ / "etc/discovery.d";
  std::filesystem::create_directories(path_);
  watch();
  std::filesystem::remove_all(parent_ / "etc");
  ASSERT_TRUE(run_until([&] { return !readable_; }));
  std::filesystem::create_directories(path_);
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
}

TEST_F(Watched, AParentReplacedByRenameIsFoundAgain) {
  path_ = parent_ / "etc/discovery.d";
  std::filesystem::create_directories(path_);
  std::filesystem::create_directories(parent_ / "next/discovery.d");
  write_text(parent_ / "next/discovery.d/a", "-a 10.0.0.1\n");
  watch();
  std::filesystem::rename(parent_ / "etc", parent_ / "old");
  std::filesystem::rename(parent_ / "next", parent_ / "etc");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
}

TEST_F(Watched, AQueueThatOverflowsIsOneLook) {
  watch(50ms);
  int a = ::open((path_ + "/a").c_str(), O_WRONLY | O_CREAT, 0600);
  int b = ::open((path_ + "/b").c_str(), O_WRONLY | O_CREAT, 0600);
  for (int i = 0; i < 40'000; ++i)
    ASSERT_EQ(write(i % 2 == 0 ? a : b, "#", 1), 1);  // fs.inotify.max_queued_events: 16384
  close(a);
  close(b);  // these events are lost
  write_text(path_ + "/c", "-a 10.0.0.1\n");
  ASSERT_TRUE(run_until_hosts({"10.0.0.1"}));
  EXPECT_EQ(looks_, 1);
  EXPECT_THAT(unsettled_, IsEmpty()) << "nobody would ever tell us that the writers are gone";
}

TEST_F(Watched, TemporaryAndHiddenFilesWakeNobody) {
  watch();
  write_text(path_ + "/tmp.dc.1", "x");
  write_text(path_ + "/.a.swp", "x");
  EXPECT_FALSE(run_until([&] { return looks_ > 0; }, 300ms));
}

TEST_F(Watched, AWatcherThatIsGoneCallsNobody) {
  watch();
  write_text(path_ + "/a", "-a 10.0.0.1\n");
  watcher_.reset();
  EXPECT_FALSE(run_until([&] { return looks_ > 0; }, 300ms));
}

}  // namespace
}  // namespace config
