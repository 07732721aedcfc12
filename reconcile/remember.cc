// internal.json's content, both ways.
#include "reconcile/remember.h"

namespace reconcile {

config::Remembered remember(const DesiredState& desired, const ObservedState& observed, base::WallTime wall) {
  config::Remembered out;
  out.written_at = wall;
  for (const Endpoint& endpoint : desired.endpoints) {
    if (endpoint.id.address.traddr.is_unspecified()) continue;  // a name without an address
    config::RememberedEndpoint known;
    known.transport = endpoint.id.address;
    known.hostnqn = endpoint.id.hostnqn;
    if (endpoint.identity) known.hostid = nvme::to_string(endpoint.identity->hostid);
    known.group = endpoint.id.group;
    const Origin& origin = endpoint.origins.front();
    known.referrer = origin.referrer;
    known.depth = endpoint.depth;
    known.configured_at = origin.where;
    auto session = observed.sessions.find(endpoint.id);
    if (session != observed.sessions.end() && session->second.log) {
      known.log = *session->second.log;
      known.log_read_at = session->second.log_read_wall;
    }
    out.endpoints.push_back(std::move(known));
  }
  return out;
}

void restore_pages(const config::Remembered& remembered, ObservedState& observed, TimePoint now,
                   base::WallTime wall) {
  for (const config::RememberedEndpoint& known : remembered.endpoints) {
    if (!known.log) continue;
    SessionView& session = observed.sessions[EndpointId{known.transport, known.hostnqn, known.group}];
    if (session.log) continue;  // read since
    session.log = std::make_shared<const nvme::LogPage>(*known.log);
    session.log_remembered = true;
    session.log_read_wall = known.log_read_at;
    session.log_read_at = wall > known.log_read_at ? now - (wall - known.log_read_at) : now;
  }
}

}  // namespace reconcile
