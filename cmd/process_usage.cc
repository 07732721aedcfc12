// /proc/self/stat and /proc/self/fd as numbers. What can't be read is 0.
#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sstream>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "cmd/metrics.h"

namespace cmd {
namespace {

double boot_time() {
  const base::Result<std::string> text = base::read_file("/proc/stat", 1 << 20);
  if (!text) return 0;
  const std::size_t at = text->find("btime ");
  if (at == std::string::npos) return 0;
  const std::size_t end = text->find('\n', at);
  return static_cast<double>(base::parse_int(base::trim(text->substr(at + 6, end - at - 6)), 0, INT64_MAX).value_or(0));
}

double open_file_count() {
  DIR* dir = ::opendir("/proc/self/fd");
  if (dir == nullptr) return 0;
  int count = 0;
  while (const dirent* entry = ::readdir(dir)) {
    if (entry->d_name[0] != '.') ++count;
  }
  ::closedir(dir);
  return count - 1;  // the one that lists
}

}  // namespace

ProcessUsage read_process_usage() {
  ProcessUsage usage;
  usage.open_files = open_file_count();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) usage.max_files = static_cast<double>(limit.rlim_cur);
  const base::Result<std::string> text = base::read_file("/proc/self/stat", 4096);
  const std::size_t name_end = text ? text->rfind(')') : std::string::npos;
  if (name_end == std::string::npos) return usage;
  std::istringstream rest(text->substr(name_end + 1));
  std::vector<std::string> fields{"", "", ""};  // proc(5) counts from 1; the state is field 3
  for (std::string field; rest >> field;) fields.push_back(field);
  if (fields.size() < 25) return usage;
  const auto number = [&fields](std::size_t index) { return static_cast<double>(base::parse_int(fields[index], 0, INT64_MAX).value_or(0)); };
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  usage.cpu_seconds = (number(14) + number(15)) / ticks;
  usage.threads = number(20);
  usage.start_time_seconds = boot_time() + number(22) / ticks;
  usage.virtual_bytes = number(23);
  usage.resident_bytes = number(24) * static_cast<double>(::sysconf(_SC_PAGESIZE));
  return usage;
}

}  // namespace cmd
