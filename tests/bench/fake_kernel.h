// The kernel's side for a whole agent process: a sysfs tree in memory and a pseudo terminal in the fabrics device's place.
// Each option string that the agent writes becomes a live controller in the tree. It never loses one and refuses nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

namespace bench {

class FakeKernel {
 public:
  /// `folder` gets the tree "sys" and the link "nvme-fabrics"; it outlives this. Aborts where it can't be made.
  FakeKernel(std::filesystem::path folder, std::chrono::microseconds connect_takes);
  ~FakeKernel();
  FakeKernel(const FakeKernel&) = delete;
  FakeKernel& operator=(const FakeKernel&) = delete;

  std::string sysfs_root() const { return (folder_ / "sys").string(); }
  std::string fabrics_device() const { return (folder_ / "nvme-fabrics").string(); }
  /// Controllers made so far; all are live.
  int live() const { return live_.load(); }
  /// False when they did not get that many in time.
  bool wait_for_live(int wanted, std::chrono::seconds limit) const;

 private:
  void serve();
  void make_controller(int instance, const std::string& options) const;

  std::filesystem::path folder_;
  std::chrono::microseconds connect_takes_;
  int master_{-1};
  int slave_{-1};     ///< kept open: a terminal that nobody has open forgets what it holds
  int stop_pipe_[2]{-1, -1};
  std::atomic<int> live_{0};
  std::thread server_{};
};

}  // namespace bench
