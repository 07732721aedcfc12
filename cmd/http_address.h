// Where the HTTP server listens, who may ask for what, and where a client finds it. Pure.
#pragma once

#include <asio/ip/address.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cmd {

struct HttpAddress {
  std::string host{};      ///< without brackets; empty: all addresses, IPv4 and IPv6
  std::uint16_t port{0};
  friend bool operator==(const HttpAddress&, const HttpAddress&) = default;
};
/// "host:port", "[::]:6060", ":6060", "http://host:port/". kInvalid says what is wrong.
base::Result<HttpAddress> parse_http_address(std::string_view text);
std::string to_string(const HttpAddress& address);
/// Where a client on this host reaches a server that listens there: any address becomes 127.0.0.1.
HttpAddress from_this_host(HttpAddress listening);

/// 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104.
bool is_loopback_peer(const asio::ip::address& peer);
/// The Host header of a request made on this host: a literal address or "localhost", or none at all. A name that
/// somebody else's DNS points at us is not (a web page could read what only loopback may see).
bool is_local_host_header(std::string_view host);

}  // namespace cmd
