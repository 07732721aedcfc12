// reconcile::Network: probes are coroutines on the loop, name look-ups block a small pool of their own (libc's
// resolver has no other form, and a dead name server takes it half a minute).
#pragma once

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "reconcile/ports.h"

namespace cmd {

/// All addresses of a name or a literal, in getaddrinfo's order, without duplicates. Blocks. kNotFound: there is no
/// such name; kUnreachable: nobody could be asked.
base::Result<std::vector<nvme::IpAddress>> resolve_host(const std::string& host);

class NetworkAdapter final : public reconcile::Network {
 public:
  explicit NetworkAdapter(asio::io_context& loop) : loop_(loop) {}
  ~NetworkAdapter() override;
  void deliver_to(reconcile::Inbox& inbox) { inbox_ = &inbox; }

  void probe(const nvme::TransportId& portal, const nvme::PreflightOptions& options) override;
  void resolve(const std::string& host) override;
  /// A look-up is under way: joining would wait for it.
  bool busy() const { return resolving_.load() > 0; }

 private:
  asio::io_context& loop_;
  reconcile::Inbox* inbox_{nullptr};
  std::atomic<int> resolving_{0};
  std::unique_ptr<asio::thread_pool> resolvers_{};  // made when the first name comes up
};

}  // namespace cmd
