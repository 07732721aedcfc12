// `cores`: which CPUs this process may use, by system call (the seed ran taskset for it).
#pragma once

#include <vector>

#include "base/error.h"

namespace cmd {

/// Binds the calling thread, and every thread it makes afterwards, to `cores`; nothing for an empty list. What the
/// kernel then allows, ascending: cores that this machine lacks or a cgroup forbids are missing from it. kInvalid for
/// a negative number or where none of them can be used.
base::Result<std::vector<int>> bind_to_cores(const std::vector<int>& cores);

/// The CPUs that the calling thread may use now, ascending.
base::Result<std::vector<int>> usable_cores();

}  // namespace cmd
