// Work that does not come back is given up, and the next is done by another thread.
#include "cmd/replaceable_worker.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <thread>

namespace cmd {
namespace {

using namespace std::chrono_literals;

class ReplaceableWorkerTest : public ::testing::Test {
 protected:
  void run_until(const std::function<bool()>& what) {
    for (const auto limit = std::chrono::steady_clock::now() + 10s; !what() && std::chrono::steady_clock::now() < limit;) {
      loop.restart();
      loop.run_one_for(1ms);
    }
    ASSERT_TRUE(what());
  }

  asio::io_context loop;
  int lost{0};
};

TEST_F(ReplaceableWorkerTest, WorkThatNeverComesBackLeavesItsPlace) {
  std::promise<void> end;
  std::shared_future<void> ended = end.get_future().share();
  ReplaceableWorker worker(loop, 20ms, [this] { ++lost; });
  int late = 0, seen = 0;
  worker.run([ended] { return ended.wait(), 1; }, [&](int) { ++late; });
  run_until([&] { return lost == 1; });
  EXPECT_TRUE(worker.busy()) << "who ends must not wait for it";
  EXPECT_EQ(worker.lost(), 1U);
  worker.run([] { return 7; }, [&](int result) { seen = result; });
  run_until([&] { return seen == 7; });

  end.set_value();
  run_until([&] { return worker.lost() == 0; });
  EXPECT_EQ(late, 0) << "what it saw is old";
  EXPECT_EQ(lost, 1);
  run_until([&] { return !worker.busy(); });
}

TEST_F(ReplaceableWorkerTest, EachThatIsLostMakesTheNextLimitTwiceAsLong) {
  std::promise<void> end;
  std::shared_future<void> ended = end.get_future().share();
  ReplaceableWorker worker(loop, 10ms, [this] { ++lost; });
  const auto began = std::chrono::steady_clock::now();
  for (int n = 1; n <= 3; ++n) {
    worker.run([ended] { return ended.wait(), 1; }, [](int) {});
    run_until([&] { return lost == n; });
  }
  EXPECT_GE(std::chrono::steady_clock::now() - began, 70ms) << "10, 20 and 40";
  end.set_value();
  run_until([&] { return worker.lost() == 0; });
}

TEST_F(ReplaceableWorkerTest, WorkInTimeIsNotLost) {
  ReplaceableWorker worker(loop, 60s, [this] { ++lost; });
  int done = 0;
  for (int n = 1; n <= 5; ++n) {
    worker.run([n] { return n; }, [&](int result) { done = result; });
    run_until([&] { return done == n; });
  }
  EXPECT_EQ(lost, 0);
  worker.close();
}

}  // namespace
}  // namespace cmd
