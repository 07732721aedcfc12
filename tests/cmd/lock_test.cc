// One agent a host: the second one is told who the first one is.
#include "cmd/lock.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/cmd/child.h"

namespace cmd {
namespace {

TEST(HostLock, TheSecondIsToldWhoHasIt) {
  const cmd_test::TemporaryFolder folder;
  const std::string run_dir = folder / "run/deep";
  EXPECT_EQ(HostLock::holder(run_dir), 0);
  {
    const auto first = HostLock::take(run_dir);
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(HostLock::holder(run_dir), ::getpid());
    const auto second = HostLock::take(run_dir);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, base::ErrorKind::kBusy);
    EXPECT_NE(second.error().message.find("pid " + std::to_string(::getpid())), std::string::npos) << second.error().message;
    EXPECT_NE(second.error().message.find("cmd_test"), std::string::npos) << second.error().message;
  }
  EXPECT_EQ(HostLock::holder(run_dir), 0);
  EXPECT_TRUE(HostLock::take(run_dir)) << "a lock file that stayed behind is nobody's";
}

TEST(HostLock, AFolderThatCantBeMadeIsAnError) {
  const cmd_test::TemporaryFolder folder;
  folder.write("file", "");
  const auto lock = HostLock::take(folder / "file/run");
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().kind, base::ErrorKind::kBusy);
  EXPECT_NE(lock.error().message.find("runDir"), std::string::npos) << lock.error().message;
}

}  // namespace
}  // namespace cmd
