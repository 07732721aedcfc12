// Text of the form host:port, taken apart by hand: brackets for IPv6, nothing else is allowed to hold a colon.
#include "cmd/http_address.h"

#include "base/text.h"

namespace cmd {
namespace {

base::Failure bad(std::string_view text, std::string_view why) {
  return base::fail(base::ErrorKind::kInvalid, "\"" + base::printable(text) + "\" is no HTTP endpoint (host:port, [::]:6060 or :6060): " +
                                                   std::string(why));
}

}  // namespace

base::Result<HttpAddress> parse_http_address(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("http://")) rest.remove_prefix(7);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  HttpAddress address;
  std::size_t colon = std::string_view::npos;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return bad(text, "no closing bracket");
    address.host = rest.substr(1, close - 1);
    colon = close + 1;
    if (colon >= rest.size() || rest[colon] != ':') return bad(text, "no port after the bracket");
    asio::error_code parsed;
    const asio::ip::address_v6 v6 = asio::ip::make_address_v6(address.host, parsed);
    if (parsed) return bad(text, "no IPv6 address in the brackets");
    if (v6.is_unspecified()) address.host.clear();  // all there are: a host without IPv6 has others
  } else {
    colon = rest.rfind(':');
    if (colon == std::string_view::npos) return bad(text, "no port");
    address.host = rest.substr(0, colon);
    if (address.host.find(':') != std::string::npos) return bad(text, "an IPv6 address needs brackets");
  }
  const auto port = base::parse_int(rest.substr(colon + 1), 1, 65535);
  if (!port) return bad(text, "the port is not a number from 1 to 65535");
  address.port = static_cast<std::uint16_t>(*port);
  return address;
}

std::string to_string(const HttpAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

HttpAddress from_this_host(HttpAddress listening) {
  asio::error_code failed;
  const asio::ip::address address = asio::ip::make_address(listening.host, failed);
  if (listening.host.empty() || (!failed && address.is_unspecified())) listening.host = "127.0.0.1";
  return listening;
}

bool is_loopback_peer(const asio::ip::address& peer) {
  if (peer.is_v6() && peer.to_v6().is_v4_mapped()) {
    return asio::ip::make_address_v4(asio::ip::v4_mapped, peer.to_v6()).is_loopback();
  }
  return peer.is_loopback();
}

bool is_local_host_header(std::string_view host) {
  host = base::trim(host);
  if (host.empty()) return true;
  std::string_view name = host;
  if (name.starts_with('[')) {
    const std::size_t close = name.find(']');
    if (close == std::string_view::npos) return false;
    name = name.substr(1, close - 1);
  } else if (const std::size_t colon = name.find(':'); colon != std::string_view::npos) {
    name = name.substr(0, colon);
  }
  if (base::to_lower(name) == "localhost") return true;
  asio::error_code failed;
  asio::ip::make_address(std::string(name), failed);
  return !failed;
}

}  // namespace cmd
