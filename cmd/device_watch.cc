// inotify on the folder; an overflow counts as a change.
#include "cmd/device_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>

namespace cmd {

struct DeviceWatch::State : std::enable_shared_from_this<DeviceWatch::State> {
  State(asio::io_context& loop, int fd, std::string n, std::function<void()> c)
      : descriptor(loop, fd), name(std::move(n)), changed(std::move(c)) {}

  asio::posix::stream_descriptor descriptor;
  std::string name;
  std::function<void()> changed;
  alignas(inotify_event) std::array<char, 4096> buffer{};

  void wait() {
    descriptor.async_read_some(asio::buffer(buffer), [self = shared_from_this()](const asio::error_code& error, std::size_t size) {
      if (error || !self->changed) return;
      if (self->names_it(size)) self->changed();
      self->wait();
    });
  }

  bool names_it(std::size_t size) const {
    bool named = false;
    for (std::size_t at = 0; at + sizeof(inotify_event) <= size;) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::size_t text = at + sizeof event;
      if ((event.mask & IN_Q_OVERFLOW) != 0) named = true;
      else if (event.len > 0 && name == buffer.data() + text) named = true;
      at = text + event.len;
    }
    return named;
  }
};

base::Result<std::unique_ptr<DeviceWatch>> DeviceWatch::open(asio::io_context& loop, const std::string& device, std::function<void()> changed) {
  const std::size_t slash = device.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : slash == 0 ? "/" : device.substr(0, slash);
  const int fd = ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (fd < 0) return base::Failure(base::errno_error(errno, "inotify"));
  if (::inotify_add_watch(fd, folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_ONLYDIR) < 0) {
    base::Error error = base::errno_error(errno, "watch " + folder);
    ::close(fd);
    return base::Failure(std::move(error));
  }
  auto state = std::make_shared<State>(loop, fd, slash == std::string::npos ? device : device.substr(slash + 1), std::move(changed));
  state->wait();
  return std::unique_ptr<DeviceWatch>(new DeviceWatch(std::move(state)));
}

DeviceWatch::~DeviceWatch() {
  state_->changed = nullptr;
  asio::error_code ignored;
  state_->descriptor.close(ignored);
}

}  // namespace cmd
