// posix_spawn, /proc and a GET: no library of the agent's is used, so that what is measured is measured from outside.
#include "tests/bench/agent_run.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

extern char** environ;

namespace bench {
namespace {

/// Kilobytes of a line of /proc/PID/status, e.g. "VmRSS:".
double status_mib(pid_t pid, const std::string& key) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(key)) return std::strtod(line.c_str() + key.size(), nullptr) / 1024;
  }
  return -1;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// Free a moment ago.
std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(fd);
  return bound ? ntohs(address.sin_port) : 0;
}

}  // namespace

Folder::Folder() {
  const std::filesystem::path shared = "/dev/shm";
  const std::filesystem::path parent = std::filesystem::is_directory(shared) ? shared : std::filesystem::temp_directory_path();
  std::string pattern = (parent / "dc-bench.XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) {
    std::perror("bench: folder");
    std::exit(1);
  }
  path_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string service_line(std::uint16_t port, const std::string& group) {
  return "-t tcp -a 127.0.0.1 -s " + std::to_string(port) + " -q " + kHostNqn + " -n " + group + "\n";
}

AgentRun::AgentRun(const std::string& agent, const std::filesystem::path& folder, const std::string& sysfs_root,
                   const std::string& fabrics_device, const std::string& more)
    : port_(free_port()) {
  std::filesystem::create_directories(folder / "discovery.d");
  const std::string config = (folder / "agent.yaml").string();
  std::ofstream(config) << "clientConfigDir: " << (folder / "discovery.d").string() << "\ninternalDir: " << (folder / "internal").string()
                        << "\nrunDir: " << (folder / "run").string() << "\nsysfsRoot: " << sysfs_root << "\nfabricsDevice: " << fabrics_device
                        << "\nnvmeHostIDPath: " << (folder / "hostid").string() << "\nhostNQNPath: " << (folder / "hostnqn").string()
                        << "\nlogging:\n  level: fatal\ndebug:\n  endpoint: \"127.0.0.1:" << port_ << "\"\n" << more;
  std::vector<std::string> words{agent, "serve", "--config", config};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  if (::posix_spawn(&pid_, agent.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
    std::perror("bench: agent");
    std::exit(1);
  }
}

AgentRun::~AgentRun() { stop(); }

int AgentRun::stop() {
  if (pid_ < 0) return 0;
  ::kill(pid_, SIGTERM);
  int status = 0;
  ::waitpid(std::exchange(pid_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

AgentRun::Memory AgentRun::memory() const {
  return {.rss_mib = status_mib(pid_, "VmRSS:"), .anonymous_mib = status_mib(pid_, "RssAnon:"), .peak_mib = status_mib(pid_, "VmHWM:")};
}

std::chrono::nanoseconds AgentRun::cpu() const {
  clockid_t clock{};
  timespec spent{};
  if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &spent) != 0) return {};
  return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
}

std::string AgentRun::get(const std::string& path) const {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port_);
  std::string answer;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      std::array<char, 65536> buffer{};
      for (ssize_t got = 0; (got = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0;) answer.append(buffer.data(), static_cast<std::size_t>(got));
    }
  }
  ::close(fd);
  return answer;
}

double AgentRun::metric(const std::string& sample) const {
  const std::string text = get("/metrics");
  const std::size_t at = text.find("\n" + sample + " ");
  return at == std::string::npos ? -1 : std::strtod(text.c_str() + at + sample.size() + 2, nullptr);
}

AgentRun::Passes AgentRun::passes() const {
  return {.count = metric("discovery_client_pass_duration_seconds_count"), .seconds = metric("discovery_client_pass_duration_seconds_sum")};
}

void raise_file_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace bench
