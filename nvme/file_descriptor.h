// Reading small kernel files without streams or allocation: a descriptor that closes itself, and one bounded
// read below a directory. Knows no paths of its own.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace nvme {

/// Owns a descriptor; closes it when it goes.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_{-1};
};

/// What one read of `name` below `directory` (AT_FDCWD with a whole path) gives, at most buffer.size() bytes:
/// sysfs and proc attributes come in one piece. Nothing where it can't be opened or read: it may have
/// vanished.
inline std::optional<std::string_view> read_at(int directory, const char* name, std::span<char> buffer) {
  const FileDescriptor file(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file) return std::nullopt;
  const ssize_t length = ::read(file.get(), buffer.data(), buffer.size());
  if (length < 0) return std::nullopt;
  return std::string_view(buffer.data(), static_cast<std::size_t>(length));
}

}  // namespace nvme
