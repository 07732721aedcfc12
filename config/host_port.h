// "Host and perhaps port" as people write it: 10.0.0.1, 10.0.0.1:8009, fd00::1, [fd00::1%eth0]:8009,
// node7.example:8009. Resolves nothing; a name is only checked for its syntax.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "nvme/address.h"

namespace config {

struct HostPort {
  std::string host{};  ///< numeric address in canonical form, or a host name in lower case
  std::optional<nvme::IpAddress> address{};  ///< set when `host` is numeric
  std::optional<std::uint16_t> port{};
  friend bool operator==(const HostPort&, const HostPort&) = default;
};

/// kInvalid says what is wrong and shows the text. An IPv6 address needs brackets only in front of a port.
base::Result<HostPort> parse_host_port(std::string_view text);

/// RFC 1123, 2.1: labels of 1 to 63 letters, digits and inner hyphens, 253 bytes in all, one trailing dot
/// allowed. False where the last label is a number: that is a mistyped IPv4 address, and resolvers guess
/// about those.
bool is_host_name(std::string_view text);

}  // namespace config
