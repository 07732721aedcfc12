// Errors as values: names of kinds and errnos, and which errno means which kind. Decides nothing about retries beyond
// Error::retryable().
#include "base/error.h"

#include <cerrno>
#include <cstring>

namespace base {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kDenied: return "denied";
    case ErrorKind::kRefused: return "refused";
    case ErrorKind::kUnreachable: return "unreachable";
    case ErrorKind::kTimeout: return "timeout";
    case ErrorKind::kClosed: return "closed";
    case ErrorKind::kProtocol: return "protocol";
    case ErrorKind::kStatus: return "status";
    case ErrorKind::kExists: return "exists";
    case ErrorKind::kNotFound: return "not-found";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kBusy: return "busy";
    case ErrorKind::kIo: return "io";
    case ErrorKind::kCancelled: return "cancelled";
  }
  return "unknown";
}

bool Error::retryable() const {
  if (permanent) return false;
  return kind != ErrorKind::kInvalid && kind != ErrorKind::kDenied && kind != ErrorKind::kUnsupported;
}

Error Error::with_context(std::string_view context) const& { return Error(*this).with_context(context); }

Error Error::with_context(std::string_view context) && {
  message.insert(0, std::string(context) + ": ");
  return std::move(*this);
}

Failure fail(ErrorKind kind, std::string message, int code, bool permanent) {
  return Failure(Error{.kind = kind, .message = std::move(message), .code = code, .permanent = permanent});
}

namespace {

ErrorKind kind_of_errno(int errno_value) {
  switch (errno_value) {
    case EINVAL:
    case ENAMETOOLONG:
    case EISDIR:
    case ELOOP: return ErrorKind::kInvalid;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorKind::kDenied;
    case ECONNREFUSED: return ErrorKind::kRefused;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENONET:
    case EADDRNOTAVAIL: return ErrorKind::kUnreachable;
    case ETIMEDOUT:
    case ETIME: return ErrorKind::kTimeout;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
    case ENETRESET: return ErrorKind::kClosed;
    case EPROTO:
    case EBADMSG: return ErrorKind::kProtocol;
    case EALREADY:
    case EEXIST:
    case EADDRINUSE: return ErrorKind::kExists;
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ENOTDIR: return ErrorKind::kNotFound;
    case EOPNOTSUPP:
    case ENOSYS:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
    case ENOPROTOOPT: return ErrorKind::kUnsupported;
    case EBUSY:
    case EAGAIN:
    case EINTR:
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM: return ErrorKind::kBusy;
    case ECANCELED: return ErrorKind::kCancelled;
    default: return ErrorKind::kIo;
  }
}

}  // namespace

std::string errno_name(int errno_value) {
  if (const char* name = ::strerrorname_np(errno_value); name != nullptr && errno_value != 0) return name;
  return "errno " + std::to_string(errno_value);
}

Error errno_error(int errno_value, std::string_view what) {
  std::string message(what);
  if (const char* text = ::strerrordesc_np(errno_value); text != nullptr) message.append(": ").append(text);
  message.append(" (").append(errno_name(errno_value)).append(")");
  return Error{.kind = kind_of_errno(errno_value), .message = std::move(message), .code = errno_value};
}

}  // namespace base
