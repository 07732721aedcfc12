// flock(2), not fcntl(2): it belongs to the open file, so that no other close in this process can drop it.
#include "cmd/lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/file.h"
#include "base/text.h"

namespace cmd {
namespace {

std::string lock_path(const std::string& run_dir) { return run_dir + "/lock"; }

int pid_in(const std::string& path) {
  const base::Result<std::string> text = base::read_file(path, 64);
  if (!text) return 0;
  return static_cast<int>(base::parse_int(base::trim(*text), 1, 1 << 30).value_or(0));
}

std::string command_of(int pid) {
  const base::Result<std::string> text = base::read_file("/proc/" + std::to_string(pid) + "/cmdline", 4096);
  if (!text) return {};
  std::string command = *text;
  for (char& c : command) {
    if (c == '\0') c = ' ';
  }
  return base::printable(base::trim(command), 120);
}

}  // namespace

base::Result<HostLock> HostLock::take(const std::string& run_dir) {
  if (base::Result<void> made = base::make_directories(run_dir, 0755); !made) {
    return base::Failure(std::move(made.error()).with_context("runDir"));
  }
  const std::string path = lock_path(run_dir);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return base::Failure(base::errno_error(errno, "open " + path));
  HostLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return base::Failure(base::errno_error(errno, "lock " + path));
    const int pid = pid_in(path);
    std::string who = pid == 0 ? "somebody" : "pid " + std::to_string(pid);
    if (const std::string command = command_of(pid); !command.empty()) who += " (" + command + ")";
    return base::fail(base::ErrorKind::kBusy, "another agent runs on this host: " + who + " holds " + path +
                                                  "; stop it first, or give this one another runDir");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) != static_cast<ssize_t>(pid.size())) {
    return base::Failure(base::errno_error(errno, "write " + path));
  }
  return lock;
}

HostLock::HostLock(HostLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

HostLock::~HostLock() {
  if (fd_ >= 0) ::close(fd_);
}

int HostLock::holder(const std::string& run_dir) {
  const std::string path = lock_path(run_dir);
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return 0;
  const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(fd);
  return held ? pid_in(path) : 0;
}

}  // namespace cmd
