// What comes back: stored, counted, and a pass asked for. Decides nothing but how long a failure keeps us
// waiting.
#include <algorithm>

#include "reconcile/controller_state.h"
#include "reconcile/held_portals.h"

namespace reconcile {

namespace {

constexpr double kPeriodJitter = 0.2;
constexpr int kPollShare = 200;               // scans may cost half a percent of the time …
constexpr base::Duration kForEach = 1ms;      // … but no more than this for each controller: a scan that takes longer only waits
constexpr int kResyncsLate = 4;               // and a resync waits for that no longer than so many others
constexpr base::Duration kManyStops = 2min;   // more than the longest backoff: what goes on is counted on
constexpr int kHangShare = 5;                 // a portal that holds the kernel may have a sixth of its time
constexpr int kFreeStops = 3;                 // a line that was changed and changed back
constexpr base::Duration kSteadyPath = 1min;  // a path that lasted this long starts its backoff anew

/// Before it was live for the first time. A connect that returned well leaves it live, so this was read before that.
bool is_coming_up(nvme::ControllerState state) {
  return state == nvme::ControllerState::kNew || state == nvme::ControllerState::kConnecting;
}

/// On its way to life or there: nothing is to be done about it.
bool is_coming(const Sighting& seen) {
  if (seen.before == nvme::ControllerState::kLive) return false;
  return seen.after && (*seen.after == nvme::ControllerState::kLive || is_coming_up(*seen.after));
}

/// Where a controller with this number is, or would be.
std::size_t index_of(int instance, const nvme::SysfsSnapshot& kernel) {
  return static_cast<std::size_t>(std::ranges::lower_bound(kernel.controllers, instance, {}, &nvme::Controller::instance) - kernel.controllers.begin());
}

std::string path_name(const nvme::Controller& c) {
  return nvme::to_string(Path{c.transport, c.subsysnqn, c.hostnqn});
}

constexpr const char* kFabrics = "nvme-fabrics";

std::string page_text(const nvme::LogPage& page) {
  return "genctr: " + std::to_string(page.genctr) + ", entries: " + std::to_string(page.entries.size());
}

std::string addresses_text(const std::vector<nvme::IpAddress>& addresses) {
  std::string out;
  for (const nvme::IpAddress& address : addresses) out += (out.empty() ? "" : " ") + to_string(address);
  return out;
}

/// The states that some namespace is in: "optimized, inaccessible".
std::string ana_text(const nvme::AnaCounts& counts) {
  std::string out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    out += (out.empty() ? "" : ", ") + std::string(to_string(static_cast<nvme::AnaState>(i)));
  }
  return out;
}

std::string error_text(const base::Error& error) {
  return error.message.empty() ? std::string(base::to_string(error.kind)) : error.message;
}

}  // namespace

void Controller::session_up(const EndpointId& id, const nvme::ControllerInfo& info) {
  State& s = *state_;
  const TimePoint at = s.now();
  SessionView& session = s.observed.sessions[id];
  if (session.phase != SessionPhase::kStopping) session.phase = SessionPhase::kUp;
  session.since = session.last_heard = at;
  session.info = info;
  session.attempt.last_error.reset();
  s.note_change(ChangeKind::kEndpoint, to_string(id), "down", "up", "connected");
  for (auto& [portal, probe] :
       s.observed.portals) {  // its machine is back: what else was silent there is asked now
    if (portal.traddr == id.address.traddr) probe.not_before = std::min(probe.not_before, at);
  }
  s.desired_dirty = true;
  s.wake();
}

