// One agent per host: flock on <runDir>/lock, with the holder's pid inside for people. The kernel lets go of the lock
// when its holder dies, however it dies; the file stays.
#pragma once

#include <string>

#include "base/error.h"

namespace cmd {

class HostLock {
 public:
  /// kBusy, naming the holder's pid and command, when somebody has it. Makes `run_dir` if it is missing.
  static base::Result<HostLock> take(const std::string& run_dir);
  HostLock(HostLock&& other) noexcept;
  HostLock& operator=(HostLock&&) = delete;
  ~HostLock();

  /// The pid in the file while somebody holds the lock, else 0. Takes nothing.
  static int holder(const std::string& run_dir);

 private:
  explicit HostLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace cmd
