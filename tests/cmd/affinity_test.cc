// `cores` reaches the kernel; each case runs on a thread of its own, so that the test's own affinity stays.
#include "cmd/affinity.h"

#include <gtest/gtest.h>

#include <thread>

namespace cmd {
namespace {

template <class Check>
void on_own_thread(Check check) {
  std::thread thread(check);
  thread.join();
}

TEST(Affinity, BindsToOneCoreAndThreadsInheritIt) {
  on_own_thread([] {
    const base::Result<std::vector<int>> before = usable_cores();
    ASSERT_TRUE(before) << before.error().message;
    ASSERT_FALSE(before->empty());
    const int last = before->back();
    const base::Result<std::vector<int>> bound = bind_to_cores({last});
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(*bound, std::vector{last});
    on_own_thread([last] { EXPECT_EQ(usable_cores(), std::vector{last}); });
  });
}

TEST(Affinity, EmptyListChangesNothing) {
  on_own_thread([] {
    const base::Result<std::vector<int>> before = usable_cores();
    EXPECT_EQ(bind_to_cores({}), before);
    EXPECT_EQ(usable_cores(), before);
  });
}

TEST(Affinity, CoresThatAreNotThereAreLeftOut) {
  on_own_thread([] {
    const int first = usable_cores()->front();
    const base::Result<std::vector<int>> bound = bind_to_cores({first, 9999});
    ASSERT_TRUE(bound) << bound.error().message;
    EXPECT_EQ(*bound, std::vector{first});
  });
}

TEST(Affinity, NoneOfThemOrNonsenseIsAnError) {
  on_own_thread([] {
    EXPECT_EQ(bind_to_cores({9999}).error().kind, base::ErrorKind::kInvalid);
    EXPECT_EQ(bind_to_cores({-1}).error().kind, base::ErrorKind::kInvalid);
    EXPECT_EQ(bind_to_cores({1 << 30}).error().kind, base::ErrorKind::kInvalid);
  });
}

}  // namespace
}  // namespace cmd