void Controller::session_log(const EndpointId& id, nvme::LogPage page) {
  State& s = *state_;
  const TimePoint at = s.now();
  SessionView& session = s.observed.sessions[id];
  const bool changed = !session.log || *session.log != page;
  if (changed || session.log_remembered) s.desired_dirty = true;
  if (changed) {
    s.note_change(ChangeKind::kLogPage, to_string(id), session.log ? page_text(*session.log) : "", page_text(page),
                  session.log ? "the service changed it" : "first read");
    session.log = std::make_shared<const nvme::LogPage>(std::move(page));
    s.remember_dirty = true;
    s.retry_paths_named_by(id, at);
  }
  session.log_remembered = false;
  session.log_read_at = session.last_heard = at;
  session.log_read_wall = s.events.wall ? s.events.wall() : base::WallTime{};
  session.refresh_at = at + base::jittered(s.settings.log_refresh, kPeriodJitter, s.chance.unit());
  ++s.counters.log_reads;
  s.wake();
}

void Controller::session_event(const EndpointId& id) {
  State& s = *state_;
  SessionView& session = s.observed.sessions[id];
  ++session.events;
  ++s.counters.events;
  session.last_heard = s.now();
  s.wake();
}

void Controller::session_keep_alive(const EndpointId& id, std::chrono::nanoseconds round_trip) {
  SessionView& session = state_->observed.sessions[id];  // no wake: nothing is to be done about it
  session.keep_alive_round_trip = round_trip;
  session.last_heard = state_->now();
}

void Controller::session_down(const EndpointId& id, base::Error error) {
  State& s = *state_;
  if (s.stopped) return;
  auto it = s.observed.sessions.find(id);
  if (it == s.observed.sessions.end()) return;
  const TimePoint at = s.now();
  SessionView& session = it->second;
  const bool was_up = session.phase == SessionPhase::kUp;
  const bool ours = session.phase == SessionPhase::kStopping;
  const bool first = session.attempt.failures == 0;
  if (!ours) {
    if (was_up || first)
      s.note_change(ChangeKind::kEndpoint, to_string(id), was_up ? "up" : "unknown", "down", error_text(error));
    note_session_end(session, std::move(error), at, s.settings, s.chance);
  } else {
    s.note_own_stop(id, at);
  }
  session.phase = SessionPhase::kDown;
  if (was_up) session.since = at;
  session.started_as.reset();
  session.refresh_at = base::kNever;
  if (was_up) s.request_scan();  // what killed the session may have hit the kernel's controllers
  s.desired_dirty = true;        // stale pages, retirement, and which NQN is tried next
  s.wake();
}

void Controller::features_read(base::Result<nvme::FabricsFeatures> features) {
  State& s = *state_;
  s.features_in_flight = false;
  s.features_answered = true;
  if (features) {
    if (s.observed.fabrics_error) s.note_change(ChangeKind::kKernel, kFabrics, "missing", "available", "");
    s.observed.features = std::move(*features);
    s.observed.fabrics_error.reset();
    s.features_attempt = Attempt{};
  } else {
    if (!s.observed.fabrics_error) s.note_change(ChangeKind::kKernel, kFabrics, s.observed.features ? "available" : "", "missing", features.error().message);
    s.observed.features.reset();
    s.observed.fabrics_error = features.error();
    note_failure(s.features_attempt, base::Error{base::ErrorKind::kIo, features.error().message}, s.now(),
                 s.settings, s.chance);
  }
  s.wake();
}

void Controller::connect_started(const Path& path) {
  State& s = *state_;
  s.observed.at_the_kernel = path;
  s.at_the_kernel_since = s.now();
  s.wake_later();
}

