// The heap's side needs an allocator that samples: gperftools' tcmalloc, by build option, since it costs memory that
// the budgets don't have.
#include "cmd/profiling.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.h"

#ifdef DC_PROFILING
#include <gperftools/malloc_extension.h>
#endif

namespace cmd {

base::Result<std::chrono::seconds> profile_duration(std::string_view query) {
  constexpr std::chrono::seconds kDefault{30};
  constexpr std::int64_t kMost = 300;  // nobody waits longer, and the samples' memory is bounded
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (!one.starts_with("seconds=")) continue;
    const std::optional<std::int64_t> number = base::parse_int(one.substr(8), 1, kMost);
    if (!number) {
      return base::fail(base::ErrorKind::kInvalid, "'" + base::printable(one, 40) + "': a whole number from 1 to 300 is needed");
    }
    return std::chrono::seconds(*number);
  }
  return kDefault;
}

#ifdef DC_PROFILING
base::Result<std::string> heap_profile() {
  std::string out;
  MallocExtension::instance()->GetHeapSample(&out);
  if (out.starts_with("%warn")) {
    return base::fail(base::ErrorKind::kUnsupported,
                      "allocations are not sampled: start the agent with TCMALLOC_SAMPLE_PARAMETER=524288 in its environment");
  }
  return out;
}
#else
base::Result<std::string> heap_profile() {
  return base::fail(base::ErrorKind::kUnsupported, "this build has no sampling allocator: configure it with -DDC_PROFILING=ON");
}
#endif

}  // namespace cmd
