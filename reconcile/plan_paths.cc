// Which paths go to the kernel now, in which order, and why the others do not (DESIGN.md, decisions 1, 2, 7,
// 8). Never a second connect for a path that sysfs shows, that the worker has, or that sysfs was not asked
// about since.
#include "reconcile/plan_paths.h"

#include <algorithm>

#include "base/sorted_walk.h"
#include "reconcile/failures.h"
#include "reconcile/path_drafts.h"

namespace reconcile {

namespace {

constexpr TimePoint kEpoch{};

/// A path that could go to the kernel if its portal answers.
struct Candidate {
  std::uint32_t index;   ///< into the desired paths
  std::uint32_t portal;  ///< into `portals_`
  std::uint32_t order;   ///< DesiredPath::order
  int level{0};          ///< paths that its subsystem has, or gets before this one
};

struct Portal {
  const nvme::TransportId* id;
  PortalAnswer answer;
  bool tcp_only{false};
};

class PathPlanner {
 public:
  PathPlanner(const DesiredState& desired, const KernelView& view, const ObservedState& observed, const Settings& settings,
              TimePoint now, Plan& out)
      : desired_(desired), view_(view), observed_(observed), settings_(settings), now_(now), out_(out) {}

  void run() {
    look_at_each();
    if (candidates_.empty()) return;
    order_candidates();
    connect_and_probe();
    force_one();
  }

 private:
  const DesiredPath& path_of(const Candidate& candidate) const { return desired_.paths[candidate.index]; }

  void hold(std::size_t index, HoldReason reason, TimePoint until = base::kNever, std::string detail = {}) {
    if (until > now_) out_.wake_at = std::min(out_.wake_at, until);
    out_.path_holds[index].emplace(reason, until, std::move(detail));
  }

  const nvme::Controller& controller_at(int match) const {
    return observed_.kernel.controllers[static_cast<std::size_t>(match)];
  }

  /// Desired paths, attempts, in-flight and unobserved paths are all sorted by the same key: one walk along all. Most are
  /// live, and cost no more than to see that.
  void look_at_each() {
    out_.path_holds.assign(desired_.paths.size(), std::nullopt);
    has_.assign(desired_.subsystems.size(), 0);
    base::SortedWalk attempts(observed_.attempts, base::key_of);
    base::SortedWalk in_flight(observed_.in_flight);
    base::SortedWalk unobserved(observed_.unobserved);
    for (std::size_t i = 0; i < desired_.paths.size(); ++i) {
      const DesiredPath& wanted = desired_.paths[i];
      const Path& path = wanted.path;
      const int match = view_.controller_of(i);
      if (match >= 0 && controller_at(match).state == nvme::ControllerState::kLive) {
        ++has_[wanted.subsystem];
        continue;
      }
      // One that the kernel has just connected counts before sysfs was looked at: its subsystem's next is a second path.
      const bool just_connected = match < 0 && unobserved.at(path);
      has_[wanted.subsystem] += just_connected ? 1 : 0;
      if (in_flight.at(path)) {
        hold(i, observed_.at_the_kernel == path ? HoldReason::kInFlight : HoldReason::kQueued);
        continue;
      }
      if (match >= 0) {
        hold_for_controller(i, controller_at(match));
        continue;
      }
      if (wanted.hold) {
        hold(i, wanted.hold->reason, wanted.hold->until, wanted.hold->detail);
        continue;
      }
      if (!observed_.kernel_known || just_connected) {
        hold(i, HoldReason::kObserving);
        continue;
      }
      if (!observed_.features) {
        hold(i, observed_.fabrics_error ? HoldReason::kNoFabrics : HoldReason::kObserving, base::kNever,
             observed_.fabrics_error ? observed_.fabrics_error->message : std::string{});
        continue;
      }
      if (std::string conflict = identity_conflict(wanted); !conflict.empty()) {
        hold(i, HoldReason::kIdentityConflict, base::kNever, std::move(conflict));
        continue;
      }
      if (const auto* known = attempts.at(path); known && known->second.not_before > now_) {
        const std::optional<base::Error>& error = known->second.last_error;
        hold(i, error && is_parking(*error) ? HoldReason::kParked : HoldReason::kBackoff,
             known->second.not_before, error ? error->message : std::string{});
        continue;
      }
      add_candidate(i, wanted);
    }
  }

