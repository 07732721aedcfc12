// A socket a message: there are a few messages a minute, and a descriptor kept open would outlive a restarted manager.
#include "cmd/sd_notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <limits>

#include "base/text.h"

namespace cmd {
namespace {

std::string status_line(std::string_view text) { return "STATUS=" + base::printable(text, 512) + "\n"; }

std::int64_t microseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

ServiceManager ServiceManager::from_environment(const config::Environment& environment) {
  ServiceManager manager;
  if (const std::optional<std::string> socket = environment("NOTIFY_SOCKET")) {
    if (socket->starts_with('/') || (socket->starts_with('@') && socket->size() > 1)) manager.socket_ = *socket;
  }
  if (!manager.listens()) return manager;
  const std::optional<std::string> period = environment("WATCHDOG_USEC");
  const std::optional<std::string> pid = environment("WATCHDOG_PID");
  if (!period || (pid && *pid != std::to_string(::getpid()))) return manager;
  const auto limit = base::parse_int(*period, 1, std::numeric_limits<std::int64_t>::max() / 1000);
  if (limit) manager.watchdog_period_ = std::chrono::microseconds(*limit) / 2;
  return manager;
}

base::Result<void> ServiceManager::ready(std::string_view status) const { return send("READY=1\n" + status_line(status)); }

base::Result<void> ServiceManager::reloading(base::TimePoint now) const {
  return send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds(now.time_since_epoch())) + "\n");
}

base::Result<void> ServiceManager::stopping(std::string_view status) const {
  return send("STOPPING=1\n" + status_line(status));
}

base::Result<void> ServiceManager::alive() const { return send("WATCHDOG=1\n"); }

base::Result<void> ServiceManager::status(std::string_view text) const { return send(status_line(text)); }

base::Result<void> ServiceManager::extend_timeout(base::Duration by) const {
  return send("EXTEND_TIMEOUT_USEC=" + std::to_string(microseconds(by)) + "\n");
}

base::Result<void> ServiceManager::send(const std::string& text) const {
  if (!listens()) return {};
  sockaddr_un address{};
  if (socket_.size() >= sizeof address.sun_path) {
    return base::fail(base::ErrorKind::kInvalid, "NOTIFY_SOCKET: '" + base::printable(socket_) + "' is too long");
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') address.sun_path[0] = '\0';
  // An abstract name ends with its length, a path with a NUL.
  const std::size_t length = offsetof(sockaddr_un, sun_path) + socket_.size() + (socket_.front() == '@' ? 0 : 1);
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return std::unexpected(base::errno_error(errno, "socket for NOTIFY_SOCKET"));
  const ssize_t sent = ::sendto(fd, text.data(), text.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address),
                                static_cast<socklen_t>(length));
  const int failed = sent < 0 ? errno : 0;
  ::close(fd);
  if (failed != 0) return std::unexpected(base::errno_error(failed, "send to NOTIFY_SOCKET " + base::printable(socket_)));
  return {};
}

}  // namespace cmd
