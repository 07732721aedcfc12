// The netlink socket of the kernel's uevents on an asio loop, and their text. No threads; reads what is there
// and waits again; everything that the kernel did not send itself is dropped.
#include "nvme/uevent.h"

#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <cerrno>

#include "nvme/device_name.h"
#include "nvme/file_descriptor.h"

namespace nvme {
namespace {

constexpr unsigned kKernelGroup = 1;  // lib/kobject_uevent.c; udevd's own messages go to group 2
// 10,000 controllers that go at once send about 0.5 KiB each, accounted at 2 KiB by the socket layer.
constexpr int kReceiveBuffer = 32 * 1024 * 1024;
constexpr std::size_t kMessageMax = 8192;  // UEVENT_BUFFER_SIZE is 2048, plus the header line
constexpr int kMessagesAtOnce = 64;        // then others get their turn on the loop

std::string_view last_component(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

std::optional<Uevent> parse_uevent(std::string_view message) {
  // "change@/devices/virtual/nvme-fabrics/ctl/nvme0" NUL "ACTION=change" NUL …
  const std::string_view header = message.substr(0, message.find('\0'));
  if (header.find('@') == std::string_view::npos || header.size() == message.size()) return std::nullopt;
  Uevent event;
  bool is_nvme = false;
  std::string_view name;
  std::string_view path;
  std::string_view rest = message.substr(header.size() + 1);
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    const std::string_view pair = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (key == "SUBSYSTEM") is_nvme = value == "nvme";
    else if (key == "ACTION") event.action = value;
    else if (key == "DEVNAME") name = value;
    else if (key == "DEVPATH") path = value;
    else if (key == "NVME_EVENT") event.nvme_event = value;
  }
  if (!is_nvme || event.action.empty()) return std::nullopt;
  if (name.empty()) name = last_component(path);
  if (!controller_instance(name)) return std::nullopt;
  event.device = name;
  return event;
}

struct UeventListener::State : std::enable_shared_from_this<State> {
  State(asio::any_io_executor loop, int fd, OnEvent event, OnOverrun overrun)
      : socket(std::move(loop), fd), on_event(std::move(event)), on_overrun(std::move(overrun)) {}

  asio::posix::stream_descriptor socket;
  OnEvent on_event;
  OnOverrun on_overrun;
  bool closed{false};

  void wait() {
    socket.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const asio::error_code& error) {
                        if (error || self->closed) return;
                        self->receive();
                        if (!self->closed) self->wait();
                      });
  }

  /// Callbacks may destroy the listener, so `closed` is looked at after each.
  void receive() {
    std::array<char, kMessageMax> buffer;
    bool lost = false;
    for (int count = 0; count < kMessagesAtOnce && !closed; ++count) {
      sockaddr_nl sender{};
      iovec data{buffer.data(), buffer.size()};
      msghdr message{};
      message.msg_name = &sender;
      message.msg_namelen = sizeof sender;
      message.msg_iov = &data;
      message.msg_iovlen = 1;
      const ssize_t length = ::recvmsg(socket.native_handle(), &message, MSG_DONTWAIT);
      if (length < 0) {
        if (errno == EINTR) continue;
        if (errno == ENOBUFS) {
          lost = true;
          continue;
        }
        break;
      }
      // Any process with CAP_NET_ADMIN may send to the group; only the kernel has port 0.
      if (message.msg_namelen != sizeof sender || sender.nl_family != AF_NETLINK || sender.nl_pid != 0)
        continue;
      if ((message.msg_flags & MSG_TRUNC) != 0) {
        lost = true;
        continue;
      }
      if (const std::optional<Uevent> event = parse_uevent({buffer.data(), static_cast<std::size_t>(length)}))
        if (on_event) on_event(*event);
    }
    if (lost && !closed && on_overrun) on_overrun();
  }
};

base::Result<std::unique_ptr<UeventListener>> UeventListener::open(asio::any_io_executor loop,
                                                                   OnEvent on_event, OnOverrun on_overrun) {
  FileDescriptor fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  if (!fd) return std::unexpected(base::errno_error(errno, "open the uevent socket"));
  const int size = kReceiveBuffer;
  // FORCE needs CAP_NET_ADMIN; without it the system's limit is what we get, and overruns are noticed anyway.
  if (::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) < 0)
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = kKernelGroup;
  const void* generic = &address;
  if (::bind(fd.get(), static_cast<const sockaddr*>(generic), sizeof address) < 0)
    return std::unexpected(base::errno_error(errno, "listen to uevents"));
  auto state = std::make_shared<State>(std::move(loop), fd.get(), std::move(on_event), std::move(on_overrun));
  fd.release();
  state->wait();
  return std::unique_ptr<UeventListener>(new UeventListener(std::move(state)));
}

UeventListener::UeventListener(std::shared_ptr<State> state) : state_(std::move(state)) {}

UeventListener::~UeventListener() {
  state_->closed = true;
  asio::error_code ignored;
  state_->socket.close(ignored);
}

}  // namespace nvme
