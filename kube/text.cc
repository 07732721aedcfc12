// Text and times in the forms that the Kubernetes API takes, and the hash of the host NQN.
#include <openssl/evp.h>

#include <array>
#include <chrono>

#include "kube/objects.h"

namespace kube {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";     // U+2026

bool is_continuation(unsigned char byte) { return (byte & 0xC0U) == 0x80U; }

/// Bytes of the well-formed UTF-8 sequence at the start of `text` (Unicode, table 3-7); 0: there is none.
std::size_t sequence_length(std::string_view text) {
  auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) length = 2;
  else if (lead >= 0xE0 && lead <= 0xEF) length = 3;
  else if (lead >= 0xF0 && lead <= 0xF4) length = 4;
  if (lead == 0xE0) low = 0xA0;
  if (lead == 0xED) high = 0x9F;
  if (lead == 0xF0) low = 0x90;
  if (lead == 0xF4) high = 0x8F;
  if (length == 0 || at(1) < low || at(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(at(i))) return 0;
  }
  return length;
}

}  // namespace

std::string clean_text(std::string_view text, std::size_t limit) {
  std::string out;
  std::size_t room = 0;  // how much of `out` leaves room for the ellipsis
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto lead = static_cast<unsigned char>(text.front());
    const std::string_view piece = length == 0 ? kReplacement : lead < 0x20 || lead == 0x7F ? std::string_view(" ") : text.substr(0, length);
    if (out.size() + piece.size() > limit) {
      out.resize(room);
      return limit < kEllipsis.size() ? out : out.append(kEllipsis);
    }
    out += piece;
    if (out.size() + kEllipsis.size() <= limit) room = out.size();
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string time_text(base::WallTime time) {
  return base::to_string(base::WallTime(std::chrono::floor<std::chrono::seconds>(time))).substr(0, 19) + "Z";
}

std::string micro_time_text(base::WallTime time) { return base::to_string(time).substr(0, 23) + "000Z"; }

std::string hostnqn_hash(std::string_view hostnqn) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(hostnqn.data(), hostnqn.size(), digest.data(), &length, EVP_sha256(), nullptr);
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    out += kDigits[digest[i] >> 4U];
    out += kDigits[digest[i] & 15U];
  }
  return out;
}

}  // namespace kube
