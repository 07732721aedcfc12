// Failing is a value: what went wrong, of which kind, in words for a person.
// Knows no NVMe, no YAML; the rooms above add their context once per layer.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace base {

/// The closed list of failures that callers (and metrics) tell apart.
enum class ErrorKind : std::uint8_t {
  kInvalid,      ///< the request itself is wrong; the same request fails for ever (EINVAL, bad syntax)
  kDenied,       ///< understood and not allowed (EACCES, host not in an allow list, authentication needed)
  kRefused,      ///< the peer's machine answered, nobody listens (ECONNREFUSED)
  kUnreachable,  ///< no route, network or host down, source address not local
  kTimeout,      ///< no answer within the deadline
  kClosed,       ///< the peer ended the connection
  kProtocol,     ///< the peer broke the protocol: lengths, order, digests
  kStatus,       ///< the peer answered with an error status; `code` holds it
  kExists,       ///< already there (EALREADY, EEXIST)
  kNotFound,     ///< not there (ENOENT, ENODEV, name does not resolve)
  kUnsupported,  ///< this kernel, build or peer lacks it
  kBusy,         ///< held by somebody else, or out of slots; try later
  kIo,           ///< any other system error; `code` is errno
  kCancelled,    ///< we ended it ourselves
};
std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind{ErrorKind::kIo};
  std::string message{};   ///< for a person: what, where, what to do. Never holds a secret.
  int code{0};             ///< errno, or for kStatus the peer's status word; 0: none
  bool permanent{false};   ///< the peer said that repeating the same request can't help (NVMe: DNR)

  /// False for what only new input can mend (kInvalid, kDenied, kUnsupported, or `permanent`).
  bool retryable() const;
  /// The same error with "`context`: " in front.
  Error with_context(std::string_view context) const&;
  Error with_context(std::string_view context) &&;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;
using Failure = std::unexpected<Error>;

/// `return fail(ErrorKind::kInvalid, "…");`
[[nodiscard]] Failure fail(ErrorKind kind, std::string message, int code = 0, bool permanent = false);

/// An Error from an errno value; `what` names the operation and its object ("open /dev/nvme-fabrics").
[[nodiscard]] Error errno_error(int errno_value, std::string_view what);
/// The symbolic name of an errno ("ECONNREFUSED"), or "errno 4711" for one we don't list.
std::string errno_name(int errno_value);

}  // namespace base
