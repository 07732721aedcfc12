// Where CPU time goes: SIGPROF samples of call stacks, in the binary format of gperftools' CPU profiler, which pprof
// reads. For /debug/pprof/profile. Never interrupts the workers at the kernel: they block signals. Needs frame pointers
// (this build keeps them); stacks end early inside libraries without.
#pragma once

#include <string>

#include "base/error.h"

namespace cmd {

class CpuProfile {
 public:
  /// From now on profiles are of the calling thread alone (the agent's loop); before that, of the whole process. A
  /// process-wide timer would charge the time of threads that block signals to whoever sleeps in epoll.
  static void watch_this_thread();

  /// Samples `hertz` times in each second of CPU time from now on. kBusy while another one runs in this process,
  /// kUnsupported on a machine whose registers we don't know.
  static base::Result<CpuProfile> start(int hertz = 100);
  CpuProfile(CpuProfile&& other) noexcept;
  CpuProfile& operator=(CpuProfile&&) = delete;
  ~CpuProfile();  ///< stops, where finish() was not called

  /// Stops, and gives the profile's bytes. Once.
  std::string finish();

 private:
  CpuProfile() = default;
  bool running_{true};
};

}  // namespace cmd
