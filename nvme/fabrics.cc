// The device itself: read the option table, write one option string, read the instance it made; and what each
// errno of that write means, in words. Retries nothing.
#include "nvme/fabrics.h"

#include <array>
#include <cerrno>

#include "base/text.h"
#include "nvme/device_name.h"
#include "nvme/file_descriptor.h"

namespace nvme {
namespace {

using base::ErrorKind;
using base::fail;

struct Meaning {
  int number;
  ErrorKind kind;
  std::string_view words;
};

// Linux 6.1 and 6.12: drivers/nvme/host/{fabrics,tcp,core,auth}.c.
constexpr Meaning kMeanings[] = {
    {EALREADY, ErrorKind::kExists, "the kernel has this controller already, in whatever state"},
    {EINVAL, ErrorKind::kInvalid,
     "the kernel refused an option, the host NQN and host ID don't belong together, the target broke the "
     "protocol, or "
     "(6.1) it closed the connection before ICResp; the kernel log says which"},
    {EIO, ErrorKind::kIo,
     "the target answered with an NVMe error (host not allowed, unknown subsystem, authentication needed) or "
     "did not "
     "answer a command; the kernel log says which"},
    {ECONNREFUSED, ErrorKind::kRefused, "nobody listens there"},
    {EHOSTUNREACH, ErrorKind::kUnreachable, "no route to the host, or it does not answer ARP"},
    {ENETUNREACH, ErrorKind::kUnreachable, "no route to the network"},
    {ENETDOWN, ErrorKind::kUnreachable, "the network interface is down"},
    {EHOSTDOWN, ErrorKind::kUnreachable, "the host is down"},
    {EADDRNOTAVAIL, ErrorKind::kUnreachable, "host_traddr is no address of this host, or no port is left"},
    {ETIMEDOUT, ErrorKind::kTimeout, "no answer to the TCP connect (two tries, 3 s)"},
    {EAGAIN, ErrorKind::kTimeout, "TCP connected, but no ICResp within 10 s"},
    {ECONNRESET, ErrorKind::kClosed, "the target closed the connection"},
    {ECONNABORTED, ErrorKind::kClosed, "the connection was aborted"},
    {EPIPE, ErrorKind::kClosed, "the target closed the connection while we were sending"},
    {ENODEV, ErrorKind::kNotFound,
     "host_iface is no interface of this host, or the controller never became ready (CSTS.RDY)"},
    {EADDRINUSE, ErrorKind::kBusy, "no local port is left for this source address"},
    {EOPNOTSUPP, ErrorKind::kUnsupported,
     "the controller or this kernel lacks something needed (SGLs, ICDOFF 0, TLS, secure concatenation)"},
    {EBUSY, ErrorKind::kBusy, "the module nvme-tcp is being unloaded"},
    {ENOMEM, ErrorKind::kBusy, "out of memory, or the target granted no I/O queue"},
    {ENOKEY, ErrorKind::kDenied, "the key for authentication or TLS is missing"},
    {EKEYREJECTED, ErrorKind::kDenied, "authentication failed, or the secret is damaged"},
    {EKEYREVOKED, ErrorKind::kDenied, "the TLS key was revoked"},
    {EKEYEXPIRED, ErrorKind::kDenied, "the TLS key has expired"},
    {EACCES, ErrorKind::kDenied, "not allowed (a security module or a missing capability)"},
    {EPERM, ErrorKind::kDenied, "not allowed (a security module or a missing capability)"},
    {EPROTO, ErrorKind::kProtocol, "the target sent a malformed PDU"},
    {EBADMSG, ErrorKind::kProtocol, "the target sent a malformed TLS record"},
    {ENOTCONN, ErrorKind::kProtocol, "the target sent something other than data before ICResp"},
    {EINTR, ErrorKind::kIo, "interrupted; the connect may have been undone, sysfs knows"},
};

base::Error open_error(const std::string& device, int number) {
  switch (number) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return {ErrorKind::kNotFound,
              "open " + device + ": no such device: the kernel module nvme-tcp, which brings nvme-fabrics, is not loaded", number};
    case EACCES:
    case EPERM:
      return {ErrorKind::kDenied,
              "open " + device + ": " + base::errno_name(number) +
                  ": needs root (in a container also the device itself)",
              number};
    default:
      return base::errno_error(number, "open " + device);
  }
}

/// Everything up to the end of file, at most `limit` bytes; the errno otherwise.
std::expected<std::string, int> read_all(int fd, std::size_t limit) {
  std::string text;
  std::array<char, 4096> buffer;
  while (text.size() < limit) {
    const ssize_t length = ::read(fd, buffer.data(), buffer.size());
    if (length < 0) return std::unexpected(errno);
    if (length == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
  return text;
}

constexpr std::size_t kAnswerLimit = 16384;  // 6.12's option list has 500 bytes

}  // namespace

base::Error fabrics_error(int errno_value) {
  for (const Meaning& meaning : kMeanings)
    if (meaning.number == errno_value)
      return {meaning.kind, base::errno_name(errno_value) + ": " + std::string(meaning.words), errno_value};
  return {ErrorKind::kIo, base::errno_name(errno_value), errno_value};
}

base::Result<ConnectedController> parse_connect_answer(std::string_view text) {
  ConnectedController made;
  bool has_cntlid = false;
  std::string_view rest = base::trim(text);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view pair = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (pair.starts_with("instance=")) {
      if (const auto instance = base::parse_int(pair.substr(9), 0, kHighestInstance))
        made.instance = static_cast<int>(*instance);
    } else if (pair.starts_with("cntlid=")) {
      if (const auto cntlid = base::parse_int(pair.substr(7), 0, 0xffff)) {
        made.cntlid = static_cast<std::uint16_t>(*cntlid);
        has_cntlid = true;
      }
    }
  }
  if (made.instance >= 0 && has_cntlid) return made;
  return fail(ErrorKind::kProtocol,
              "nvme-fabrics answered '" + base::printable(text, 80) + "' where instance and cntlid belong");
}

base::Result<FabricsFeatures> Fabrics::features() const {
  const FileDescriptor device(::open(device_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!device) return std::unexpected(open_error(device_, errno));
  std::expected<std::string, int> text = read_all(device.get(), kAnswerLimit);
  if (text) return FabricsFeatures::parse(*text);
  if (text.error() == EINVAL) return FabricsFeatures::oldest();  // a kernel that can't be asked
  return std::unexpected(base::errno_error(text.error(), "read " + device_));
}

base::Result<ConnectedController> Fabrics::write(std::string_view option_text) const {
  if (option_text.empty() || option_text.size() > kOptionStringMax)
    return fail(ErrorKind::kInvalid,
                "an option string has 1 to " + std::to_string(kOptionStringMax) + " bytes");
  const FileDescriptor device(::open(device_.c_str(), O_RDWR | O_CLOEXEC));
  if (!device) return std::unexpected(open_error(device_, errno));
  const ssize_t written = ::write(device.get(), option_text.data(), option_text.size());
  if (written < 0) return std::unexpected(fabrics_error(errno));
  if (static_cast<std::size_t>(written) != option_text.size())
    return fail(ErrorKind::kIo, device_ + " took only a part of the options");
  std::array<char, 128> buffer;
  const ssize_t length = ::read(device.get(), buffer.data(), buffer.size());
  if (length < 0)
    return std::unexpected(
        base::errno_error(errno, "connected, but " + device_ + " does not say which instance: read"));
  return parse_connect_answer({buffer.data(), static_cast<std::size_t>(length)});
}

base::Result<ConnectedController> Fabrics::connect(const ConnectOptions& options,
                                                   const FabricsFeatures& features) const {
  const std::string context = "connect " + to_string(options.path);
  base::Result<OptionString> text = option_string(options, features);
  if (!text) return std::unexpected(std::move(text.error()).with_context(context));
  base::Result<ConnectedController> made = write(text->text);
  if (!made) return std::unexpected(std::move(made.error()).with_context(context));
  return made;
}

base::Result<void> delete_controller(const std::string& sysfs_root, const std::string& device) {
  if (!controller_instance(device))
    return fail(ErrorKind::kInvalid, "'" + base::printable(device, 32) + "' is no controller");
  const std::string path = sysfs_root + "/class/nvme/" + device + "/delete_controller";
  const std::string what = "delete " + device;
  const auto failed = [&](int number) -> base::Failure {
    if (number == ENOENT || number == ENODEV)
      return fail(ErrorKind::kNotFound, what + ": it is gone already", number);
    if (number == EBUSY) return fail(ErrorKind::kBusy, what + ": EBUSY: it has never been live yet", number);
    return std::unexpected(base::errno_error(number, what));
  };
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file) return failed(errno);
  if (::write(file.get(), "1", 1) < 0) return failed(errno);
  return {};
}

}  // namespace nvme
