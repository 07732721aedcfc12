// Parsing of NQNs and host identifiers. Refuses every byte that could end an option in /dev/nvme-fabrics.
#include "nvme/nqn.h"

#include <algorithm>

#include "base/text.h"

namespace nvme {
namespace {

bool may_stand_in_nqn(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7F && c != ',' && c != '"' && c != '\'';
}

/// The value of a hexadecimal digit, or -1.
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_dash_place(std::size_t place) { return place == 8 || place == 13 || place == 18 || place == 23; }

}  // namespace

base::Result<Nqn> Nqn::parse(std::string_view text) {
  if (text.empty()) return base::fail(base::ErrorKind::kInvalid, "empty NQN");
  if (text.size() > kNqnMaxLength) {
    return base::fail(base::ErrorKind::kInvalid,
                      "NQN of " + std::to_string(text.size()) + " bytes; at most " + std::to_string(kNqnMaxLength) + " are allowed");
  }
  const auto bad = std::find_if_not(text.begin(), text.end(), may_stand_in_nqn);
  if (bad != text.end()) {
    return base::fail(base::ErrorKind::kInvalid, "NQN \"" + base::printable(text) + "\": \"" +
                                                     base::printable(std::string_view(bad, bad + 1)) + "\" at byte " +
                                                     std::to_string(bad - text.begin() + 1) + " is not allowed");
  }
  return Nqn(std::string(text));
}

Nqn Nqn::discovery() { return Nqn(std::string(kDiscoveryNqn)); }

base::Result<HostId> HostId::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return base::fail(base::ErrorKind::kInvalid, "host id \"" + base::printable(text, 64) + "\" " + std::string(why));
  };
  if (text.size() != 36) return refuse("is no UUID (36 characters, 8-4-4-4-12 hexadecimal digits)");
  HostId id;
  std::size_t digits = 0;
  for (std::size_t place = 0; place < text.size(); ++place) {
    if (is_dash_place(place)) {
      if (text[place] != '-') return refuse("is no UUID: a dash is missing at byte " + std::to_string(place + 1));
      continue;
    }
    const int value = hex_value(text[place]);
    if (value < 0) return refuse("is no UUID: no hexadecimal digit at byte " + std::to_string(place + 1));
    std::uint8_t& byte = id.bytes_[digits / 2];
    byte = static_cast<std::uint8_t>((byte << 4) | value);
    ++digits;
  }
  if (id == HostId()) return refuse("is the nil UUID, which names no host");
  return id;
}

HostId HostId::from_random(std::array<std::uint8_t, 16> random) {
  HostId id;
  id.bytes_ = random;
  id.bytes_[6] = static_cast<std::uint8_t>((id.bytes_[6] & 0x0F) | 0x40);  // RFC 4122: version 4
  id.bytes_[8] = static_cast<std::uint8_t>((id.bytes_[8] & 0x3F) | 0x80);  // and its variant
  return id;
}

std::string to_string(const HostId& hostid) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (const std::uint8_t byte : hostid.bytes()) {
    if (is_dash_place(text.size())) text += '-';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace nvme
