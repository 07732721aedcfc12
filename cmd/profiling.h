// Answers for /debug/pprof/: what is asked for, and the heap. CPU profiles: cpu_profile.h. Serves nobody but loopback
// peers, which is the HTTP server's business, and nothing at all unless debug.enablepprof is on.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cmd {

/// "seconds=5" of a query: 1 to 300, 30 where it is not said (as Go's net/http/pprof). kInvalid names the text.
base::Result<std::chrono::seconds> profile_duration(std::string_view query);

/// Live allocations by call stack, as pprof reads them. kUnsupported, saying what to do, in a build without tcmalloc
/// (-DDC_PROFILING=ON) or in a process that was started without TCMALLOC_SAMPLE_PARAMETER.
base::Result<std::string> heap_profile();

}  // namespace cmd
