// One NVMe/TCP connection: TCP connect, ICReq/ICResp, PDUs out in order, PDUs in to a sink until it ends.
// Knows no commands and never reconnects. Loop thread only.
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/async.h"
#include "base/error.h"
#include "nvme/address.h"
#include "nvme/pdu.h"
#include "nvme/pdu_receiver.h"

namespace nvme {

struct ConnectionOptions {
  TransportId address{};
  Digests digests{};
  base::Duration timeout{std::chrono::seconds{3}};  ///< TCP connect and ICResp each ...
  bool timeout_is_for_both{false};                  ///< ... or together
};

/// Held by shared_ptr: its coroutines and writes keep it alive until the socket has let go of them.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(asio::any_io_executor loop, ConnectionOptions options, std::shared_ptr<PduSink> sink);

  /// Once, first. The round trip of ICReq on success.
  static base::Task<base::Result<std::chrono::nanoseconds>> open(std::shared_ptr<Connection> self);
  /// TCP only, for portals that would refuse an ICReq in clear.
  static base::Task<base::Result<void>> open_tcp(std::shared_ptr<Connection> self);
  /// Feeds the sink until the connection ends; why it did. kCancelled after close().
  static base::Task<base::Error> receive(std::shared_ptr<Connection> self);

  /// Queues a PDU behind those before it. kProtocol where the controller reads none of them for too long.
  base::Result<void> send(std::vector<std::byte> pdu);
  /// Ends everything at once; safe at any time and more than once.
  void close();

  const std::string& endpoint() const { return endpoint_; }
  Digests digests() const { return options_.digests; }
  std::string local_address() const;

 private:
  static base::Task<base::Result<void>> exchange_icreq(std::shared_ptr<Connection> self);
  static base::Task<std::optional<base::Error>> receive_some(std::shared_ptr<Connection> self);
  void write_next();
  /// Sends an H2CTermReq where that is possible, and lets the socket linger until the controller has closed.
  base::Error break_off(const Violation& violation);

  ConnectionOptions options_;
  std::string endpoint_;
  asio::ip::tcp::socket socket_;
  std::shared_ptr<PduSink> sink_;
  PduReceiver receiver_;
  std::list<std::vector<std::byte>> outgoing_{};  ///< the front one is being written; no deque, which keeps 600 bytes when empty
  bool closed_{false};
};

}  // namespace nvme