void Controller::connect_ended(const Path& path, base::Result<nvme::ConnectedController> result,
                               Duration took) {
  State& s = *state_;
  const TimePoint at = s.now();
  s.observed.in_flight.erase(path);
  if (s.observed.at_the_kernel == path) s.observed.at_the_kernel.reset();
  if (s.stopped) return;
  if (!result && result.error().kind == base::ErrorKind::kCancelled) return s.wake();  // given back: not tried
  const bool went_well = result.has_value();
  ProbeView& portal = s.observed.portals[path.transport];
  if (result) {
    // A path that needed one try has no record here: its controller knows (Watched::made_at), and there may be thousands.
    if (s.observed.attempts.contains(path)) s.record_of_try(path, at);
    ++s.counters.connects_ok;
    s.counters.connect_ok_durations.observe(took);
    s.connect_takes = s.connect_takes == base::Duration::zero() ? took : (3 * s.connect_takes + took) / 4;
    if (portal.error) s.note_change(ChangeKind::kPortal, nvme::to_string(path.transport), "silent", "answering", "a connect went through");
    portal.at = at;
    portal.error.reset();
    portal.failures = portal.hangs = 0;
    portal.not_before = portal.last_forced = portal.hung_until = TimePoint{};
    s.watch.made_here(result->instance, at - took, at);
    s.observed.unobserved.insert(path);
    s.unobserved[path] = Unobserved{result->instance, ++s.sequence};
    s.look("nvme" + std::to_string(result->instance));
  } else if (result.error().kind == base::ErrorKind::kExists) {
    // Not an error: sysfs will show it. If it does not, the backoff keeps us from asking in a circle.
    note_failure(s.record_of_try(path, at),
                 base::Error{base::ErrorKind::kBusy,
                             "the kernel has this controller already, but sysfs shows none that matches"},
                 at, s.settings, s.chance);
    s.observed.unobserved.insert(path);
    s.unobserved[path] = Unobserved{-1, ++s.sequence};
    s.request_scan();
  } else {
    ++s.counters.connects_failed;
    s.counters.connect_failed_durations.observe(took);
    const base::Error& error = result.error();
    Attempt& attempt = s.record_of_try(path, at);
    const bool same = attempt.last_error && attempt.failures > 0 && attempt.last_error->kind == error.kind &&
                      attempt.last_error->code == error.code;
    if (!same) s.note_change(ChangeKind::kPath, nvme::to_string(path), "missing", "failing", error_text(error));
    if (error.kind == base::ErrorKind::kNotFound || error.kind == base::ErrorKind::kDenied)
      s.features_wanted = true;
    const bool silent = error.kind == base::ErrorKind::kTimeout ||
                        error.kind == base::ErrorKind::kUnreachable ||
                        error.kind == base::ErrorKind::kRefused;
    // A portal that is merely silent is found out by probes. One that answers us and holds the kernel, or
    // does so when nobody probes, waits in proportion: a path that can be had there must not wait minutes for
    // each neighbour that takes the kernel a few seconds to be refused. The first connect whose answer never came
    // may have met a fault that is over: it costs nothing but its own backoff.
    const bool seemed_well = !portal.error || !s.settings.preflight || portal.hung_until != TimePoint{};
    if (silent) note_silence(portal, error, at, s.settings, s.chance);
    if (portal.error) portal.last_forced = at;
    portal.hung_until = TimePoint{};
    if (took <= kKernelHeld) {
      portal.hangs = 0;
    } else if (seemed_well && (++portal.hangs > 1 || !silent)) {
      portal.hung_until = at + (silent ? s.settings.silent_force_every : std::min(s.settings.silent_force_every, kHangShare * took));
      portal.at = at;
      portal.error = error;
    }
    note_failure(attempt, std::move(result.error()), at, s.settings, s.chance);
  }
  const bool nothing_to_hand_over = s.last_plan.queued == 0 && !s.observed.in_flight.empty();
  if (went_well && (nothing_to_hand_over || s.worker_has_enough())) s.wake_later();
  else s.wake();
}

void Controller::scanned(nvme::SysfsSnapshot snapshot) {
  State& s = *state_;
  const TimePoint at = s.now();
  ++s.counters.scans;
  if (snapshot.fabrics_loaded && !s.observed.features && s.features_answered) s.features_wanted = true;
  const bool first = !s.observed.kernel_known;
  std::vector<std::string> again;
  std::vector<Sighting> sightings = s.watch.scanned(s.observed, std::move(snapshot), at, again);
  s.observed.kernel_known = true;
  s.view.kernel_changed();
  ++s.observed.scan_generation;
  if (s.scan_under_way) {
    s.scan_under_way = false;
    s.settle_unobserved(s.scan_sequence);
    const auto controllers = static_cast<Duration::rep>(s.observed.kernel.controllers.size());
    const Duration rest = std::min<Duration>(at - s.scan_called_at, kForEach * controllers) * kPollShare;
    s.poll_at = at + std::max(s.settings.kernel_poll, rest);
    s.resync_at = std::max(s.resync_at, at + std::min(s.settings.resync * kResyncsLate, rest));
  }
  s.take_sightings(sightings, at);
  s.take_ana_changes();
  for (const std::string& device : again) s.ports.kernel.look(device);
  if (std::exchange(s.rescan_wanted, false)) s.request_scan();
  if (first) s.desired_dirty = true;
  if (first || !sightings.empty() || !s.synced) s.touched = true;
  if (s.events.wake) s.events.wake();
}

