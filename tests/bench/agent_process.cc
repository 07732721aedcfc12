// The agent as one process against the project's own target: memory, idle CPU, an AEN storm, time to the first ICReq.
// agent_process AGENT ENDPOINTS ENTRIES [IDLE_SECONDS]: ENDPOINTS services that list ENTRIES controllers each. There is
// no fabrics device, so every path stays desired and unconnected: what is measured is discovery and reconciling.
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/target/discovery_target.h"

extern char** environ;

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr const char* kHostNqn = "nqn.2014-08.org.nvmexpress:uuid:3f1d6d1e-52a5-4b5c-8d53-3a6b1f0e9a11";

/// Kilobytes of a line of /proc/PID/status, e.g. "VmRSS:".
long status_kb(pid_t pid, const std::string& key) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(key)) return std::strtol(line.c_str() + key.size(), nullptr, 10);
  return -1;
}

/// User and system time of the process so far, in seconds.
double cpu_seconds(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::string skip;
  for (int i = 0; i < 11; ++i) fields >> skip;
  long user = 0, system = 0;
  fields >> user >> system;
  return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

/// Associations whose log page was read to its end: a Get Log Page with RAE clear that succeeded.
std::size_t pages_read(const target::Record& record) {
  std::size_t read = 0;
  for (const target::AssociationRecord& association : record.associations)
    for (const target::ReceivedCommand& command : association.commands)
      if (command.opcode == 0x02 && !command.retains_event() && command.status == 0) {
        ++read;
        break;
      }
  return read;
}

/// Waits until `wanted` pages were read. The record is only counted once per 1 % of progress: the target shares the cores.
bool wait_for_pages(target::DiscoveryTarget& services, std::size_t wanted) {
  std::uint64_t look_at = wanted;
  const auto enough = [&](const target::Record& record) {
    if (record.commands < look_at) return false;
    look_at = record.commands + 1 + (pages_read(record) + wanted / 100 < wanted ? wanted / 100 : 0);
    return pages_read(record) >= wanted;
  };
  return services.wait_for(enough, std::chrono::seconds(120));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return std::fprintf(stderr, "usage: agent_process AGENT ENDPOINTS ENTRIES [IDLE_SECONDS]\n"), 2;
  const std::string agent = argv[1];
  const int endpoints = std::atoi(argv[2]), entries = std::atoi(argv[3]);
  const double idle_for = argc > 4 ? std::atof(argv[4]) : 10;
  raise_file_limit();

  target::TargetOptions options;
  options.record_pdus = false;
  options.listen.assign(static_cast<std::size_t>(endpoints), target::Address{});
  auto started = target::DiscoveryTarget::start(options);
  if (!started) return std::fprintf(stderr, "agent_process: %s\n", started.error().c_str()), 1;
  target::DiscoveryTarget& services = **started;
  const auto fill = [&](int generation) {
    for (std::size_t i = 0; i < services.listeners(); ++i) {
      std::vector<target::LogEntry> page;
      for (int k = 0; k < entries; ++k)
        page.push_back(target::tcp_subsystem("127.0.0.1", 4420, "nqn.2026-01.bench:" + std::to_string(i) + "." + std::to_string(k) + "." + std::to_string(generation)));
      services.set_log(std::move(page), i);
    }
  };
  fill(0);

  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("agent_process." + std::to_string(getpid()));
  std::filesystem::create_directories(folder / "discovery.d");
  std::filesystem::create_directories(folder / "sys/class/nvme");
  {
    std::ofstream conf(folder / "discovery.d/bench.conf");
    for (std::size_t i = 0; i < services.listeners(); ++i)
      conf << "-t tcp -a 127.0.0.1 -s " << services.port(i) << " -q " << kHostNqn << " -n cluster" << i << "\n";
    std::ofstream yaml(folder / "agent.yaml");
    yaml << "clientConfigDir: " << (folder / "discovery.d").string() << "\ninternalDir: " << (folder / "internal").string()
         << "\nrunDir: " << (folder / "run").string() << "\nsysfsRoot: " << (folder / "sys").string()
         << "\nfabricsDevice: " << (folder / "nvme-fabrics").string() << "\nnvmeHostIDPath: " << (folder / "hostid").string()
         << "\nhostNQNPath: " << (folder / "hostnqn").string() << "\nlogging:\n  level: error\ndebug:\n  endpoint: \"\"\n";
  }

  const std::string config = (folder / "agent.yaml").string();
  std::vector<std::string> words{agent, "serve", "--config", config};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const Clock::time_point start = Clock::now();
  pid_t pid = 0;
  if (posix_spawn(&pid, agent.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    std::perror("agent_process: spawn");
    return 1;
  }
  const bool first = services.wait_for([](const target::Record& r) { return !r.associations.empty(); }, std::chrono::seconds(30));
  const double to_first = Seconds(Clock::now() - start).count();
  const bool all = wait_for_pages(services, static_cast<std::size_t>(endpoints));
  const double to_all = Seconds(Clock::now() - start).count();
  std::printf("start to first ICReq     %8.1f ms\n", to_first * 1e3);
  std::printf("start to all log pages   %8.1f ms   (%d endpoints, %d paths)\n", to_all * 1e3, endpoints, endpoints * entries);

  std::this_thread::sleep_for(std::chrono::seconds(3));  // a measurement, not a test: let the start's work end
  const double cpu_before = cpu_seconds(pid);
  const Clock::time_point idle_start = Clock::now();
  std::this_thread::sleep_for(Seconds(idle_for));
  const double idle = (cpu_seconds(pid) - cpu_before) / Seconds(Clock::now() - idle_start).count();
  std::printf("RSS                      %8.1f MiB  (anonymous %.1f MiB)\n", static_cast<double>(status_kb(pid, "VmRSS:")) / 1024,
              static_cast<double>(status_kb(pid, "RssAnon:")) / 1024);
  std::printf("idle CPU                 %8.2f %%    of a core over %.0f s\n", idle * 100, idle_for);

  services.clear_record();
  const double storm_cpu = cpu_seconds(pid);
  const Clock::time_point storm = Clock::now();
  fill(1);
  const bool reread = wait_for_pages(services, static_cast<std::size_t>(endpoints));
  std::printf("AEN storm, all re-read   %8.1f ms   (CPU %.0f ms)\n", Seconds(Clock::now() - storm).count() * 1e3,
              (cpu_seconds(pid) - storm_cpu) * 1e3);

  kill(pid, SIGTERM);
  int status = 0;
  waitpid(pid, &status, 0);
  std::filesystem::remove_all(folder);
  if (!first || !all || !reread) return std::fprintf(stderr, "agent_process: not every endpoint was read\n"), 1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
