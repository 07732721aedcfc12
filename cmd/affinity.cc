// Sets grow with the largest number asked for: CPU_SETSIZE (1024) is no limit of the kernel's.
#include "cmd/affinity.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string>

namespace cmd {
namespace {

constexpr int kMostCores = 65536;  // 8 times Linux's largest NR_CPUS

struct FreeSet {
  void operator()(cpu_set_t* set) const { CPU_FREE(set); }
};
using CpuSet = std::unique_ptr<cpu_set_t, FreeSet>;

}  // namespace

base::Result<std::vector<int>> usable_cores() {
  // The kernel refuses a set smaller than its own with EINVAL, and does not say how large that is.
  for (int size = CPU_SETSIZE; size <= kMostCores; size *= 2) {
    const CpuSet set(CPU_ALLOC(static_cast<std::size_t>(size)));
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(size));
    if (!set) break;
    CPU_ZERO_S(bytes, set.get());
    if (::sched_getaffinity(0, bytes, set.get()) != 0) {
      if (errno == EINVAL) continue;
      return std::unexpected(base::errno_error(errno, "sched_getaffinity"));
    }
    std::vector<int> cores;
    for (int core = 0; core < size; ++core) {
      if (CPU_ISSET_S(static_cast<std::size_t>(core), bytes, set.get())) cores.push_back(core);
    }
    return cores;
  }
  return base::fail(base::ErrorKind::kIo, "sched_getaffinity: this kernel has more CPUs than any known one");
}

base::Result<std::vector<int>> bind_to_cores(const std::vector<int>& cores) {
  if (cores.empty()) return usable_cores();
  const auto [lowest, highest] = std::ranges::minmax(cores);
  if (lowest < 0 || highest >= kMostCores) {
    return base::fail(base::ErrorKind::kInvalid, "cores: " + std::to_string(lowest < 0 ? lowest : highest) + " is no CPU number");
  }
  const std::size_t size = std::max<std::size_t>(CPU_SETSIZE, static_cast<std::size_t>(highest) + 1);
  const CpuSet set(CPU_ALLOC(size));
  const std::size_t bytes = CPU_ALLOC_SIZE(size);
  if (!set) return std::unexpected(base::errno_error(ENOMEM, "cores"));
  CPU_ZERO_S(bytes, set.get());
  for (const int core : cores) CPU_SET_S(static_cast<std::size_t>(core), bytes, set.get());
  if (::sched_setaffinity(0, bytes, set.get()) != 0) {
    if (errno == EINVAL) return base::fail(base::ErrorKind::kInvalid, "cores: none of them can be used here", EINVAL);
    return std::unexpected(base::errno_error(errno, "sched_setaffinity"));
  }
  return usable_cores();
}

}  // namespace cmd
