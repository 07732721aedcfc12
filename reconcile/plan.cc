// What to do now, and why not the rest: names, then sessions, then paths. Each thing has its own backoff.
#include "reconcile/plan.h"

#include <algorithm>

#include "base/sorted_walk.h"
#include "reconcile/failures.h"
#include "reconcile/plan_paths.h"

namespace reconcile {

namespace {

class SessionPlanner {
 public:
  SessionPlanner(const DesiredState& desired, const ObservedState& observed, const Settings& settings,
                 TimePoint now, Plan& out)
      : desired_(desired), observed_(observed), settings_(settings), now_(now), out_(out) {}

  void run() {
    for (const std::string& host : desired_.hosts) plan_name(host);
    look_at_sessions();
    base::SortedWalk sessions(observed_.sessions, base::key_of);
    for (const Endpoint& endpoint : desired_.endpoints) {
      const auto* known = sessions.at(endpoint.id);
      plan_endpoint(endpoint, known ? &known->second : nullptr);
    }
  }

 private:
  void wake(TimePoint at) {
    if (at > now_) out_.wake_at = std::min(out_.wake_at, at);
  }

  void hold(const EndpointId& id, HoldReason reason, TimePoint until = base::kNever,
            std::string detail = {}) {
    wake(until);
    out_.endpoint_holds.insert_or_assign(id, Hold{reason, until, std::move(detail)});
  }

  /// Asked at first, again when a session there failed since the last answer, and as often as log pages are.
  void plan_name(const std::string& host) {
    auto it = observed_.names.find(host);
    if (it == observed_.names.end()) {
      out_.actions.push_back(ResolveName{host});
      return;
    }
    const NameView& name = it->second;
    if (name.in_flight) return;
    if (name.attempt.not_before > now_) return wake(name.attempt.not_before);
    const TimePoint due = name.attempt.failures > 0 ? now_ : name.at + settings_.log_refresh;
    if (due <= now_ || failed_since(host, name.at)) out_.actions.push_back(ResolveName{host});
    else wake(due);
  }

  bool failed_since(const std::string& host, TimePoint at) const {
    return std::ranges::any_of(desired_.endpoints, [&](const Endpoint& endpoint) {
      if (endpoint.host != host) return false;
      auto it = observed_.sessions.find(endpoint.id);
      return it != observed_.sessions.end() && it->second.attempt.failures > 0 &&
             it->second.attempt.last_at > at;
    });
  }

  /// What nobody wants is stopped. As long as nothing is known, nothing is unwanted.
  void look_at_sessions() {
    const bool stop_others = observed_.config_known || observed_.config_error;
    base::SortedWalk wanted(desired_.endpoints, &Endpoint::id);
    for (const auto& [id, session] : observed_.sessions) {
      starting_ += session.phase == SessionPhase::kStarting;
      if (stop_others && is_running(session.phase) && !wanted.at(id)) out_.actions.push_back(StopSession{id});
    }
  }

  static bool is_running(SessionPhase phase) { return phase == SessionPhase::kUp || phase == SessionPhase::kStarting; }

  /// `session` is null where none was ever started.
  void plan_endpoint(const Endpoint& endpoint, const SessionView* session) {
    const SessionPhase phase = session ? session->phase : SessionPhase::kDown;
    const bool running = is_running(phase);
    if (endpoint.hold) {
      hold(endpoint.id, endpoint.hold->reason, endpoint.hold->until, endpoint.hold->detail);
      if (running) out_.actions.push_back(StopSession{endpoint.id});
      return;
    }
    if (running) {
      const StartedAs wanted{*endpoint.identity, endpoint.header_digest, endpoint.data_digest};
      if (session->started_as && *session->started_as != wanted)
        out_.actions.push_back(StopSession{endpoint.id});
      else if (phase == SessionPhase::kUp && session->refresh_at <= now_)
        out_.actions.push_back(RereadLog{endpoint.id});
      else if (phase == SessionPhase::kUp) wake(session->refresh_at);
      return;
    }
    if (phase == SessionPhase::kStopping) return;
    if (session && wait_for(endpoint, session->attempt)) return;
    if (starting_ >= settings_.sessions_starting) return hold(endpoint.id, HoldReason::kQueued);
    ++starting_;
    out_.actions.push_back(StartSession{endpoint});
  }

  bool wait_for(const Endpoint& endpoint, const Attempt& attempt) {
    TimePoint until = attempt.not_before;
    if (endpoint.retired) until = std::max(until, attempt.last_at + settings_.parked_retry);
    if (until <= now_) return false;
    const bool parked = attempt.last_error && is_parking(*attempt.last_error);
    hold(endpoint.id,
         endpoint.retired ? HoldReason::kRetired
         : parked         ? HoldReason::kParked
                          : HoldReason::kBackoff,
         until, attempt.last_error ? attempt.last_error->message : std::string{});
    return true;
  }

  const DesiredState& desired_;
  const ObservedState& observed_;
  const Settings& settings_;
  TimePoint now_;
  Plan& out_;
  int starting_{0};
};

}  // namespace

Plan plan(const DesiredState& desired, const KernelView& view, const ObservedState& observed, const Settings& settings,
          TimePoint now) {
  Plan out;
  SessionPlanner(desired, observed, settings, now, out).run();
  plan_paths(desired, view, observed, settings, now, out);
  return out;
}

Plan plan(const DesiredState& desired, const ObservedState& observed, const Settings& settings, TimePoint now) {
  KernelView view;
  view.refresh(desired, observed.kernel, settings.aux_suffix);
  return plan(desired, view, observed, settings, now);
}

}  // namespace reconcile