  void hold_for_controller(std::size_t index, const nvme::Controller& controller) {
    const bool leaving = controller.state == nvme::ControllerState::kDeleting ||
                         controller.state == nvme::ControllerState::kDead;
    hold(index, leaving ? HoldReason::kDeleting : HoldReason::kKernelReconnecting, base::kNever,
         controller.device + " is " + std::string(nvme::to_string(controller.state)));
  }

  /// Empty: none. The kernel has this host NQN with other host ids only.
  std::string identity_conflict(const DesiredPath& wanted) {
    if (&*wanted.terms == agreed_) return {};
    const KernelIdentities& identities = view_.identities();
    auto in_use = identities.find(wanted.terms->identity->hostnqn.str());
    if (in_use == identities.end() ||
        std::ranges::find(in_use->second, wanted.terms->identity->hostid) != in_use->second.end()) {
      agreed_ = &*wanted.terms;
      return {};
    }
    return "the kernel has host NQN " + in_use->first + " with host id " +
           nvme::to_string(in_use->second.front()) + ", configured is " +
           nvme::to_string(wanted.terms->identity->hostid) +
           ": use the former, or disconnect what was connected with it";
  }

  void add_candidate(std::size_t index, const DesiredPath& wanted) {
    if (portals_.empty() ||
        *portals_.back().id != wanted.path.transport) {  // neighbours share a portal: sorted by it
      portals_.push_back(
          Portal{&wanted.path.transport, ask_portal(wanted.path.transport, observed_, settings_, now_)});
    }
    portals_.back().tcp_only |= wanted.terms->tunables.tls;
    candidates_.push_back(
        Candidate{static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(portals_.size() - 1), wanted.order});
  }

  /// Answering portals first, then the order of levels: the first path of every subsystem before the second
  /// of any.
  void order_candidates() {
    for (const Path& path : observed_.in_flight) {  // also one that no service lists any more
      if (const std::optional<std::size_t> its = subsystem_of(desired_, path)) ++has_[*its];
    }
    std::ranges::sort(candidates_, {}, [this](const Candidate& c) {
      return std::pair(portals_[c.portal].answer.verdict != PortalVerdict::kAnswers, c.order);
    });
    for (Candidate& candidate : candidates_) candidate.level = has_[path_of(candidate).subsystem]++;
    std::ranges::sort(candidates_, {}, [](const Candidate& c) { return std::pair(c.level, c.order); });
  }

  void connect_and_probe() {
    const int queue = fabrics_queue(observed_, settings_);
    int free = queue - static_cast<int>(observed_.in_flight.size());
    int probes = settings_.preflight_parallel;
    for (const auto& [portal, view] : observed_.portals) probes -= view.in_flight;
    bool first_paths_asking = false;  // some subsystem's first path may be ready within a moment
    int soon = 2 * queue;  // answers are asked for anew only where they will be used before they age
    std::vector<bool> probed(portals_.size(), false);
    for (const Candidate& candidate : candidates_) {
      const Portal& portal = portals_[candidate.portal];
      switch (portal.answer.verdict) {
        case PortalVerdict::kAnswers:
          if (free > 0 && (candidate.level == 0 || !first_paths_asking || free >= queue - 1)) {
            const int sent = connect(candidate, false);
            free -= sent;
            soon -= sent;
          } else {
            --soon;
            ++out_.queued;
            hold(candidate.index, HoldReason::kQueued);
          }
          break;
        case PortalVerdict::kAsk:
          if (!probed[candidate.portal] && probes > 0 && (soon > 0 || !portal.answer.known)) {
            probed[candidate.portal] = true;
            --probes;
            out_.actions.push_back(ProbePortal{*portal.id, portal.tcp_only});
          }
          [[fallthrough]];
        case PortalVerdict::kAsking:
          --soon;
          first_paths_asking |= candidate.level == 0;
          asking_ = true;
          hold(candidate.index, HoldReason::kProbing);
          break;
        case PortalVerdict::kSilent:
        case PortalVerdict::kForceable:
          silent_.push_back(candidate);
          break;
      }
    }
    ready_ = free < queue;
  }

  /// 1 where the worker gets it, 0 where this kernel can't be told what the path needs.
  int connect(const Candidate& candidate, bool forced) {
    const DesiredPath& wanted = path_of(candidate);
    nvme::ConnectOptions options{wanted.path, wanted.terms->identity->hostid, wanted.terms->tunables};
    base::Result<nvme::OptionString> text = nvme::option_string(options, *observed_.features);
    if (!text) {
      hold(candidate.index,
                    text.error().kind == base::ErrorKind::kUnsupported ? HoldReason::kUnsafeOption
                                                                       : HoldReason::kParked,
                    base::kNever, text.error().message);
      return 0;
    }
    out_.actions.push_back(ConnectPath{std::move(options), forced});
    return 1;
  }