void Controller::device_read(const std::string& device, std::optional<nvme::Controller> controller) {
  State& s = *state_;
  const TimePoint at = s.now();
  const int instance = controller ? controller->instance : instance_of(device);
  for (auto it = s.unobserved.begin(); it != s.unobserved.end();) {
    if (it->second.instance != instance || instance < 0) {
      ++it;
    } else if (controller && !is_coming_up(controller->state) && serves(*controller, it->first, s.settings.aux_suffix)) {
      s.observed.unobserved.erase(it->first);
      it = s.unobserved.erase(it);
    } else {  // gone again, or read before the connect returned: a scan knows
      s.request_scan();
      ++it;
    }
  }
  const bool there = controller.has_value();
  std::vector<Sighting> sightings = s.watch.looked(s.observed, device, std::move(controller), at);
  if (there && instance >= 0) s.view.controller_changed(*s.desired, s.observed.kernel, index_of(instance, s.observed.kernel));
  else s.view.kernel_changed();
  s.take_sightings(sightings, at);
  s.take_ana_changes();
  if (!s.observed.in_flight.empty() && std::ranges::all_of(sightings, is_coming)) s.wake_later();
  else s.wake();
}

void Controller::probed(const nvme::TransportId& portal, base::Result<std::chrono::nanoseconds> result) {
  State& s = *state_;
  const TimePoint at = s.now();
  ProbeView& probe = s.observed.portals[portal];
  probe.in_flight = false;
  if (result) {
    ++s.counters.probes_ok;
    if (probe.error) s.note_change(ChangeKind::kPortal, nvme::to_string(portal), "silent", "answering", "preflight");
    probe.at = at;
    probe.error.reset();
    probe.failures = 0;
    probe.not_before = probe.last_forced = TimePoint{};
  } else {
    ++s.counters.probes_failed;
    if (!probe.error)
      s.note_change(ChangeKind::kPortal, nvme::to_string(portal), probe.at == TimePoint{} ? "" : "answering", "silent", error_text(result.error()));
    note_silence(probe, std::move(result.error()), at, s.settings, s.chance);
  }
  if (s.worker_has_enough()) s.wake_later();
  else s.wake();
}

bool Controller::State::worker_has_enough() const {
  return static_cast<int>(observed.in_flight.size()) > fabrics_queue(observed, settings) / 2;
}

void Controller::resolved(const std::string& host, base::Result<std::vector<nvme::IpAddress>> addresses) {
  State& s = *state_;
  const TimePoint at = s.now();
  NameView& name = s.observed.names[host];
  name.in_flight = false;
  if (addresses && !addresses->empty()) {
    if (name.addresses != *addresses) {
      s.desired_dirty = true;
      s.note_change(ChangeKind::kName, host, name.attempt.failures > 0 ? "unresolved" : addresses_text(name.addresses), addresses_text(*addresses), "resolved");
    } else if (name.attempt.failures > 0) {
      s.note_change(ChangeKind::kName, host, "unresolved", addresses_text(*addresses), "resolved");
    }
    name.addresses = std::move(*addresses);
    name.attempt = Attempt{.total = name.attempt.total + 1, .last_at = at};
  } else {
    base::Error error = addresses ? base::Error{base::ErrorKind::kNotFound, host + " has no address"}
                                  : std::move(addresses.error());
    if (name.attempt.failures == 0) s.note_change(ChangeKind::kName, host, addresses_text(name.addresses), "unresolved", error_text(error));
    note_failure(name.attempt, base::Error{base::ErrorKind::kNotFound, error_text(error)}, at, s.settings,
                 s.chance);
    ++name.attempt.total;
    if (name.addresses.empty()) s.desired_dirty = true;  // the reason is shown
  }
  name.at = at;
  s.wake();
}

