// Any text as records of the kernel log: whatever explains a connect is printable and keeps errors errors.
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "nvme/fabrics.h"
#include "nvme/kernel_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);  // NOLINT: the bytes as text
  std::vector<std::string> lines;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    if (const auto record = nvme::parse_kernel_record(line)) lines.emplace_back(record->message);
    lines.emplace_back(line);
  }
  for (const int number : {EIO, EINVAL, ECONNREFUSED}) {
    const base::Error error = nvme::explain(nvme::fabrics_error(number), lines, "nqn.2024-01.test:c1-1");
    if (error.code == 0) std::abort();
    for (const char c : error.message)
      if (c < ' ' || c > '~') std::abort();
  }
  return 0;
}
