// CPU profiles in gperftools' format, taken from a busy thread; one at a time; and the query that asks for them.
#include "cmd/profiling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <time.h>

#include <csignal>
#include <cstring>
#include <thread>
#include <vector>

#include "cmd/cpu_profile.h"

namespace cmd {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// Uses up CPU time, which is what a profile measures.
[[gnu::noinline]] void burn(double seconds) {
  for (const double end = cpu_seconds() + seconds; cpu_seconds() < end;) {}
}

std::vector<std::uintptr_t> words_of(const std::string& profile, std::size_t count) {
  std::vector<std::uintptr_t> words(count);
  EXPECT_GE(profile.size(), count * sizeof(std::uintptr_t));
  std::memcpy(words.data(), profile.data(), std::min(profile.size(), count * sizeof(std::uintptr_t)));
  return words;
}

/// The depth of each sample: (times seen, depth, addresses...)... up to the trailer (0, 1, 0). Any sample may be of one
/// frame, since the C library keeps no frame pointers.
std::vector<std::uintptr_t> depths_of(const std::string& profile) {
  constexpr std::size_t kHeader = 5;
  const std::vector<std::uintptr_t> words = words_of(profile, profile.size() / sizeof(std::uintptr_t));
  std::vector<std::uintptr_t> depths;
  for (std::size_t at = kHeader; at + 1 < words.size() && words[at] == 1; at += 2 + depths.back()) depths.push_back(words[at + 1]);
  return depths;
}

TEST(CpuProfileTest, IsInGperftoolsFormatWithStacksAndMappings) {
  base::Result<CpuProfile> profile = CpuProfile::start(1000);
  ASSERT_TRUE(profile) << profile.error().message;
  burn(0.2);
  const std::string bytes = profile->finish();
  EXPECT_EQ(words_of(bytes, 5), (std::vector<std::uintptr_t>{0, 3, 0, 1000, 0}));
  EXPECT_THAT(depths_of(bytes), testing::Contains(testing::Ge(2U))) << "a sample with its caller";
  EXPECT_THAT(bytes, HasSubstr("r-xp"));
}

TEST(CpuProfileTest, EndsWithATrailerAlsoWhenNothingRan) {
  base::Result<CpuProfile> profile = CpuProfile::start(1);
  ASSERT_TRUE(profile) << profile.error().message;
  const std::vector<std::uintptr_t> words = words_of(profile->finish(), 8);
  EXPECT_EQ((std::vector<std::uintptr_t>{words[5], words[6], words[7]}), (std::vector<std::uintptr_t>{0, 1, 0}));
}

TEST(CpuProfileTest, OneAtATime) {
  base::Result<CpuProfile> first = CpuProfile::start();
  ASSERT_TRUE(first);
  base::Result<CpuProfile> second = CpuProfile::start();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, base::ErrorKind::kBusy);
  first->finish();
  EXPECT_TRUE(CpuProfile::start());
  EXPECT_TRUE(CpuProfile::start()) << "one that is dropped ends too";
}

TEST(CpuProfileTest, ThreadsThatBlockSignalsAreLeftAlone) {
  base::Result<CpuProfile> profile = CpuProfile::start(1000);
  ASSERT_TRUE(profile);
  sigset_t all;
  sigfillset(&all);
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, &all, nullptr), 0);
  std::thread worker([] { burn(0.05); });  // inherits the mask
  worker.join();
  sigset_t pending;
  ::sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPROF), 1) << "waits for a thread that takes it, and interrupts none";
  ASSERT_EQ(::pthread_sigmask(SIG_UNBLOCK, &all, nullptr), 0);
  profile->finish();
}

// Last of these: it can't be undone.
TEST(CpuProfileTest, ZOfTheWatchedThreadAlone) {
  CpuProfile::watch_this_thread();
  base::Result<CpuProfile> profile = CpuProfile::start(1000);
  ASSERT_TRUE(profile) << profile.error().message;
  std::thread other([] { burn(0.1); });
  other.join();
  const std::string idle = profile->finish();
  EXPECT_EQ(words_of(idle, 6)[5], 0U) << "the trailer: no sample of the other thread";
  base::Result<CpuProfile> second = CpuProfile::start(1000);
  ASSERT_TRUE(second) << second.error().message;
  burn(0.1);
  EXPECT_EQ(words_of(second->finish(), 6)[5], 1U) << "a sample";
}

TEST(Profiling, SecondsOfTheQuery) {
  EXPECT_EQ(profile_duration(""), 30s);
  EXPECT_EQ(profile_duration("seconds=5"), 5s);
  EXPECT_EQ(profile_duration("debug=1&seconds=300&x"), 300s);
  for (const char* bad : {"seconds=0", "seconds=301", "seconds=", "seconds=-1", "seconds=1e3"}) {
    base::Result<std::chrono::seconds> duration = profile_duration(bad);
    ASSERT_FALSE(duration) << bad;
    EXPECT_THAT(duration.error().message, HasSubstr(bad));
  }
}

TEST(Profiling, HeapWithoutASamplingAllocatorSaysWhatToDo) {
  base::Result<std::string> heap = heap_profile();
  if (heap) GTEST_SKIP() << "this process samples its allocations";
  EXPECT_EQ(heap.error().kind, base::ErrorKind::kUnsupported);
  EXPECT_THAT(heap.error().message, testing::AnyOf(HasSubstr("DC_PROFILING"), HasSubstr("TCMALLOC_SAMPLE_PARAMETER")));
}

}  // namespace
}  // namespace cmd
