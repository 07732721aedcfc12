// Names are checked before any path is made of them; writing and removing never follow a link, since rename(2) and
// unlink(2) act on the directory entry itself.
#include "config/consumer_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/text.h"

namespace config {
namespace {

using base::ErrorKind;
using base::fail;

constexpr std::size_t kNameMax = 255;  // NAME_MAX of every Linux file system that matters

base::Result<nvme::Nqn> parse_nqn_flag(const std::string& text, std::string_view flag) {
  if (text.empty()) return fail(ErrorKind::kInvalid, std::string(flag) + " must be set");
  if (!stands_unquoted(text)) {
    return fail(ErrorKind::kInvalid, std::string(flag) + ": '" + base::printable(text) +
                                         "' begins with '-' or holds '#': it could not be read back from the file");
  }
  base::Result<nvme::Nqn> nqn = nvme::Nqn::parse(text);
  if (!nqn) return std::unexpected(nqn.error().with_context(flag));
  return nqn;
}

base::Result<void> sync_directory(const std::string& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return std::unexpected(base::errno_error(errno, "open " + directory));
  const int failed = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (failed != 0) return std::unexpected(base::errno_error(failed, "fsync " + directory));
  return {};
}

}  // namespace

base::Result<void> check_file_name(std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorKind::kInvalid, "file name '" + base::printable(name) + "': " + std::string(why));
  };
  if (name.empty()) return fail(ErrorKind::kInvalid, "the file name is empty");
  if (name.contains('/')) return refuse("holds '/'; a name inside the directory is needed");
  if (name.starts_with('.')) return refuse("begins with '.', and such files are never read");
  if (name.starts_with(kReservedPrefix)) return refuse("begins with 'tmp.dc.', which is reserved for temporary files");
  if (name.size() > kNameMax) return refuse("is longer than 255 bytes");
  const bool control = std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (control) return refuse("holds a control byte");
  return {};
}

bool stands_unquoted(std::string_view word) { return !word.starts_with('-') && !word.contains('#'); }

base::Result<std::vector<HostPort>> parse_address_list(std::string_view text, std::uint16_t default_port) {
  std::vector<HostPort> list;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    base::Result<HostPort> one = parse_host_port(base::trim(text.substr(start, comma - start)));
    if (!one) return std::unexpected(one.error());
    if (!one->port) one->port = default_port;
    if (std::ranges::find(list, *one) == list.end()) list.push_back(*std::move(one));
    start = comma + 1;
  }
  return list;
}

base::Result<std::vector<EndpointSpec>> parse_consumer_request(const ConsumerRequest& request) {
  base::Result<void> name = check_file_name(request.name);
  if (!name) return std::unexpected(name.error().with_context("--name"));
  if (request.transport != "tcp") {
    return fail(ErrorKind::kUnsupported, "--transport: '" + base::printable(request.transport) + "' is not tcp");
  }
  base::Result<nvme::Nqn> hostnqn = parse_nqn_flag(request.hostnqn, "--hostnqn (-q)");
  if (!hostnqn) return std::unexpected(hostnqn.error());
  base::Result<nvme::Nqn> group = parse_nqn_flag(request.subsysnqn, "--nqn (-n)");
  if (!group) return std::unexpected(group.error());
  std::optional<nvme::HostId> hostid;
  if (!request.hostid.empty()) {
    base::Result<nvme::HostId> parsed = nvme::HostId::parse(request.hostid);
    if (!parsed) return std::unexpected(parsed.error().with_context("--hostid (-I)"));
    hostid = *parsed;
  }
  if (request.addresses.empty()) return fail(ErrorKind::kInvalid, "--addresses (-a) must be set");
  std::vector<EndpointSpec> endpoints;
  for (const std::string& text : request.addresses) {
    base::Result<std::vector<HostPort>> list = parse_address_list(text, nvme::kDiscoveryPort);
    if (!list) return std::unexpected(list.error().with_context("--addresses (-a)"));
    for (const HostPort& address : *list) {
      EndpointSpec endpoint{.host = address.host,
                            .address = address.address,
                            .trsvcid = address.port.value_or(nvme::kDiscoveryPort),
                            .hostnqn = *hostnqn,
                            .hostid = hostid,
                            .group = group->str()};
      const bool known = std::ranges::any_of(
          endpoints, [&](const EndpointSpec& e) { return e.host == endpoint.host && e.trsvcid == endpoint.trsvcid; });
      if (!known) endpoints.push_back(std::move(endpoint));
    }
  }
  return endpoints;
}

std::string endpoint_line(const EndpointSpec& endpoint) {
  std::string line = "-t tcp -a " + endpoint.host + " -s " + std::to_string(endpoint.trsvcid);
  if (endpoint.host_traddr) line += " -w " + nvme::to_string(*endpoint.host_traddr);
  if (!endpoint.host_iface.empty()) line += " -f " + endpoint.host_iface;
  if (endpoint.hostnqn) line += " -q " + endpoint.hostnqn->str();
  if (endpoint.hostid) line += " -I " + nvme::to_string(*endpoint.hostid);
  if (!endpoint.group.empty()) line += " -n " + endpoint.group;
  return line;
}

std::string endpoint_lines(std::span<const EndpointSpec> endpoints) {
  std::string text;
  for (const EndpointSpec& endpoint : endpoints) text += endpoint_line(endpoint) + '\n';
  return text;
}

std::string path_in(const std::string& directory, std::string_view name) {
  std::string path = directory.empty() ? "." : directory;
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  if (path != "/") path += '/';
  return path.append(name);
}

base::Result<std::string> write_consumer_file(const std::string& directory, std::string_view name,
                                              std::string_view text) {
  base::Result<void> checked = check_file_name(name);
  if (!checked) return std::unexpected(checked.error());
  base::Result<void> made = base::make_directories(directory, 0755);
  if (!made) return std::unexpected(made.error());
  std::string path = path_in(directory, name);
  base::Result<void> written = base::write_file_atomic(path, text, 0644);
  if (!written) return std::unexpected(written.error());
  return path;
}

base::Result<std::string> remove_consumer_file(const std::string& directory, std::string_view name) {
  base::Result<void> checked = check_file_name(name);
  if (!checked) return std::unexpected(checked.error());
  std::string path = path_in(directory, name);
  struct stat entry{};
  if (::lstat(path.c_str(), &entry) != 0) return std::unexpected(base::errno_error(errno, "look at " + path));
  if (S_ISDIR(entry.st_mode)) return fail(ErrorKind::kInvalid, path + " is a directory; only files are removed");
  if (::unlink(path.c_str()) != 0) return std::unexpected(base::errno_error(errno, "remove " + path));
  base::Result<void> synced = sync_directory(path_in(directory, ""));
  if (!synced) return std::unexpected(synced.error());
  return path;
}

}  // namespace config
