// A connection that is opened and closed again.
#include "nvme/preflight.h"

#include "nvme/connection.h"

namespace nvme {
namespace {

/// No command is ever sent: whatever else comes is a violation.
class NoCommands : public PduSink {
 public:
  std::expected<std::span<std::byte>, Violation> room_for(const wire::DataPdu&) override { return std::unexpected(refuse()); }
  std::optional<Violation> data_arrived(const wire::DataPdu&) override { return refuse(); }
  std::optional<Violation> response_arrived(const wire::Cqe&) override { return refuse(); }

 private:
  static Violation refuse() { return {.text = "an answer, but nothing was asked", .fes = wire::Fes::kSequenceError}; }
};

base::Task<base::Result<std::chrono::nanoseconds>> round_trip(std::shared_ptr<Connection> connection, bool tcp_only) {
  if (!tcp_only) {
    base::Result<std::chrono::nanoseconds> opened = co_await Connection::open(connection);
    co_return opened;
  }
  const base::TimePoint asked = base::Clock::now();
  const base::Result<void> connected = co_await Connection::open_tcp(connection);
  if (!connected) co_return base::Failure(connected.error());
  co_return base::Clock::now() - asked;
}

}  // namespace

base::Task<base::Result<std::chrono::nanoseconds>> preflight(TransportId portal, PreflightOptions options) {
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  const auto connection = std::make_shared<Connection>(
      loop, ConnectionOptions{.address = std::move(portal), .timeout = options.deadline, .timeout_is_for_both = true},
      std::make_shared<NoCommands>());
  base::Result<std::chrono::nanoseconds> result = co_await round_trip(connection, options.tcp_only);
  connection->close();
  co_return result;
}

}  // namespace nvme
