// reconcile::Sessions over nvme::Session: one session for each endpoint, outcomes into the inbox. Loop thread only.
#pragma once

#include <asio/io_context.hpp>
#include <map>
#include <memory>

#include "nvme/session.h"
#include "reconcile/ports.h"

namespace cmd {

class SessionsAdapter final : public reconcile::Sessions {
 public:
  explicit SessionsAdapter(asio::io_context& loop) : loop_(loop) {}
  /// Before the first start().
  void deliver_to(reconcile::Inbox& inbox) { inbox_ = &inbox; }

  void start(const reconcile::EndpointId& id, const nvme::SessionOptions& options) override;
  void stop(const reconcile::EndpointId& id) override;
  void reread(const reconcile::EndpointId& id) override;

  /// No association is left: all have been shut down.
  bool idle() const { return sessions_.empty(); }

 private:
  void ended(const reconcile::EndpointId& id, base::Error error);

  asio::io_context& loop_;
  reconcile::Inbox* inbox_{nullptr};
  std::map<reconcile::EndpointId, std::unique_ptr<nvme::Session>> sessions_{};
};

}  // namespace cmd
