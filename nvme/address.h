// Addresses that compare as addresses, not as text, and print in the one form that the kernel gets.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"

namespace nvme {

/// Discovery's own port (IANA); also the kernel's default for any NQN.
inline constexpr std::uint16_t kDiscoveryPort = 8009;

/// A numeric IPv4 or IPv6 address, IPv6 with an optional zone ("fe80::1%eth0"). IPv4-mapped IPv6 becomes IPv4:
/// the kernel compares spellings, so two spellings would make two controllers.
class IpAddress {
 public:
  /// kInvalid for host names, empty text, a zone on anything but a link-local address, or a zone name that is no
  /// interface name (see is_interface_name).
  static base::Result<IpAddress> parse(std::string_view text);
  static IpAddress v4(std::array<std::uint8_t, 4> bytes);
  /// `zone`: an interface name; none is longer than 15 bytes, what is gets cut.
  static IpAddress v6(std::array<std::uint8_t, 16> bytes, std::string_view zone = {});

  bool is_v6() const { return v6_; }
  bool is_unspecified() const;
  bool is_loopback() const;
  /// 4 or 16 significant bytes at the front, network order.
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string_view zone() const { return {zone_.data(), std::string_view(zone_.data(), zone_.size()).find_last_not_of('\0') + 1}; }

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  bool v6_{false};
  std::array<std::uint8_t, 16> bytes_{};
  std::array<char, 16> zone_{};  ///< NUL-padded (IFNAMSIZ); in place, since there are thousands of addresses
};
/// inet_ntop's form, with "%zone" where there is one.
std::string to_string(const IpAddress& address);

/// A decimal port 1..65535; kInvalid says what is wrong.
base::Result<std::uint16_t> parse_port(std::string_view text);
/// An interface name: 1 to 15 bytes of printable ASCII without '/', ',', ':', quotes or white space; not "." or "..".
bool is_interface_name(std::string_view text);

/// Where a controller listens and from where we go there. Transport is always TCP: nothing else is this agent's.
struct TransportId {
  IpAddress traddr{};
  std::uint16_t trsvcid{kDiscoveryPort};
  std::optional<IpAddress> host_traddr{};
  std::string host_iface{};  ///< empty: any
  friend bool operator==(const TransportId&, const TransportId&) = default;
  friend auto operator<=>(const TransportId&, const TransportId&) = default;
};
/// "10.0.0.1:8009", "[fd00::1]:8009", with " from 10.0.0.9" and " via eth0" where set.
std::string to_string(const TransportId& id);
/// "10.0.0.1:8009" or "[fd00::1%eth0]:8009" only.
std::string host_port(const IpAddress& traddr, std::uint16_t trsvcid);

/// The key of everything about I/O controllers.
struct Path {
  TransportId transport{};
  std::string subnqn;   ///< validated text of an Nqn; the type stays cheap to copy into keys
  std::string hostnqn;
  friend bool operator==(const Path&, const Path&) = default;
  friend auto operator<=>(const Path&, const Path&) = default;
};
/// "nqn… at 10.0.0.1:4420"; the host NQN is left out.
std::string to_string(const Path& path);

}  // namespace nvme
