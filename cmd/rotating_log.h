// A log file that is renamed aside when it is full and whose old parts are really deleted after an age (B35). Names as
// the seed's logger made them, so that what the seed left behind is purged too. Asks no clock; not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace cmd {

struct RotatingLogOptions {
  std::string filename{};                        ///< the file that is written now
  std::uint64_t max_bytes{100ULL << 20};         ///< a write that would pass this rotates first (0: 100 MB, as the seed)
  base::Duration max_age{std::chrono::hours{96}};///< rotated files older than this go; 0: none does
};

/// "/var/log/a.log" rotated at 2026-01-02 03:04:05.678 UTC: "/var/log/a-2026-01-02T03-04-05.678.log".
std::string rotated_name(const std::string& filename, base::WallTime at);

/// When the file of this name (without its folder) was rotated aside from `filename`; nothing for any other file. The
/// age is that of the name, not of the file: copying and touching don't make a log younger. ".gz" behind it is fine.
std::optional<base::WallTime> rotated_at(const std::string& filename, std::string_view candidate);

/// Deletes rotated files of `filename` (none: nothing) older than `max_age`; how many. Errors leave the file for the next
/// time. RotatingLog asks when it opens and rotates; a quiet agent writes nothing, so it asks by itself now and then.
int purge_rotated(const std::string& filename, base::Duration max_age, base::WallTime now);

class RotatingLog {
 public:
  /// Opens for appending (made with mode 0640, folders with 0755) and purges. Errors name the file.
  static base::Result<std::unique_ptr<RotatingLog>> open(RotatingLogOptions options, base::WallTime now);
  ~RotatingLog();
  RotatingLog(const RotatingLog&) = delete;
  RotatingLog& operator=(const RotatingLog&) = delete;

  /// Appends `line` as it is (with its line end), rotating before it where needed; a line longer than a whole file
  /// gets one of its own. Purges after each rotation. Where the rename fails, it goes on in the old file.
  base::Result<void> write(std::string_view line, base::WallTime now);

 private:
  RotatingLog(RotatingLogOptions options, int fd, std::uint64_t size);
  void rotate(base::WallTime now);

  RotatingLogOptions options_;
  int fd_;
  std::uint64_t size_;
};

}  // namespace cmd
