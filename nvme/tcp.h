// A TCP connection to a portal from the source that the kernel's own connect would use. One try, no deadline of its
// own, no NVMe.
#pragma once

#include <asio/ip/tcp.hpp>
#include <string>

#include "base/async.h"
#include "base/error.h"
#include "nvme/address.h"

namespace nvme {

/// Binds to host_traddr and host_iface where set, connects, turns Nagle's delay off. `socket` must stay until it
/// returns; closing it ends the try with kCancelled. Messages start with the portal.
base::Task<base::Result<void>> tcp_connect(asio::ip::tcp::socket& socket, TransportId id);

/// Our address on a connected socket; empty where it has none.
std::string local_address_of(const asio::ip::tcp::socket& socket);

/// An Error for an asio error code; the end of the stream is kClosed.
base::Error socket_error(const std::string& endpoint, std::string_view operation, const asio::error_code& code);

}  // namespace nvme
