// Reads /dev/kmsg record by record and turns the lines that explain a failed connect into words and a status.
#include "nvme/kernel_log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>

#include "base/text.h"
#include "nvme/fabrics.h"
#include "nvme/status.h"

namespace nvme {
namespace {

constexpr std::size_t kRecordMax = 8192;  // kernel/printk/printk.c, CONSOLE_EXT_LOG_MAX
constexpr int kMostRecords = 65536;       // another process may write to the log as fast as we read it
constexpr std::uint16_t kHostPathError = 0x370;
constexpr std::uint16_t kAbortedByHost = 0x371;  // what Linux gives a command that was not answered in time

// These say that something was refused, not what. The others (ECONNREFUSED, ETIMEDOUT…) say it all.
constexpr int kAmbiguous[] = {EIO, EINVAL, ENODEV, EOPNOTSUPP, ENOKEY, EKEYREJECTED};

/// Of a status as Linux prints it.
Status status_of(std::uint16_t printed) {
  return Status::from_completion(static_cast<std::uint16_t>(printed << 1));
}

bool is_about_nvme(std::string_view message) {
  return message.starts_with("nvme") && !message.starts_with("nvmet") && !message.starts_with("nvmem");
}

/// The number after `mark`: decimal or 0x hexadecimal, perhaps negative.
std::optional<std::int64_t> number_after(std::string_view line, std::string_view mark) {
  const std::size_t place = line.find(mark);
  if (place == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(place + mark.size());
  while (rest.starts_with(' ') || rest.starts_with(':') || rest.starts_with('(')) rest.remove_prefix(1);
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  const bool hexadecimal = rest.starts_with("0x");
  if (hexadecimal) rest.remove_prefix(2);
  std::int64_t value = 0;
  std::size_t digits = 0;
  for (; digits < rest.size() && digits < 10; ++digits) {
    const char c = rest[digits];
    int digit = -1;
    if (c >= '0' && c <= '9') digit = c - '0';
    else if (hexadecimal && c >= 'a' && c <= 'f') digit = c - 'a' + 10;
    if (digit < 0) break;
    value = value * (hexadecimal ? 16 : 10) + digit;
  }
  if (digits == 0) return std::nullopt;
  return negative ? -value : value;
}

/// "nvme4" of "nvme nvme4: …"; empty for lines of no controller.
std::string_view device_of(std::string_view line) {
  if (!line.starts_with("nvme nvme")) return {};
  return line.substr(5, line.find(':') - 5);
}

std::string_view without_device(std::string_view line) {
  const std::size_t colon = line.find(": ");
  return colon == std::string_view::npos || colon > 24 ? line : line.substr(colon + 2);
}

/// Every record that can be read now, but a bounded number. errno of the read that ended it: EAGAIN, or 0, at the end.
template <class Visit>
int for_each_record(int device, Visit visit) {
  std::array<char, kRecordMax> buffer;
  for (int count = 0; count < kMostRecords; ++count) {
    const ssize_t length = ::read(device, buffer.data(), buffer.size());
    if (length < 0 && (errno == EPIPE || errno == EINTR))
      continue;  // EPIPE: records were overwritten before we came
    if (length <= 0) return length < 0 ? errno : 0;
    if (const auto record = parse_kernel_record({buffer.data(), static_cast<std::size_t>(length)})) visit(*record);
  }
  return 0;
}

}  // namespace

KernelLog::KernelLog(const std::string& device)
    : device_(::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)) {
  skip_to_end();
}

void KernelLog::skip_to_end() {
  if (device_) ::lseek(device_.get(), 0, SEEK_END);
}

std::vector<std::string> KernelLog::read_lines() {
  std::deque<std::string> lines;
  if (device_) {
    for_each_record(device_.get(), [&](const KernelRecord& record) {
      if (!is_about_nvme(record.message)) return;
      lines.emplace_back(record.message);
      if (lines.size() > kKeptLines) lines.pop_front();
    });
  }
  return {lines.begin(), lines.end()};
}

std::optional<KernelRecord> parse_kernel_record(std::string_view record) {
  const std::size_t semicolon = record.find(';');
  if (semicolon == std::string_view::npos) return std::nullopt;
  const std::string_view prefix = record.substr(0, semicolon);
  const std::size_t first = prefix.find(',');
  if (first == std::string_view::npos) return std::nullopt;
  const std::string_view after = prefix.substr(first + 1);
  const auto sequence = base::parse_int(after.substr(0, after.find(',')), 0, INT64_MAX);
  if (!sequence) return std::nullopt;
  const std::string_view rest = after.substr(std::min(after.size(), after.find(',')));
  const std::string_view time = rest.empty() ? rest : rest.substr(1, rest.find(',', 1) - 1);
  const auto at = base::parse_int(time, 0, INT64_MAX);
  std::string_view message = record.substr(semicolon + 1);
  message = message.substr(0, message.find('\n'));  // what follows are " KEY=value" lines
  return KernelRecord{static_cast<std::uint64_t>(*sequence), std::chrono::microseconds(at.value_or(0)), message};
}

base::Result<std::vector<KernelLine>> read_kernel_log(std::size_t limit, const std::string& device) {
  const FileDescriptor fd(::open(device.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) return base::Failure(base::errno_error(errno, "open " + device));
  std::deque<KernelLine> lines;
  const int ended_by = for_each_record(fd.get(), [&](const KernelRecord& record) {
    if (!record.message.contains("nvme") || record.message.starts_with("nvmet") || record.message.starts_with("nvmem")) return;
    lines.push_back({record.at, std::string(record.message)});
    if (lines.size() > limit) lines.pop_front();
  });
  if (ended_by != 0 && ended_by != EAGAIN) return base::Failure(base::errno_error(ended_by, "read " + device));
  return std::vector<KernelLine>(lines.begin(), lines.end());
}

std::optional<KernelReason> parse_kernel_line(std::string_view line) {
  if (!is_about_nvme(line)) return std::nullopt;
  KernelReason reason;
  reason.words = base::printable(without_device(line), 200);
  const auto has = [&](std::string_view words) { return line.find(words) != std::string_view::npos; };
  const auto with_status = [&](std::int64_t number) {
    if (number > 0 && number <= 0x7fff) reason.status = static_cast<std::uint16_t>(number);
    if (number < 0 && number >= -4095) reason.error_number = static_cast<int>(-number);  // MAX_ERRNO
    return reason;
  };
  // drivers/nvme/host/fabrics.c, nvmf_log_connect_error: words without a number, for five statuses.
  if (has("is not allowed, hostnqn")) return with_status(kConnectInvalidHost);
  if (has("Connect Invalid")) return with_status(kConnectInvalidParameters);
  if (has("incompatible format")) return with_status(0x180);
  if (has("controller is busy or not available")) return with_status(kConnectBusy);
  if (has("authentication required")) return with_status(kAuthenticationRequired);
  if (has("host path error")) return with_status(kHostPathError);
  // Lines with a status, or with a negative errno, which is no status.
  for (const std::string_view mark :
       {"ret=", "rejected: status", "error wo/DNR bit:", "Connect Failed",
        "Connect command failed, errno:", "Identify Controller failed", "Reading CAP failed",
        "Property Get error:", "Property Set error:", "failed to connect queue: ",
        "failed to connect socket:", "failed to bind queue 0 socket", "Authentication failed"})
    if (const std::optional<std::int64_t> number = number_after(line, mark)) return with_status(*number);
  // drivers/nvme/host/{fabrics,tcp}.c: why a request was refused (EINVAL), without any number.
  for (const std::string_view words :
       {"found same host", "unknown parameter or missing value", "no handler found", "invalid parameter",
        "missing parameter", "missing transport", "malformed", "timeout", "bad ", "bogus", "not supported",
        "rejected", "failed", "Invalid", "invalid", "Mismatching", "Duplicate cntlid", "cannot",
        "no valid PSK"})
    if (has(words)) return reason;
  return std::nullopt;
}

base::Error explain(base::Error error, std::span<const std::string> lines, std::string_view subnqn) {
  if (std::ranges::find(kAmbiguous, error.code) == std::end(kAmbiguous)) return error;
  // Controllers that reconnect at the same time speak too, of themselves.
  std::set<std::string_view> others;
  for (const std::string_view line : lines)
    if (line.contains("econnect")) others.insert(device_of(line));
  others.erase("");

  // A line with a status says most, then one that names the subsystem; among equals the first, since what
  // follows tells of consequences.
  std::vector<KernelReason> reasons;
  const KernelReason* best = nullptr;
  int best_rank = 0;
  reasons.reserve(lines.size());
  std::uint16_t bits = 0;
  for (const std::string_view line : lines) {
    if (others.contains(device_of(line))) continue;
    std::optional<KernelReason> reason = parse_kernel_line(line);
    if (!reason || (reason->error_number && *reason->error_number != error.code)) continue;
    const int rank = 1 + (!subnqn.empty() && line.contains(subnqn) ? 1 : 0) + (reason->status ? 2 : 0);
    reasons.push_back(std::move(*reason));
    if (rank > best_rank) {
      best_rank = rank;
      best = &reasons.back();
    }
  }
  if (best == nullptr) return error;
  // "Connect … is not allowed" has no number; the "ret=16772" after it has, with DNR.
  if (best->status)
    for (const KernelReason& reason : reasons)
      if (reason.status && status_of(*reason.status).code() == status_of(*best->status).code())
        bits |= *reason.status;

  // The line says what the errno's general words only guess at.
  if (const std::size_t words = error.message.rfind(fabrics_error(error.code).message);
      words != std::string::npos)
    error.message.resize(words);
  error.message += base::errno_name(error.code) + ", in the kernel log: " + best->words;
  if (bits == 0) return error;
  const Status status = status_of(bits);
  const base::Error meaning = status_error("", status);
  error.message += ": " + to_string(status);
  error.kind = status.code() == kAbortedByHost ? base::ErrorKind::kTimeout : meaning.kind;
  error.code = meaning.code;
  error.permanent = meaning.permanent;
  return error;
}

}  // namespace nvme
