// Reading and writing of one connection. The receiver says how many bytes it wants; data lands where its command is.
#include "nvme/connection.h"

#include <sys/socket.h>

#include <asio/experimental/as_tuple.hpp>
#include <asio/write.hpp>

#include "nvme/tcp.h"

namespace nvme {
namespace {

using asio::ip::tcp;
using base::ErrorKind;

// More than all commands we ever have under way; a controller that reads nothing is broken.
constexpr std::size_t kMaxOutgoing = 64;
// For an H2CTermReq to be read: a controller on a working network needs far less. SPDK waits 30 s the other way round.
constexpr auto kLinger = std::chrono::milliseconds{500};
constexpr std::size_t kLingerBytes = 1 << 20;  // what it may still send meanwhile

constexpr auto as_value = asio::experimental::as_tuple(asio::use_awaitable);

/// Reads and forgets until the controller closes: closing with unread bytes would reset the connection and could
/// take our H2CTermReq with it.
base::Task<base::Result<void>> drain(tcp::socket& socket) {
  std::array<std::byte, 4096> scratch;
  std::size_t drained = 0;
  asio::error_code failed;
  while (!failed && drained < kLingerBytes) {
    auto [code, count] = co_await socket.async_read_some(asio::buffer(scratch), as_value);
    failed = code;
    drained += count;
  }
  co_return base::Result<void>();
}

base::Task<void> linger(tcp::socket socket) {
  base::Result<void> ignored = co_await base::with_deadline(drain(socket), kLinger, "linger");
  static_cast<void>(ignored);
}

}  // namespace

Connection::Connection(asio::any_io_executor loop, ConnectionOptions options, std::shared_ptr<PduSink> sink)
    : options_(std::move(options)),
      endpoint_(host_port(options_.address.traddr, options_.address.trsvcid)),
      socket_(std::move(loop)),
      sink_(std::move(sink)),
      receiver_(options_.digests, *sink_) {}

base::Task<base::Result<void>> Connection::open_tcp(std::shared_ptr<Connection> self) {
  if (self->closed_) co_return base::fail(ErrorKind::kCancelled, self->endpoint_ + ": connect was cancelled");
  base::Result<void> connected = co_await base::with_deadline(tcp_connect(self->socket_, self->options_.address),
                                                              self->options_.timeout, self->endpoint_ + ": connect");
  co_return connected;
}

base::Task<base::Result<std::chrono::nanoseconds>> Connection::open(std::shared_ptr<Connection> self) {
  const base::TimePoint started = base::Clock::now();
  const base::Result<void> connected = co_await open_tcp(self);
  if (!connected) co_return base::Failure(connected.error());
  const base::TimePoint asked = base::Clock::now();
  const base::Duration spent = self->options_.timeout_is_for_both ? asked - started : base::Duration::zero();
  const base::Result<void> answered =
      co_await base::with_deadline(exchange_icreq(self), self->options_.timeout - spent, self->endpoint_ + ": ICReq");
  if (!answered) {
    self->close();
    co_return base::Failure(answered.error());
  }
  co_return base::Clock::now() - asked;
}

base::Task<base::Result<void>> Connection::exchange_icreq(std::shared_ptr<Connection> self) {
  const base::Result<void> sent = self->send(encode_icreq(self->options_.digests));
  if (!sent) co_return sent;
  while (!self->receiver_.negotiated()) {
    std::optional<base::Error> error = co_await receive_some(self);
    if (error) co_return base::Failure(*std::move(error));
  }
  co_return base::Result<void>();
}

base::Task<std::optional<base::Error>> Connection::receive_some(std::shared_ptr<Connection> self) {
  const std::span<std::byte> wanted = self->receiver_.wanted();
  auto [code, count] = co_await self->socket_.async_read_some(asio::buffer(wanted.data(), wanted.size()), as_value);
  if (self->closed_ || code == asio::error::operation_aborted) {
    co_return base::Error{.kind = ErrorKind::kCancelled, .message = self->endpoint_ + ": the connection was closed here"};
  }
  if (code) {
    base::Error error = socket_error(self->endpoint_, "receive", code);
    if (!self->receiver_.negotiated()) error.message += " before ICResp";
    if (!self->receiver_.between_pdus()) error.message += " in the middle of a PDU";
    co_return error;
  }
  std::optional<Violation> violation = self->receiver_.advance(count);
  if (!violation) co_return std::nullopt;
  co_return self->break_off(*violation);
}

base::Task<base::Error> Connection::receive(std::shared_ptr<Connection> self) {
  std::optional<base::Error> error;
  while (!error) error = co_await receive_some(self);
  co_return *std::move(error);
}

base::Result<void> Connection::send(std::vector<std::byte> pdu) {
  if (closed_) return base::fail(ErrorKind::kCancelled, endpoint_ + ": the connection was closed here");
  if (outgoing_.size() >= kMaxOutgoing) {
    return base::fail(ErrorKind::kProtocol, endpoint_ + ": the controller does not read what it is sent");
  }
  outgoing_.push_back(std::move(pdu));
  if (outgoing_.size() == 1) write_next();
  return {};
}

void Connection::write_next() {
  const std::vector<std::byte>& pdu = outgoing_.front();
  asio::async_write(socket_, asio::buffer(pdu.data(), pdu.size()), [self = shared_from_this()](const asio::error_code& code, std::size_t) {
    // A broken connection is told by the reading side, which has the better reason (end of file, C2HTermReq).
    if (code || self->closed_) return;
    self->outgoing_.pop_front();
    if (!self->outgoing_.empty()) self->write_next();
  });
}

base::Error Connection::break_off(const Violation& violation) {
  base::Error error{.kind = violation.kind, .message = endpoint_ + ": " + violation.text};
  // Between two bytes of an unfinished write it could not be told from them.
  if (violation.tell_controller && outgoing_.empty()) {
    const std::vector<std::byte> request = encode_termreq(violation.fes, violation.fei, receiver_.header());
    ::send(socket_.native_handle(), request.data(), request.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(socket_.native_handle(), SHUT_WR);
    const asio::any_io_executor loop = socket_.get_executor();
    asio::co_spawn(loop, linger(std::move(socket_)), asio::detached);
  }
  close();
  return error;
}

void Connection::close() {
  closed_ = true;
  asio::error_code ignored;
  socket_.close(ignored);
}

std::string Connection::local_address() const { return local_address_of(socket_); }

}  // namespace nvme
