// Takes a host and port text apart; whatever is neither an address nor a possible name is refused here.
#include "config/host_port.h"

#include <algorithm>

#include "base/text.h"

namespace config {
namespace {

constexpr std::size_t kNameMax = 253;  // RFC 1035, 2.3.4: 255 octets on the wire
constexpr std::size_t kLabelMax = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kLabelMax || label.front() == '-' || label.back() == '-') return false;
  return std::ranges::all_of(label, [](char c) { return is_digit(c) || is_letter(c) || c == '-'; });
}

base::Result<HostPort> host_only(std::string_view text, bool bracketed) {
  base::Result<nvme::IpAddress> address = nvme::IpAddress::parse(text);
  if (address) return HostPort{.host = nvme::to_string(*address), .address = *address};
  if (bracketed || text.find(':') != std::string_view::npos) return std::unexpected(address.error());
  if (is_host_name(text)) {
    std::string name = base::to_lower(text);
    if (name.back() == '.') name.pop_back();
    return HostPort{.host = std::move(name)};
  }
  return base::fail(base::ErrorKind::kInvalid,
                    "'" + base::printable(text) + "' is neither an IP address nor a host name (RFC 1123)");
}

base::Result<HostPort> with_port(std::string_view host, std::string_view port, bool bracketed) {
  base::Result<HostPort> result = host_only(host, bracketed);
  if (!result) return result;
  base::Result<std::uint16_t> number = nvme::parse_port(port);
  if (!number) return std::unexpected(number.error());
  result->port = *number;
  return result;
}

}  // namespace

bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kNameMax) return false;
  std::string_view last{};
  for (std::size_t start = 0; start <= text.size();) {
    std::size_t dot = std::min(text.find('.', start), text.size());
    last = text.substr(start, dot - start);
    if (!is_label(last)) return false;
    start = dot + 1;
  }
  return !std::ranges::all_of(last, is_digit);
}

base::Result<HostPort> parse_host_port(std::string_view text) {
  if (text.empty()) return base::fail(base::ErrorKind::kInvalid, "the address is empty");
  if (text.front() == '[') {
    std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return base::fail(base::ErrorKind::kInvalid, "'" + base::printable(text) + "': ']' is missing");
    }
    std::string_view host = text.substr(1, close - 1);
    std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return host_only(host, true);
    if (rest.front() == ':') return with_port(host, rest.substr(1), true);
    return base::fail(base::ErrorKind::kInvalid,
                      "'" + base::printable(text) + "': only ':port' may follow the ']'");
  }
  std::size_t colon = text.find(':');
  bool one_colon = colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos;
  if (one_colon) return with_port(text.substr(0, colon), text.substr(colon + 1), false);
  return host_only(text, false);
}

}  // namespace config
