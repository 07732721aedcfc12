// What the kernel said of its NVMe controllers while we waited: /dev/kmsg, read only, without blocking. The
// errno of a connect says "EIO"; only the kernel log says which status the target gave. A hint for people and
// for holds: another controller may have spoken at the same time. Without the right to read it the feature is
// off, silently.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "nvme/file_descriptor.h"

namespace nvme {

class KernelLog {
 public:
  /// From the end of the log on. Use from one thread only (the fabrics worker's).
  explicit KernelLog(const std::string& device = "/dev/kmsg");
  bool available() const { return static_cast<bool>(device_); }

  /// Forgets what has been said so far; one system call, so that connects that go well pay for no reading.
  void skip_to_end();
  /// The messages about NVMe since then (or since the last call), oldest first; the newest kKeptLines.
  std::vector<std::string> read_lines();

  static constexpr std::size_t kKeptLines = 256;  ///< a failed connect says about 5 lines

 private:
  FileDescriptor device_{};
};

/// One record of /dev/kmsg ("6,1234,5678,-;message\n KEY=value\n"): number and message; nothing for other
/// text.
struct KernelRecord {
  std::uint64_t sequence{0};
  std::chrono::microseconds at{};  ///< since boot, the kernel's monotonic clock
  std::string_view message{};
};
std::optional<KernelRecord> parse_kernel_record(std::string_view record);

/// One message that names NVMe, whoever wrote it: the driver, the block layer, a file system on nvme0n1.
struct KernelLine {
  std::chrono::microseconds at{};  ///< since boot
  std::string text{};              ///< as the kernel wrote it
  friend bool operator==(const KernelLine&, const KernelLine&) = default;
};
/// What the log still holds of these, oldest first, the newest `limit`. Errors are open's: kDenied without the right to
/// read it, kNotFound where there is none. For commands; blocks for a few milliseconds.
base::Result<std::vector<KernelLine>> read_kernel_log(std::size_t limit, const std::string& device = "/dev/kmsg");

/// Why a connect failed, as far as a line tells.
struct KernelReason {
  std::string words{};                    ///< the line, printable, without "nvme nvme3: "
  std::optional<std::uint16_t> status{};  ///< NVMe status as Linux prints it: SC, SCT << 8, DNR 0x4000
  std::optional<int> error_number{};      ///< errno of the kernel's own step, positive
};
/// Nothing for lines that explain no failed connect.
std::optional<KernelReason> parse_kernel_line(std::string_view line);

/// `error`, of a connect to `subnqn`, with the reason that the lines give (those since before the
/// write). An NVMe status makes it kStatus (kDenied where the host is not allowed or must authenticate,
/// kTimeout for no answer), with the status as code, `permanent` where it says DNR. Errors whose errno says
/// it all stay as they are.
base::Error explain(base::Error error, std::span<const std::string> lines, std::string_view subnqn);

}  // namespace nvme
