// Addresses from text and back, in one spelling. Resolves no names.
#include "nvme/address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "base/text.h"

namespace nvme {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool is_link_local(const std::array<std::uint8_t, 16>& bytes) { return bytes[0] == 0xFE && (bytes[1] & 0xC0) == 0x80; }

base::Failure refuse(std::string_view text, std::string_view why) {
  return base::fail(base::ErrorKind::kInvalid, "address \"" + base::printable(text, 80) + "\" " + std::string(why));
}

}  // namespace

base::Result<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.empty()) return base::fail(base::ErrorKind::kInvalid, "empty address");
  const std::size_t percent = text.find('%');
  const std::string_view number = text.substr(0, percent);
  // A NUL would end the text early for inet_pton; nothing numeric is longer than this.
  if (number.size() >= INET6_ADDRSTRLEN || number.find('\0') != std::string_view::npos) {
    return refuse(text, "is no IPv4 or IPv6 address");
  }
  const std::string terminated(number);
  std::array<std::uint8_t, 4> four{};
  if (::inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) {
    if (percent != std::string_view::npos) return refuse(text, "is IPv4 and can't have a zone");
    return v4(four);
  }
  std::array<std::uint8_t, 16> sixteen{};
  if (::inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) != 1) return refuse(text, "is no IPv4 or IPv6 address");
  std::string_view zone;
  if (percent != std::string_view::npos) {
    const std::string_view name = text.substr(percent + 1);
    if (!is_interface_name(name)) return refuse(text, "has a zone that is no interface name");
    if (!is_link_local(sixteen)) return refuse(text, "has a zone, but only link-local addresses (fe80::/10) take one");
    zone = name;
  }
  return v6(sixteen, zone);
}

IpAddress IpAddress::v4(std::array<std::uint8_t, 4> bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  return address;
}

IpAddress IpAddress::v6(std::array<std::uint8_t, 16> bytes, std::string_view zone) {
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    return v4({bytes[12], bytes[13], bytes[14], bytes[15]});
  }
  IpAddress address;
  address.v6_ = true;
  address.bytes_ = bytes;
  zone.substr(0, address.zone_.size() - 1).copy(address.zone_.data(), address.zone_.size() - 1);
  return address;
}

bool IpAddress::is_unspecified() const { return bytes_ == std::array<std::uint8_t, 16>{}; }

bool IpAddress::is_loopback() const {
  if (!v6_) return bytes_[0] == 127;
  std::array<std::uint8_t, 16> one{};
  one[15] = 1;
  return bytes_ == one;
}

std::string to_string(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.is_v6() ? AF_INET6 : AF_INET, address.bytes().data(), text.data(), text.size());
  std::string result(text.data());
  if (!address.zone().empty()) result.append("%").append(address.zone());
  return result;
}

base::Result<std::uint16_t> parse_port(std::string_view text) {
  const std::optional<std::int64_t> port = base::parse_int(text, 1, 65535);
  if (!port) {
    return base::fail(base::ErrorKind::kInvalid, "port \"" + base::printable(text, 32) + "\" is no number from 1 to 65535");
  }
  return static_cast<std::uint16_t>(*port);
}

bool is_interface_name(std::string_view text) {
  if (text.empty() || text.size() > 15 || text == "." || text == "..") return false;
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte <= 0x20 || byte >= 0x7F || c == '/' || c == ',' || c == ':' || c == '"' || c == '\'';
  });
}

std::string host_port(const IpAddress& traddr, std::uint16_t trsvcid) {
  const std::string text = to_string(traddr);
  return (traddr.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(trsvcid);
}

std::string to_string(const TransportId& id) {
  std::string text = host_port(id.traddr, id.trsvcid);
  if (id.host_traddr) text.append(" from ").append(to_string(*id.host_traddr));
  if (!id.host_iface.empty()) text.append(" via ").append(id.host_iface);
  return text;
}

std::string to_string(const Path& path) {
  return path.subnqn + " at " + to_string(path.transport);
}

}  // namespace nvme