Attempt& Controller::State::record_of_try(const Path& path, TimePoint at) {
  Attempt& attempt = observed.attempts[path];
  ++attempt.total;
  attempt.last_at = at;
  return attempt;
}

Attempt& Controller::State::record_after_success(const Path& path) {
  const auto [record, fresh] = observed.attempts.try_emplace(path);
  if (fresh) record->second.total = 1;
  return record->second;
}

void Controller::State::settle_unobserved(std::uint64_t settled_by) {
  for (auto it = unobserved.begin(); it != unobserved.end();) {
    if (it->second.sequence > settled_by) {
      ++it;
      continue;
    }
    const bool shown = std::ranges::any_of(observed.kernel.controllers, [&](const nvme::Controller& c) {
      return serves(c, it->first, settings.aux_suffix);
    });
    if (it->second.instance >= 0 && !shown) {  // or we would connect in a circle
      const std::string device = "nvme" + std::to_string(it->second.instance);
      note_failure(record_after_success(it->first),
                   base::Error{base::ErrorKind::kClosed, device + " was gone before sysfs was read"}, now(),
                   settings, chance);
    }
    observed.unobserved.erase(it->first);
    it = unobserved.erase(it);
  }
}

/// Services whose pages contradict each other may put each other out of use in turns: slower each time.
void Controller::State::note_own_stop(const EndpointId& id, TimePoint at) {
  std::erase_if(own_stops, [at](const auto& entry) { return at - entry.second.last_at > kManyStops; });
  OwnStops& stops = own_stops[id];
  stops.last_at = at;
  if (++stops.count <= kFreeStops) return;
  Attempt& attempt = observed.sessions[id].attempt;
  attempt.not_before = std::max(attempt.not_before, at + base::backoff_delay(settings.backoff, stops.count - kFreeStops, chance.unit()));
}

/// A page that changed says that its target did: what waits on its paths is tried now.
void Controller::State::retry_paths_named_by(const EndpointId& id, TimePoint at) {
  for (auto& [key, attempt] : observed.attempts) {
    if (attempt.not_before <= at) continue;
    const auto path = std::ranges::lower_bound(desired->paths, key, {}, &DesiredPath::path);
    if (path == desired->paths.end() || path->path != key) continue;
    if (std::ranges::find(*path->named_by, id) != path->named_by->end()) attempt.not_before = at;
  }
}

/// The desired paths that a controller serves.
std::vector<Path> Controller::State::desired_paths_of(const nvme::Controller& controller) const {
  std::vector<Path> out;
  for (const std::size_t path : view.served_by(*desired, controller)) out.push_back(desired->paths[path].path);
  return out;
}

