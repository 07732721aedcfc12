// Whole files with plain system calls. Temporary files carry this process's id and a counter, so that two writers
// never share one; what SIGKILL leaves behind is skipped by its name (tmp.dc.*).
#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>

namespace base {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }

 private:
  int fd_;
};

Failure errno_failure(std::string_view verb, const std::string& path) {
  const int number = errno;
  return Failure(errno_error(number, std::string(verb) + " " + path));
}

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, name) + "tmp.dc." + std::to_string(::getpid()) + "." +
         std::to_string(counter.fetch_add(1, std::memory_order_relaxed)) + "." + path.substr(name).substr(0, 128);
}

Result<void> write_all(int fd, std::string_view text, const std::string& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return errno_failure("write", path);
    }
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

/// A durable file beside `path`; its name, for the caller to rename, link or remove.
Result<std::string> write_temporary(const std::string& path, std::string_view text, unsigned mode) {
  std::string name = temporary_name(path);
  int fd = -1;
  // A killed process with our id may have left files of these names.
  for (int tries = 0; tries < 100; ++tries) {
    fd = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd >= 0 || errno != EEXIST) break;
    name = temporary_name(path);
  }
  const Descriptor file(fd);
  if (!file.valid()) return errno_failure("create", name);
  Result<void> written = write_all(file.get(), text, name);
  if (written && ::fsync(file.get()) != 0) written = errno_failure("fsync", name);
  if (!written) {
    ::unlink(name.c_str());
    return Failure(std::move(written).error());
  }
  return name;
}

Result<void> sync_directory_of(const std::string& path) {
  const std::string directory = directory_of(path);
  const Descriptor file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!file.valid()) return errno_failure("open", directory);
  // Some file systems can't sync a directory and say EINVAL; nothing better exists there.
  if (::fsync(file.get()) != 0 && errno != EINVAL) return errno_failure("fsync", directory);
  return {};
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  // O_NONBLOCK: opening a FIFO that somebody left in a watched directory must not hang the agent.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.valid()) return errno_failure("open", path);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return errno_failure("stat", path);
  if (S_ISDIR(info.st_mode)) return Failure(errno_error(EISDIR, "read " + path));
  if (!S_ISREG(info.st_mode) && !S_ISCHR(info.st_mode)) return fail(ErrorKind::kInvalid, path + " is no regular file");
  std::string text;
  constexpr std::size_t kPiece = 16384;  // most files we read are smaller than this
  while (text.size() <= limit) {
    const std::size_t before = text.size();
    const std::size_t room = std::min(kPiece, limit + 1 - before);
    text.resize(before + room);
    const ssize_t got = ::read(file.get(), text.data() + before, room);
    const int number = errno;
    text.resize(before + (got > 0 ? static_cast<std::size_t>(got) : 0));
    if (got < 0 && number == EINTR) continue;
    if (got < 0) return Failure(errno_error(number, "read " + path));
    if (got == 0) return text;
  }
  return fail(ErrorKind::kInvalid, path + " holds more than " + std::to_string(limit) + " bytes");
}

Result<void> write_file_atomic(const std::string& path, std::string_view text, unsigned mode) {
  const Result<std::string> temporary = write_temporary(path, text, mode);
  if (!temporary) return Failure(temporary.error());
  if (::rename(temporary->c_str(), path.c_str()) != 0) {
    Failure failure = errno_failure("rename to", path);
    ::unlink(temporary->c_str());
    return failure;
  }
  return sync_directory_of(path);
}

Result<void> create_file_once(const std::string& path, std::string_view text, unsigned mode) {
  const Result<std::string> temporary = write_temporary(path, text, mode);
  if (!temporary) return Failure(temporary.error());
  const int linked = ::link(temporary->c_str(), path.c_str());
  const int number = errno;
  ::unlink(temporary->c_str());
  if (linked != 0) return Failure(errno_error(number, "create " + path));
  return sync_directory_of(path);
}

Result<void> make_directories(const std::string& path, unsigned mode) {
  if (path.empty()) return fail(ErrorKind::kInvalid, "create directory: empty path");
  for (std::size_t end = path.find('/', 1); true; end = path.find('/', end + 1)) {
    const std::string part = path.substr(0, end);
    if (!part.empty() && part.back() != '/' && ::mkdir(part.c_str(), mode) != 0) {
      const int number = errno;
      struct stat info {};
      // Whatever mkdir says of what exists (EEXIST, EROFS, EACCES): a directory is there.
      if (::stat(part.c_str(), &info) != 0) return Failure(errno_error(number, "create directory " + part));
      if (!S_ISDIR(info.st_mode)) return Failure(errno_error(ENOTDIR, "create directory " + part));
    }
    if (end == std::string::npos) return {};
  }
}

}  // namespace base
