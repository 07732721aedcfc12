// Log pages of 10,000 and 100,000 entries, read and decoded as a stream by a process of its own: time and peak memory, below
// and above the cap (maxLogEntries).
//   log_page_scale [ENTRIES]
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "nvme/session.h"
#include "tests/target/discovery_target.h"

extern char** environ;

namespace {

double peak_mib() {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmHWM:")) return std::strtod(line.c_str() + 6, nullptr) / 1024;
  }
  return -1;
}

/// The child: reads once, says what it got. 0: read; 3: refused.
int read_page(std::uint16_t port, std::uint64_t cap) {
  nvme::SessionOptions options{.identity = {nvme::Nqn::parse("nqn.2026-01.bench:host").value(), nvme::HostId::parse("6a3e6f5c-0d25-4f3a-9f0e-5b1e1a7d2c44").value()}};
  options.address.traddr = nvme::IpAddress::v4({127, 0, 0, 1});
  options.address.trsvcid = port;
  options.max_entries = cap;
  const double before = peak_mib();
  const auto start = std::chrono::steady_clock::now();
  asio::io_context loop;
  base::Result<nvme::LogPage> page;
  const auto one = [&]() -> base::Task<void> {
    base::Task<base::Result<nvme::LogPage>> reading = nvme::discover(options);
    page = co_await std::move(reading);
  };
  asio::co_spawn(loop, one(), asio::detached);
  loop.run();
  const double took = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (!page) return std::printf("  refused after %.1f ms: %s\n", took, page.error().message.c_str()), 3;
  const double raw = static_cast<double>(page->entries.size()) / 1024;
  std::printf("  %zu entries in %.1f ms; peak memory grew by %.1f MiB for %.1f MiB on the wire\n", page->entries.size(), took, peak_mib() - before, raw);
  return 0;
}

int in_a_child(std::uint16_t port, std::uint64_t cap) {
  std::fflush(stdout);
  std::string program = "/proc/self/exe", word = "read", where = std::to_string(port), most = std::to_string(cap);
  char* arguments[] = {program.data(), word.data(), where.data(), most.data(), nullptr};
  pid_t pid = 0;
  int status = 0;
  if (::posix_spawn(&pid, program.c_str(), nullptr, nullptr, arguments, environ) != 0 || ::waitpid(pid, &status, 0) != pid) return 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

bool expect(int entries, std::uint64_t cap, int wanted) {
  target::TargetOptions options;
  options.record_pdus = false;
  auto started = target::DiscoveryTarget::start(options);
  if (!started) return std::fprintf(stderr, "log_page_scale: %s\n", started.error().c_str()), false;
  std::vector<target::LogEntry> page;
  for (int i = 0; i < entries; ++i) page.push_back(target::tcp_subsystem("10.0.0.1", 4420, "nqn.2016-01.com.example:suuid:bench-" + std::to_string(i)));
  (*started)->set_log(std::move(page));
  std::printf("a page of %d entries, maxLogEntries %llu:\n", entries, static_cast<unsigned long long>(cap));
  return in_a_child((*started)->port(), cap) == wanted;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4) return read_page(static_cast<std::uint16_t>(std::atoi(argv[2])), std::strtoull(argv[3], nullptr, 10));
  const int most = argc > 1 ? std::atoi(argv[1]) : 100000;
  const auto cap = static_cast<std::uint64_t>(most);
  const bool well = expect(most / 10, cap, 0) && expect(most, cap - 1, 3) && expect(most, nvme::kDefaultMaxEntries, cap > nvme::kDefaultMaxEntries ? 3 : 0) &&
                    expect(most, cap, 0);
  if (!well) std::fprintf(stderr, "log_page_scale: the cap was not honoured\n");
  return well ? 0 : 1;
}
