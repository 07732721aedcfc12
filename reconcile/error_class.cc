// NVMe statuses of a Connect have SCT 1 or 3: their words are above 255, every errno is below 134.
#include "reconcile/error_class.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "nvme/status.h"

namespace reconcile {

namespace {

using base::ErrorKind;

constexpr int kHighestErrno = 255;
constexpr std::string_view kOther = "other";

/// What connects, sockets and files are known to end with.
constexpr std::array kErrnos = std::to_array<std::pair<int, std::string_view>>({
    {EPERM, "EPERM"},           {ENOENT, "ENOENT"},           {EINTR, "EINTR"},
    {EIO, "EIO"},               {ENXIO, "ENXIO"},             {EAGAIN, "EAGAIN"},
    {ENOMEM, "ENOMEM"},         {EACCES, "EACCES"},           {EBUSY, "EBUSY"},
    {EEXIST, "EEXIST"},         {ENODEV, "ENODEV"},           {EINVAL, "EINVAL"},
    {ENFILE, "ENFILE"},         {EMFILE, "EMFILE"},           {EPIPE, "EPIPE"},
    {ENOSYS, "ENOSYS"},         {ENOKEY, "ENOKEY"},           {EPROTO, "EPROTO"},
    {EBADMSG, "EBADMSG"},       {EOVERFLOW, "EOVERFLOW"},     {EOPNOTSUPP, "EOPNOTSUPP"},
    {EAFNOSUPPORT, "EAFNOSUPPORT"}, {EADDRINUSE, "EADDRINUSE"}, {EADDRNOTAVAIL, "EADDRNOTAVAIL"},
    {ENETDOWN, "ENETDOWN"},     {ENETUNREACH, "ENETUNREACH"}, {ENETRESET, "ENETRESET"},
    {ECONNABORTED, "ECONNABORTED"}, {ECONNRESET, "ECONNRESET"}, {ENOBUFS, "ENOBUFS"},
    {ENOTCONN, "ENOTCONN"},     {ETIMEDOUT, "ETIMEDOUT"},     {ECONNREFUSED, "ECONNREFUSED"},
    {EHOSTDOWN, "EHOSTDOWN"},   {EHOSTUNREACH, "EHOSTUNREACH"}, {EALREADY, "EALREADY"},
    {ECANCELED, "ECANCELED"},   {EKEYREJECTED, "EKEYREJECTED"},
});

constexpr auto kLastKind = ErrorKind::kCancelled;

}  // namespace

std::string_view error_class(const base::Error& error) {
  if (error.kind == ErrorKind::kStatus || error.code > kHighestErrno) {
    const auto word = static_cast<std::uint16_t>(error.code);
    const std::string_view name = nvme::status_name(nvme::Status::from_completion(static_cast<std::uint16_t>(word << 1)));
    return name.empty() ? kOther : name;
  }
  if (error.code == 0) return to_string(error.kind);
  const auto known = std::ranges::find(kErrnos, error.code, &std::pair<int, std::string_view>::first);
  return known == kErrnos.end() ? kOther : known->second;
}

std::vector<std::string_view> error_classes() {
  std::vector<std::string_view> out;
  for (const auto& [number, name] : kErrnos) out.push_back(name);
  for (const std::string_view name : nvme::status_names()) out.push_back(name);
  for (int kind = 0; kind <= static_cast<int>(kLastKind); ++kind) out.push_back(to_string(static_cast<ErrorKind>(kind)));
  out.push_back(kOther);
  return out;
}

}  // namespace reconcile
