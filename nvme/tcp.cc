// Sockets as the Linux NVMe host makes them: TCP_NODELAY, bind to host_traddr, SO_BINDTODEVICE for host_iface.
#include "nvme/tcp.h"

#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <asio/experimental/as_tuple.hpp>
#include <cerrno>

namespace nvme {
namespace {

using asio::ip::tcp;
using base::ErrorKind;

/// An endpoint for the socket API; the scope of a link-local address is its zone or, without one, `iface`.
base::Result<tcp::endpoint> endpoint_of(const IpAddress& address, std::uint16_t port, const std::string& iface) {
  if (!address.is_v6()) {
    asio::ip::address_v4::bytes_type bytes{};
    std::copy_n(address.bytes().begin(), bytes.size(), bytes.begin());
    return tcp::endpoint(asio::ip::address_v4(bytes), port);
  }
  asio::ip::address_v6::bytes_type bytes{};
  std::copy(address.bytes().begin(), address.bytes().end(), bytes.begin());
  asio::ip::address_v6 v6(bytes);
  const std::string zone = address.zone().empty() ? iface : std::string(address.zone());
  if (v6.is_link_local() && !zone.empty()) {
    const unsigned index = ::if_nametoindex(zone.c_str());
    if (index == 0) return base::fail(ErrorKind::kUnreachable, "no network interface " + zone + " here", ENODEV);
    v6.scope_id(index);
  }
  return tcp::endpoint(v6, port);
}

base::Result<void> bind_source(tcp::socket& socket, const TransportId& id) {
  if (!id.host_iface.empty() &&
      ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_BINDTODEVICE, id.host_iface.c_str(),
                   static_cast<socklen_t>(id.host_iface.size())) != 0) {
    const int number = errno;
    return base::Failure(base::errno_error(number, "bind to interface " + id.host_iface));
  }
  if (!id.host_traddr) return {};
  const std::string zone = id.traddr.zone().empty() ? id.host_iface : std::string(id.traddr.zone());
  const base::Result<tcp::endpoint> source = endpoint_of(*id.host_traddr, 0, zone);
  if (!source) return base::Failure(source.error());
  if (source->protocol() != (id.traddr.is_v6() ? tcp::v6() : tcp::v4())) {
    return base::fail(ErrorKind::kInvalid, "host_traddr " + to_string(*id.host_traddr) + " is of another address family");
  }
  // The port is chosen at connect, per destination: 1,000 connections from one source don't use up its ports.
  const int on = 1;
  ::setsockopt(socket.native_handle(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  asio::error_code code;
  socket.bind(*source, code);
  if (code) return base::Failure(base::errno_error(code.value(), "bind to " + to_string(*id.host_traddr)));
  return {};
}

/// A session without keep alive timeout (old targets refuse one) would never notice that its peer is gone. With one,
/// Keep Alive commands are the traffic and no probe is sent.
void probe_when_idle(tcp::socket& socket) {
  asio::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const int idle = 30;     // seconds; a default KATO
  const int interval = 5;  // seconds
  const int count = 4;
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
}

base::Result<tcp::endpoint> prepare(tcp::socket& socket, const TransportId& id) {
  base::Result<tcp::endpoint> peer = endpoint_of(id.traddr, id.trsvcid, id.host_iface);
  if (!peer) return peer;
  asio::error_code code;
  socket.open(peer->protocol(), code);
  if (code) return base::Failure(base::errno_error(code.value(), "socket"));
  socket.set_option(tcp::no_delay(true), code);
  probe_when_idle(socket);
  const base::Result<void> bound = bind_source(socket, id);
  if (!bound) return base::Failure(bound.error());
  return peer;
}

}  // namespace

base::Error socket_error(const std::string& endpoint, std::string_view operation, const asio::error_code& code) {
  if (code == asio::error::eof) {
    return base::Error{.kind = ErrorKind::kClosed, .message = endpoint + ": the controller closed the connection"};
  }
  return base::errno_error(code.value(), endpoint + ": " + std::string(operation));
}

base::Task<base::Result<void>> tcp_connect(tcp::socket& socket, TransportId id) {
  const std::string endpoint = host_port(id.traddr, id.trsvcid);
  const base::Result<tcp::endpoint> peer = prepare(socket, id);
  if (!peer) co_return base::Failure(base::Error(peer.error()).with_context(endpoint));
  auto [code] = co_await socket.async_connect(*peer, asio::experimental::as_tuple(asio::use_awaitable));
  if (code) co_return base::Failure(socket_error(endpoint, "connect", code));
  co_return base::Result<void>();
}

std::string local_address_of(const tcp::socket& socket) {
  asio::error_code code;
  const tcp::endpoint local = socket.local_endpoint(code);
  if (code) return {};
  const asio::ip::address address = local.address();
  if (address.is_v4()) return to_string(IpAddress::v4(address.to_v4().to_bytes()));
  const asio::ip::address_v6 v6 = address.to_v6();
  std::string zone;
  if (v6.is_link_local() && v6.scope_id() != 0) {
    std::array<char, IF_NAMESIZE> name{};
    if (::if_indextoname(static_cast<unsigned>(v6.scope_id()), name.data()) != nullptr) zone = name.data();
  }
  return to_string(IpAddress::v6(v6.to_bytes(), zone));
}

}  // namespace nvme
