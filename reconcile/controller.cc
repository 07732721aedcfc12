// One pass: observe, desire, plan, apply, publish. Inputs of the owner; what comes back from the ports is in
// controller_inbox.cc, what goes out is in controller_apply.cc.
#include "reconcile/controller.h"

#include <algorithm>

#include "base/sorted_walk.h"
#include "reconcile/controller_state.h"
#include "reconcile/remember.h"

namespace reconcile {

namespace {

constexpr double kPeriodJitter = 0.2;  // nodes of a cluster that started together do not ask together
constexpr base::Duration kSaveAtMostEvery = 1s;  // 64 services that answer at start are one write, or two

constexpr int kAheadOfPasses = 400;              // half of it is left when the next pass is made: half a percent of the time
constexpr base::Duration kMostAhead = 1s;        // half of what a preflight answer is good for
constexpr int kSnapshotShare = 100;              // one percent of the time: connecting has the rest
constexpr base::Duration kSnapshotLate = 2s;     // few read /status or /metrics more often

constexpr const char* kDirectory = "clientConfigDir";

std::string content(const config::Intent& intent) {
  const auto bad = std::ranges::count(intent.diagnostics, config::Severity::kError, &config::Diagnostic::severity);
  return "files: " + std::to_string(intent.files) + ", endpoints: " + std::to_string(intent.endpoints.size()) +
         (bad > 0 ? ", errors: " + std::to_string(bad) : "");
}

}  // namespace

Controller::Controller(Settings settings, Ports ports, ControllerEvents events, std::uint64_t seed)
    : state_(std::make_unique<State>(std::move(settings), ports, std::move(events), seed)) {
  if (state_->events.wall) state_->started = state_->events.wall();
}

Controller::~Controller() = default;

void Controller::restore(const config::Remembered& remembered) {
  State& s = *state_;
  s.restored = true;
  if (!s.settings.keep_remembered) return;
  restore_pages(remembered, s.observed, s.now(), s.events.wall ? s.events.wall() : base::WallTime{});
  s.observed.remembered = remembered;
  for (config::RememberedEndpoint& known : s.observed.remembered.endpoints)
    known.log.reset();  // kept in the sessions
  s.desired_dirty = true;
  s.wake();
}

void Controller::config_read(base::Result<config::Intent> intent) {
  State& s = *state_;
  s.wake();
  s.desired_dirty = true;
  if (!intent) {
    const bool said = s.observed.config_error && s.observed.config_error->message == intent.error().message;
    if (!said) s.note_change(ChangeKind::kConfiguration, kDirectory, s.observed.config_known ? content(s.observed.intent) : "", "unreadable", intent.error().message);
    s.observed.config_error = std::move(intent.error());
    return;
  }
  if (s.observed.config_error) {
    s.note_change(ChangeKind::kConfiguration, kDirectory, "unreadable", content(*intent), "read");
  } else if (!s.observed.config_known || s.observed.intent != *intent) {
    s.note_change(ChangeKind::kConfiguration, kDirectory, s.observed.config_known ? content(s.observed.intent) : "", content(*intent), "read");
  }
  s.observed.config_error.reset();
  const bool changed = !s.observed.config_known || s.observed.intent.endpoints != intent->endpoints;
  s.observed.config_known = true;
  s.observed.intent = std::move(*intent);
  if (!changed) return;
  // New input may mend what waited for it: parked ones are tried at once.
  const TimePoint at = s.now();
  auto hurry = [&](Attempt& attempt) {
    if (attempt.last_error && is_parking(*attempt.last_error))
      attempt.not_before = std::min(attempt.not_before, at);
  };
  for (auto& [path, attempt] : s.observed.attempts) hurry(attempt);
  for (auto& [id, session] : s.observed.sessions) hurry(session.attempt);
}

void Controller::host_read(config::HostDefaults host) {
  state_->observed.host = std::move(host);
  state_->desired_dirty = true;
  state_->wake();
}

void Controller::settings_changed(Settings settings) {
  state_->settings = std::move(settings);
  state_->desired_dirty = true;
  state_->wake();
}

void Controller::reread_everything() {
  State& s = *state_;
  const TimePoint at = s.now();
  s.request_scan();
  s.features_wanted = true;
  s.host_id_retry.clear();
  for (auto& [path, attempt] : s.observed.attempts) attempt.not_before = std::min(attempt.not_before, at);
  for (auto& [host, name] : s.observed.names) {
    name.at = TimePoint{};
    name.attempt.not_before = std::min(name.attempt.not_before, at);
  }
  for (auto& [portal, probe] : s.observed.portals) {
    probe.not_before = std::min(probe.not_before, at);
    probe.last_forced = probe.hung_until = TimePoint{};
    probe.hangs = 0;
  }
  for (auto& [id, session] : s.observed.sessions) {
    session.attempt.not_before = std::min(session.attempt.not_before, at);
    if (session.phase == SessionPhase::kUp) session.refresh_at = at;
  }
  s.desired_dirty = true;
  s.wake();
}

void Controller::device_changed(const std::string& device) { state_->look(device); }

void Controller::events_lost() {
  ++state_->counters.overruns;
  state_->request_scan();
}

void Controller::set_notices(std::vector<std::string> notices) {
  state_->notices = std::move(notices);
  state_->wake();
}

/// One scan at a time, so that each answer is known to be of a scan that began after its call.
void Controller::State::request_scan() {
  if (scan_under_way) {
    rescan_wanted = true;
    return;
  }
  scan_under_way = true;
  poll_at = base::kNever;  // set by the answer
  scan_sequence = ++sequence;
  scan_called_at = now();
  watch.scan_called();
  ports.kernel.scan();
}

/// A connect brings two uevents and an answer of its own: while more are under way, one read serves all of them.
void Controller::State::look(const std::string& device) {
  to_look_at.insert(device);
  look_if_due(now());
  if (!to_look_at.empty() && events.wake_by) events.wake_by(looked_at + together);
  else if (!to_look_at.empty() && events.wake) events.wake();
}

void Controller::State::look_if_due(TimePoint at) {
  if (to_look_at.empty() || (!observed.in_flight.empty() && at < looked_at + together)) return;
  looked_at = at;
  for (const std::string& device : std::exchange(to_look_at, {})) ports.kernel.look(device);
}

void Controller::State::note_change(ChangeKind kind, std::string subject, std::string before, std::string after,
                                    std::string cause) {
  const base::WallTime at = events.wall ? events.wall() : base::WallTime{};
  const Change& noted = history.add({at, kind, std::move(subject), std::move(before), std::move(after), std::move(cause)});
  if (events.changed) events.changed(noted);
}

void Controller::State::ask_for_host_ids(TimePoint at) {
  bool found = false;
  for (const std::string& hostnqn : desired->host_ids_wanted) {
    auto retry = host_id_retry.find(hostnqn);
    if (retry != host_id_retry.end() && retry->second > at) continue;
    host_id_retry[hostnqn] = at + settings.resync;
    base::Result<nvme::Nqn> nqn = nvme::Nqn::parse(hostnqn);
    if (!nqn) continue;
    base::Result<nvme::HostId> id = ports.memory.host_id_for(*nqn);
    if (!id) {
      host_id_errors[hostnqn] = id.error().message;
      continue;
    }
    host_id_errors.erase(hostnqn);
    observed.host_ids.insert_or_assign(hostnqn, *id);
    found = true;
  }
  if (found) desired = std::make_shared<const DesiredState>(desire(observed, settings));
}

void Controller::State::derive(TimePoint at) {
  const std::shared_ptr<const DesiredState> before = desired;
  desired = std::make_shared<const DesiredState>(desire(observed, settings));
  ask_for_host_ids(at);
  desired_dirty = false;
  view.desired_changed();
  forget_the_unwanted(*before);
}

/// What nothing desires any more loses its memory; a configuration that was never read takes nothing away.
void Controller::State::forget_the_unwanted(const DesiredState& before) {
  std::erase_if(observed.sessions, [this, endpoints = base::SortedWalk(desired->endpoints, &Endpoint::id)](const auto& entry) mutable {
    return !endpoints.at(entry.first) && observed.config_known && entry.second.phase == SessionPhase::kDown;
  });
  std::erase_if(observed.attempts, [this, paths = base::SortedWalk(desired->paths, &DesiredPath::path)](const auto& entry) mutable {
    return !paths.at(entry.first) && !observed.in_flight.contains(entry.first);
  });
  const auto transport_of = [](const DesiredPath& desired_path) -> const nvme::TransportId& { return desired_path.path.transport; };
  std::erase_if(observed.portals, [this, portals = base::SortedWalk(desired->paths, transport_of)](const auto& entry) mutable {
    return !portals.at(entry.first) && !entry.second.in_flight && observed.config_known;
  });
  std::erase_if(observed.names, [this](const auto& entry) {
    return !entry.second.in_flight && !std::ranges::binary_search(desired->hosts, entry.first);
  });
  std::erase_if(purged_paths, [this](const auto& entry) {
    return !std::ranges::binary_search(desired->paths, entry.first, {}, &DesiredPath::path);
  });
  const bool same_endpoints =
      std::ranges::equal(before.endpoints, desired->endpoints, {}, &Endpoint::id, &Endpoint::id);
  if (!same_endpoints) remember_dirty = true;
  auto known = before.endpoints.begin();
  for (const Endpoint& now_wanted : desired->endpoints) {
    for (; known != before.endpoints.end() && known->id < now_wanted.id; ++known) {
      note_change(
          ChangeKind::kEndpoint, to_string(known->id), "known", "forgotten",
          known->depth > 0 ? "no service refers to it any more" : "no line or name gives it any more");
    }
    if (known != before.endpoints.end() && known->id == now_wanted.id) {
      if (known->retired != now_wanted.retired) {
        const std::string why = !now_wanted.retired ? "listed or reachable again"
                                : now_wanted.hold   ? now_wanted.hold->detail
                                                    : "its cluster does not list it any more and it does not answer";
        note_change(ChangeKind::kEndpoint, to_string(now_wanted.id), known->retired ? "retired" : "known",
                    now_wanted.retired ? "retired" : "known", why);
      }
      ++known;
      continue;
    }
    const Origin& origin = now_wanted.origins.front();
    note_change(ChangeKind::kEndpoint, to_string(now_wanted.id), "", "known",
                origin.referrer.empty()
                    ? std::string(to_string(origin.kind)) + " " + config::to_string(origin.where)
                    : "referral of " + origin.referrer);
  }
  for (; known != before.endpoints.end(); ++known) {
    note_change(ChangeKind::kEndpoint, to_string(known->id), "known", "forgotten",
                known->depth > 0 ? "no service refers to it any more" : "no line or name gives it any more");
  }
  base::SortedWalk listed(desired->paths, &DesiredPath::path);
  for (const DesiredPath& old : before.paths) {
    if (listed.at(old.path)) continue;
    note_change(ChangeKind::kPath, nvme::to_string(old.path), "listed", "unlisted",
                "no service lists it any more; it stays connected");
  }
}

void Controller::State::save_if_due(TimePoint at) {
  if (!remember_dirty || !restored || !observed.config_known || !settings.keep_remembered) return;
  if (saved_at != TimePoint{} && at < saved_at + kSaveAtMostEvery) return;
  saved_at = at;
  remember_dirty = false;
  ports.memory.save(remember(*desired, observed, events.wall ? events.wall() : base::WallTime{}));
}

/// A pass hands over what keeps the worker busy for many times as long as it took, or ten times the paths would be ten times
/// the passes, each ten times as long. Not further than a new subsystem or a portal's answer can wait.
void Controller::State::look_ahead(base::Duration pass_took) {
  const base::Duration ahead = std::min<base::Duration>(pass_took * kAheadOfPasses, kMostAhead);
  together = std::max(kTogether, ahead / 2);
  observed.fabrics_ahead = connect_takes > base::Duration::zero() ? static_cast<int>(ahead / connect_takes) : 0;
}

/// A snapshot of thousands of paths costs more than the pass that led to it, and serves readers only: it gets a small part of
/// the time. The first one after quiet is made at once. kNever, or when the one that is due must be made: connects under way
/// bring a pass when they end, which can do it.
TimePoint Controller::State::publish_if_due(TimePoint at) {
  if (at < publish_at) return observed.in_flight.empty() ? publish_at : publish_at + kSnapshotLate;
  const TimePoint began = now();
  touched = false;
  status = build_status(at);
  if (events.publish) events.publish(status);
  publish_at = at + std::min<base::Duration>((now() - began) * kSnapshotShare, kSnapshotLate);
  return base::kNever;
}

TimePoint Controller::pass(TimePoint now) {
  State& s = *state_;
  if (s.stopped) return base::kNever;
  const TimePoint began = s.now();
  ++s.counters.passes;
  if (!s.passed || now >= s.resync_at) {
    s.passed = true;
    s.request_scan();
    if (!s.desired->host_ids_wanted.empty()) s.desired_dirty = true;  // the book is asked again
    s.resync_at = now + base::jittered(s.settings.resync, kPeriodJitter, s.chance.unit());
  } else if (now >= s.poll_at) {
    s.request_scan();
  }
  const bool features_due =
      !s.observed.features && s.features_answered && s.features_attempt.not_before <= now;
  if (!s.features_in_flight && (s.features_wanted || features_due)) {
    s.features_wanted = false;
    s.features_in_flight = true;
    s.ports.kernel.read_features();
  }
  s.look_if_due(now);
  if (s.desired_dirty) s.derive(now);
  s.view.refresh(*s.desired, s.observed.kernel, s.settings.aux_suffix);
  s.last_plan = plan(*s.desired, s.view, s.observed, s.settings, now);
  if (!s.last_plan.actions.empty()) s.touched = true;
  s.apply(s.last_plan, now);
  s.save_if_due(now);
  if (!s.synced) {
    std::string why_not;
    s.synced = s.first_sync_done(why_not);
    if (s.synced) s.note_change(ChangeKind::kAgent, "first sync", "under way", "done", "files and sysfs read; every discovery service answered or failed");
  }

  TimePoint next = std::min({s.last_plan.wake_at, s.resync_at, s.poll_at});
  if (!s.to_look_at.empty()) next = std::min(next, s.looked_at + s.together);
  if (!s.observed.features && s.features_answered && !s.features_in_flight)
    next = std::min(next, s.features_attempt.not_before);
  if (s.remember_dirty && s.restored && s.observed.config_known && s.settings.keep_remembered) {
    next = std::min(next, s.saved_at + kSaveAtMostEvery);
  }
  s.look_ahead(s.now() - began);
  if (s.touched || !s.status || s.status->wake_at <= now) next = std::min(next, s.publish_if_due(now));
  s.counters.pass_durations.observe(s.now() - began);
  return std::max(next, now);
}

const Plan& Controller::last_plan() const { return state_->last_plan; }
const DesiredState& Controller::last_desired() const { return *state_->desired; }
const nvme::SysfsSnapshot& Controller::last_kernel() const { return state_->observed.kernel; }
const KernelView& Controller::last_view() const { return state_->view; }
StatusPtr Controller::status() const { return state_->status; }

bool Controller::settled() const {
  const State& s = *state_;
  std::string why_not;
  const bool config_read_once = s.observed.config_known || s.observed.config_error;
  if (!s.passed || s.desired_dirty || !config_read_once || !s.observed.kernel_known ||
      !s.endpoints_done(why_not))
    return false;
  if (!s.features_answered || !s.observed.in_flight.empty() || !s.observed.unobserved.empty()) return false;
  if (s.touched || !s.last_plan.actions.empty()) return false;
  const bool probing =
      std::ranges::any_of(s.observed.portals, [](const auto& entry) { return entry.second.in_flight; });
  const bool resolving =
      std::ranges::any_of(s.observed.names, [](const auto& entry) { return entry.second.in_flight; });
  const bool starting = std::ranges::any_of(
      s.observed.sessions, [](const auto& entry) { return entry.second.phase == SessionPhase::kStarting; });
  return !probing && !resolving && !starting;
}

void Controller::shut_down() {
  State& s = *state_;
  if (s.stopped) return;
  s.saved_at = TimePoint{};  // flush now
  s.save_if_due(s.now());
  s.stopped = true;
  for (auto& [id, session] : s.observed.sessions) {
    if (session.phase != SessionPhase::kUp && session.phase != SessionPhase::kStarting) continue;
    session.phase = SessionPhase::kStopping;
    s.ports.sessions.stop(id);
  }
}

}  // namespace reconcile
