// What goes out: each action marks what it began, so that no later plan begins it twice, and calls one port.
#include "reconcile/controller_state.h"

namespace reconcile {

namespace {

class Applier {
 public:
  Applier(ObservedState& observed, const Settings& settings, Ports& ports, TimePoint now)
      : observed_(observed), settings_(settings), ports_(ports), now_(now) {}

  void operator()(const StartSession& action) {
    const Endpoint& endpoint = action.endpoint;
    SessionView& session = observed_.sessions[endpoint.id];
    session.phase = SessionPhase::kStarting;
    if (session.since == TimePoint{}) session.since = now_;
    session.started_as = StartedAs{*endpoint.identity, endpoint.header_digest, endpoint.data_digest};
    ++session.attempt.total;
    nvme::SessionOptions options{
        .address = endpoint.id.address, .subnqn = endpoint.subnqn, .identity = *endpoint.identity};
    options.kato = settings_.discovery_kato;
    options.header_digest = endpoint.header_digest;
    options.data_digest = endpoint.data_digest;
    options.max_entries = settings_.max_log_entries;
    options.paged = settings_.paged_log;
    ports_.sessions.start(endpoint.id, options);
  }

  void operator()(const StopSession& action) {
    SessionView& session = observed_.sessions[action.id];
    if (session.phase == SessionPhase::kUp) session.since = now_;
    session.phase = SessionPhase::kStopping;
    ports_.sessions.stop(action.id);
  }

  void operator()(const RereadLog& action) {
    observed_.sessions[action.id].refresh_at = now_ + settings_.log_refresh;  // set anew by the answer
    ports_.sessions.reread(action.id);
  }

  void operator()(const ResolveName& action) {
    observed_.names[action.host].in_flight = true;
    ports_.network.resolve(action.host);
  }

  void operator()(const ProbePortal& action) {
    observed_.portals[action.portal].in_flight = true;
    nvme::PreflightOptions options;
    options.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(settings_.preflight_deadline);
    options.tcp_only = action.tcp_only;
    ports_.network.probe(action.portal, options);
  }

  void operator()(const ConnectPath& action) {
    observed_.in_flight.insert(action.options.path);
    if (action.forced) {
      ProbeView& portal = observed_.portals[action.options.path.transport];
      portal.last_forced = now_;
    }
    ports_.kernel.connect(action.options, *observed_.features);
  }

 private:
  ObservedState& observed_;
  const Settings& settings_;
  Ports& ports_;
  TimePoint now_;
};

}  // namespace

void Controller::State::apply(const Plan& decided, TimePoint at) {
  Applier applier(observed, settings, ports, at);
  for (const Action& action : decided.actions) std::visit(applier, action);
}

}  // namespace reconcile
