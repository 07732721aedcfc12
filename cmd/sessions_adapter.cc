// A session is let go of after its on_down has returned, never inside it.
#include "cmd/sessions_adapter.h"

#include <asio/post.hpp>

namespace cmd {

using reconcile::EndpointId;

void SessionsAdapter::start(const EndpointId& id, const nvme::SessionOptions& options) {
  nvme::SessionEvents events;
  events.on_up = [this, id](const nvme::ControllerInfo& info) { inbox_->session_up(id, info); };
  events.on_log = [this, id](nvme::LogPage page) { inbox_->session_log(id, std::move(page)); };
  events.on_event = [this, id](std::uint32_t) { inbox_->session_event(id); };
  events.on_keep_alive = [this, id](std::chrono::nanoseconds round_trip) { inbox_->session_keep_alive(id, round_trip); };
  events.on_down = [this, id](base::Error error) { ended(id, std::move(error)); };
  sessions_[id] = std::make_unique<nvme::Session>(loop_.get_executor(), options, std::move(events));
}

void SessionsAdapter::stop(const EndpointId& id) {
  const auto it = sessions_.find(id);
  if (it != sessions_.end()) {
    it->second->stop();
    return;
  }
  asio::post(loop_, [this, id] {
    inbox_->session_down(id, base::fail(base::ErrorKind::kCancelled, to_string(id) + ": there was no session").error());
  });
}

void SessionsAdapter::reread(const EndpointId& id) {
  if (const auto it = sessions_.find(id); it != sessions_.end()) it->second->reread();
}

void SessionsAdapter::ended(const EndpointId& id, base::Error error) {
  if (auto node = sessions_.extract(id)) {
    asio::post(loop_, [session = std::move(node.mapped())] {});
  }
  inbox_->session_down(id, std::move(error));
}

}  // namespace cmd
