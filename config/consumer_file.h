// Files that consumers put into discovery.d by command: add-hostnqn and remove-hostnqn as values and two file
// operations. Refuses every name that could touch anything but one file right inside the directory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/endpoint_spec.h"
#include "config/host_port.h"

namespace config {

/// Prefix of temporary files; the agent never reads such names (SEED_README, Configuration Directory).
inline constexpr std::string_view kReservedPrefix = "tmp.dc.";

/// kInvalid, with the reason, unless `name` is a proper file name inside a directory: not empty, no '/', no control
/// byte, not "." or "..", no leading '.' (never read), no reserved prefix, at most 255 bytes (NAME_MAX).
base::Result<void> check_file_name(std::string_view name);

/// Whether a word means the same to every reader of the file without quotes: no leading '-' (an option), no '#' (a
/// comment, for the seed anywhere in a line).
bool stands_unquoted(std::string_view word);

/// "h1:p1,h2:p2", IPv6 as "[v6]:p"; a missing port is `default_port`. Repeated addresses count once. kInvalid names
/// the first bad one.
base::Result<std::vector<HostPort>> parse_address_list(std::string_view text, std::uint16_t default_port);

/// What add-hostnqn is asked for, as text from flags.
struct ConsumerRequest {
  std::string name{};
  std::vector<std::string> addresses{};  ///< each may itself be a list with commas
  std::string hostnqn{};
  std::string hostid{};                  ///< empty: none
  std::string subsysnqn{};
  std::string transport{"tcp"};
};

/// The request as endpoints, every part checked; kInvalid says which flag is wrong, kUnsupported a transport but tcp.
base::Result<std::vector<EndpointSpec>> parse_consumer_request(const ConsumerRequest& request);

/// `-t tcp -a <host> -s <port> [-w …] [-f …] [-q …] [-I …] [-n …]`, as this agent, the seed and nvme-cli read it.
/// Options that only this agent and nvme-cli know are left out: none of our writers sets them.
std::string endpoint_line(const EndpointSpec& endpoint);
/// One line an endpoint, each with its line end.
std::string endpoint_lines(std::span<const EndpointSpec> endpoints);

/// `directory`/`name` without doubled slashes; the one place where such a path is put together.
std::string path_in(const std::string& directory, std::string_view name);

/// Checks the name, makes the directory if need be, writes the file atomically (mode 0644). The path written. A
/// symbolic link of that name is replaced, never followed.
base::Result<std::string> write_consumer_file(const std::string& directory, std::string_view name, std::string_view text);

/// Removes one file (a symbolic link: the link). The path removed; kNotFound where there is none, kInvalid for a
/// directory.
base::Result<std::string> remove_consumer_file(const std::string& directory, std::string_view name);

}  // namespace config