  /// The kernel may see what we can't: when nothing else is to be done, one path of one silent portal is
  /// tried; the one that waits longest, or a portal's paths would all wait for one of them that always fails.
  void force_one() {
    const Candidate* forced = nullptr;
    if (!ready_ && !asking_ && observed_.in_flight.empty()) {
      std::vector<const Candidate*> order;
      for (const Candidate& candidate : silent_) {
        if (portals_[candidate.portal].answer.verdict == PortalVerdict::kForceable) order.push_back(&candidate);
      }
      std::ranges::sort(order, {}, [this](const Candidate* c) { return std::pair(last_tried(path_of(*c).path), c); });
      const auto sent = std::ranges::find_if(order, [this](const Candidate* c) { return connect(*c, true) == 1; });
      if (sent != order.end()) forced = *sent;
    }
    for (const Candidate& candidate : silent_) {
      const PortalAnswer& answer = portals_[candidate.portal].answer;
      if (&candidate == forced || out_.path_holds[candidate.index]) continue;  // sent, or an unsafe option
      hold(candidate.index, HoldReason::kSilentPortal, answer.until,
                    answer.error ? answer.error->message : std::string{});
    }
  }

  TimePoint last_tried(const Path& path) const {
    auto attempt = observed_.attempts.find(path);
    return attempt == observed_.attempts.end() ? kEpoch : attempt->second.last_at;
  }

  const DesiredState& desired_;
  const KernelView& view_;
  const ObservedState& observed_;
  const Settings& settings_;
  TimePoint now_;
  Plan& out_;
  std::vector<int> has_{};  ///< for each subsystem: paths that are live, or were just connected
  std::vector<Portal> portals_{};
  std::vector<Candidate> candidates_{};
  std::vector<Candidate> silent_{};
  const Terms* agreed_{nullptr};  ///< the last ones found without conflict: neighbours share them
  bool ready_{false};
  bool asking_{false};
};

}  // namespace

int fabrics_queue(const ObservedState& observed, const Settings& settings) {
  return std::max(settings.fabrics_queue, observed.fabrics_ahead);
}

PortalAnswer ask_portal(const nvme::TransportId& portal, const ObservedState& observed,
                        const Settings& settings, TimePoint now) {
  auto it = observed.portals.find(portal);
  const ProbeView* view = it == observed.portals.end() ? nullptr : &it->second;
  PortalAnswer out;
  out.known = view && view->at != kEpoch;
  out.error = view && view->error ? &*view->error : nullptr;
  if (view && view->hung_until != kEpoch) {  // whatever it answers to us, the kernel got stuck there
    const bool waits = view->hung_until > now;
    out.verdict = waits ? PortalVerdict::kSilent : PortalVerdict::kForceable;
    out.until = waits ? view->hung_until : base::kNever;
    return out;
  }
  if (!settings.preflight) {
    out.verdict = PortalVerdict::kAnswers;
    return out;
  }
  const bool answered =
      view && view->at != kEpoch && !view->error && view->at + settings.preflight_good_for > now;
  bool heard = false;
  if (!answered) {
    auto session = observed.sessions.lower_bound(EndpointId{portal, {}, {}});
    for (; session != observed.sessions.end() && session->first.address == portal; ++session) {
      heard |= session->second.phase == SessionPhase::kUp &&
               session->second.last_heard + settings.preflight_good_for > now;
    }
  }
  if (answered || heard) {
    out.verdict = PortalVerdict::kAnswers;
  } else if (view && view->in_flight) {
    out.verdict = PortalVerdict::kAsking;
  } else if (view && view->error && view->not_before > now) {
    out.verdict = PortalVerdict::kSilent;
    out.until = view->not_before;
    if (view->failures >= settings.silent_failures_before_forcing) {
      const TimePoint due =
          view->last_forced == kEpoch ? now : view->last_forced + settings.silent_force_every;
      if (due <= now) out.verdict = PortalVerdict::kForceable;
      else out.until = std::min(out.until, due);
    }
  }
  return out;
}

void plan_paths(const DesiredState& desired, const KernelView& view, const ObservedState& observed, const Settings& settings,
                TimePoint now, Plan& out) {
  PathPlanner(desired, view, observed, settings, now, out).run();
}

}  // namespace reconcile