void Controller::State::take_sightings(const std::vector<Sighting>& sightings, TimePoint at) {
  using nvme::ControllerState;
  for (const Sighting& seen : sightings) {
    if (!seen.before ||
        !seen.after) {  // an identity that comes into use or goes out of it changes as whom we go
      int& count = identities_in_use[{seen.controller.hostnqn, seen.controller.hostid}];
      count += seen.after ? 1 : -1;
      if (count == (seen.after ? 1 : 0)) desired_dirty = true;
      if (count <= 0) identities_in_use.erase({seen.controller.hostnqn, seen.controller.hostid});
    }
    if (seen.after == ControllerState::kDead) desired_dirty = true;
    if (seen.controller.is_discovery()) continue;
    if (!seen.after) {
      take_vanished(seen, at);
      continue;
    }
    const bool live = *seen.after == ControllerState::kLive;
    const bool was_live = seen.before == ControllerState::kLive;
    if (!live && !was_live) continue;
    const std::string before = seen.before ? std::string(nvme::to_string(*seen.before)) : "missing";
    std::string cause = seen.controller.device;
    const bool made_here =
        seen.watched.ours() ||
        (observed.at_the_kernel && serves(seen.controller, *observed.at_the_kernel, settings.aux_suffix));
    if (live && seen.watched.was_live) cause += ": the kernel reconnected it";
    else if (live && !seen.before && !made_here) cause += ": adopted";
    else if (live) cause += ": connected";
    else cause += ": the kernel lost it";
    note_change(ChangeKind::kPath, path_name(seen.controller), before, std::string(nvme::to_string(*seen.after)),
                cause);
    if (!live) continue;
    for (const Path& path : desired_paths_of(seen.controller)) {
      if (auto purged = purged_paths.find(path); purged != purged_paths.end()) purged->second = at;
    }
    SubsystemKey key{seen.controller.subsysnqn, seen.controller.hostnqn};
    if (purged_subsystems.erase(key) > 0) {
      note_change(ChangeKind::kSubsystem, key.first, "purged", "connected",
                  "what was mounted over the old device stays broken: remount (docs/purge.md)");
    }
  }
}

/// Numbers only (namespaces come and go) change the snapshot; what a target says of them is news.
void Controller::State::take_ana_changes() {
  for (const AnaSighting& seen : watch.take_ana_changes()) {
    touched = true;
    const std::string before = ana_text(seen.before);
    const std::string after = ana_text(seen.controller.ana);
    if (before.empty() || after.empty() || before == after) continue;
    note_change(ChangeKind::kAna, path_name(seen.controller), before, after, seen.controller.device + ": its target says so");
  }
}

/// We never disconnect, so whoever took it away, it was not us: the kernel (ctrl_loss_tmo) or a person.
void Controller::State::take_vanished(const Sighting& seen, TimePoint at) {
  using nvme::ControllerState;
  // One that never came to life served nobody; one that was reconnecting when the agent started did before.
  if (!seen.watched.was_live && !(seen.watched.here_before && seen.watched.gave_up)) return;
  ++counters.purges;
  const nvme::Controller& gone = seen.controller;
  const bool gave_up = seen.watched.gave_up;
  const bool last = std::ranges::none_of(observed.kernel.controllers, [&](const nvme::Controller& other) {
    return other.instance != gone.instance && other.subsysnqn == gone.subsysnqn &&
           other.hostnqn == gone.hostnqn;
  });
  std::string cause = gone.device;
  if (gave_up) {
    cause += ": the kernel gave it up";
    if (seen.watched.lost_at != TimePoint{}) {
      cause += " after " +
               base::to_string(std::chrono::duration_cast<std::chrono::seconds>(at - seen.watched.lost_at)) +
               " without connection";
    }
    if (gone.ctrl_loss_tmo) cause += " (ctrl_loss_tmo " + std::to_string(*gone.ctrl_loss_tmo) + " s)";
  } else {
    cause += ": deleted, not by this agent";
  }
  if (last)
    cause +=
        "; it was the subsystem's last path: what is mounted from it is broken and stays so until remounted";
  note_change(ChangeKind::kPath, path_name(gone), std::string(nvme::to_string(*seen.before)), "missing", cause);
  if (last) {
    note_change(ChangeKind::kSubsystem, gone.subsysnqn, "connected", "purged", "its last path went (docs/purge.md)");
    purged_subsystems.insert({gone.subsysnqn, gone.hostnqn});
  }
  const bool steady = seen.before == ControllerState::kLive
                          ? at - seen.watched.live_since > kSteadyPath
                          : seen.watched.lost_at - seen.watched.live_since > kSteadyPath;
  for (const Path& path : desired_paths_of(gone)) {
    purged_paths[path] = base::kNever;
    Attempt& attempt = seen.watched.ours() ? record_after_success(path) : observed.attempts[path];
    if (steady) attempt.failures = 0;
    note_failure(attempt, base::Error{base::ErrorKind::kClosed, cause}, at, settings, chance);
  }
}

}  // namespace reconcile
