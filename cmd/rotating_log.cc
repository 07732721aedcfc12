// Plain system calls; the one place that knows the seed's naming of rotated files.
#include "cmd/rotating_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "base/file.h"
#include "base/text.h"

namespace cmd {
namespace {

constexpr std::uint64_t kDefaultBytes = 100ULL << 20;      // the seed's default
constexpr std::string_view kStampForm = "0000-00-00T00-00-00.000";

struct NameParts {
  std::filesystem::path folder{};
  std::string stem{};       // "a"
  std::string extension{};  // ".log", or nothing
};

NameParts split(const std::string& filename) {
  const std::filesystem::path path(filename);
  return {path.parent_path().empty() ? std::filesystem::path(".") : path.parent_path(), path.stem().string(),
          path.extension().string()};
}

std::string stamp(base::WallTime at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::milliseconds> time(at - day);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02ld-%02ld-%02ld.%03ld", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), static_cast<long>(time.hours().count()),
                static_cast<long>(time.minutes().count()), static_cast<long>(time.seconds().count()),
                static_cast<long>(time.subseconds().count()));
  return text.data();
}

std::optional<base::WallTime> parse_stamp(std::string_view text) {
  if (text.size() != kStampForm.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kStampForm[i] == '0' ? !digit : text[i] != kStampForm[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t length) {
    return base::parse_int(text.substr(at, length), 0, 9999).value_or(0);
  };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(number(11, 2)) + std::chrono::minutes(number(14, 2)) +
         std::chrono::seconds(number(17, 2)) + std::chrono::milliseconds(number(20, 3));
}

base::Result<int> open_for_append(const std::string& filename) {
  const int fd = ::open(filename.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (fd < 0) return std::unexpected(base::errno_error(errno, "open log file " + filename));
  return fd;
}

std::uint64_t size_of(int fd) {
  struct stat entry{};
  return ::fstat(fd, &entry) == 0 ? static_cast<std::uint64_t>(entry.st_size) : 0;
}

}  // namespace

std::string rotated_name(const std::string& filename, base::WallTime at) {
  const NameParts parts = split(filename);
  const std::string name = parts.stem + "-" + stamp(at) + parts.extension;
  return std::filesystem::path(filename).has_parent_path() ? (parts.folder / name).string() : name;
}

std::optional<base::WallTime> rotated_at(const std::string& filename, std::string_view candidate) {
  const NameParts parts = split(filename);
  if (candidate.ends_with(".gz")) candidate.remove_suffix(3);
  if (!candidate.starts_with(parts.stem)) return std::nullopt;
  candidate.remove_prefix(parts.stem.size());
  if (!candidate.starts_with('-') || !candidate.ends_with(parts.extension)) return std::nullopt;
  candidate.remove_prefix(1);
  if (candidate.size() < parts.extension.size()) return std::nullopt;
  candidate.remove_suffix(parts.extension.size());
  return parse_stamp(candidate);
}

int purge_rotated(const std::string& filename, base::Duration max_age, base::WallTime now) {
  if (filename.empty() || max_age <= base::Duration::zero()) return 0;
  std::error_code error;
  std::filesystem::directory_iterator entries(split(filename).folder, error);
  int purged = 0;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::optional<base::WallTime> at = rotated_at(filename, entries->path().filename().string());
    if (!at || now - *at <= max_age) continue;
    std::error_code kept;
    purged += std::filesystem::remove(entries->path(), kept) ? 1 : 0;
  }
  return purged;
}

base::Result<std::unique_ptr<RotatingLog>> RotatingLog::open(RotatingLogOptions options, base::WallTime now) {
  if (options.max_bytes == 0) options.max_bytes = kDefaultBytes;
  const std::filesystem::path folder = std::filesystem::path(options.filename).parent_path();
  if (!folder.empty()) {
    base::Result<void> made = base::make_directories(folder.string(), 0755);
    if (!made) return std::unexpected(made.error());
  }
  base::Result<int> fd = open_for_append(options.filename);
  if (!fd) return std::unexpected(fd.error());
  purge_rotated(options.filename, options.max_age, now);
  return std::unique_ptr<RotatingLog>(new RotatingLog(std::move(options), *fd, size_of(*fd)));
}

RotatingLog::RotatingLog(RotatingLogOptions options, int fd, std::uint64_t size)
    : options_(std::move(options)), fd_(fd), size_(size) {}

RotatingLog::~RotatingLog() { ::close(fd_); }

base::Result<void> RotatingLog::write(std::string_view line, base::WallTime now) {
  if (size_ > 0 && size_ + line.size() > options_.max_bytes) rotate(now);
  while (!line.empty()) {
    const ssize_t written = ::write(fd_, line.data(), line.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(base::errno_error(errno, "write " + options_.filename));
    size_ += static_cast<std::uint64_t>(written);
    line.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

void RotatingLog::rotate(base::WallTime now) {
  // Two rotations in one millisecond must not overwrite each other's file.
  std::string aside = rotated_name(options_.filename, now);
  for (int later = 1; ::access(aside.c_str(), F_OK) == 0 && later < 1000; ++later) {
    aside = rotated_name(options_.filename, now + std::chrono::milliseconds(later));
  }
  if (::rename(options_.filename.c_str(), aside.c_str()) != 0 && errno != ENOENT) return;
  base::Result<int> fresh = open_for_append(options_.filename);
  if (!fresh) return;  // the old descriptor still leads into the file that was renamed
  ::close(fd_);
  fd_ = *fresh;
  size_ = size_of(fd_);
  purge_rotated(options_.filename, options_.max_age, now);
}

}  // namespace cmd
