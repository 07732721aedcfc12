// What the controller owns, and the parts that its files share. Private to controller*.cc and publish.cc.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "reconcile/controller.h"
#include "reconcile/failures.h"
#include "reconcile/kernel_view.h"
#include "reconcile/kernel_watch.h"

namespace reconcile {

/// A connect returned; until sysfs was looked at after that, nobody knows what came of it.
struct Unobserved {
  int instance{-1};           ///< what the kernel said it made; -1: it has the controller already (EALREADY)
  std::uint64_t sequence{0};  ///< a scan called after this one settles it
};

/// While connects are under way, what they bring is looked at and published this often, or more rarely where passes take long:
/// the processors are the kernel's.
constexpr base::Duration kTogether = std::chrono::milliseconds(100);

/// Sessions with one service that the agent itself ended, shortly after one another.
struct OwnStops {
  int count{0};
  TimePoint last_at{};
};

using SubsystemKey = std::pair<std::string, std::string>;  // subsystem NQN, host NQN

struct Controller::State {
  State(Settings settings_, Ports ports_, ControllerEvents events_, std::uint64_t seed)
      : settings(std::move(settings_)), ports(ports_), events(std::move(events_)), chance(seed) {}

  TimePoint now() const { return events.now(); }
  void wake() {
    touched = true;
    if (events.wake) events.wake();
  }
  /// For news that leaves nothing to do at once: that of a batch of connects is taken together.
  void wake_later() {
    touched = true;
    if (events.wake_by) events.wake_by(now() + together);
    else wake();
  }
  /// It has the next ones already: a pass can wait for company.
  bool worker_has_enough() const;
  // controller.cc
  void request_scan();
  void look(const std::string& device);
  void look_if_due(TimePoint at);
  void derive(TimePoint at);
  void ask_for_host_ids(TimePoint at);
  void forget_the_unwanted(const DesiredState& before);
  void note_change(ChangeKind kind, std::string subject, std::string before, std::string after, std::string cause);
  void look_ahead(base::Duration pass_took);
  void save_if_due(TimePoint at);
  TimePoint publish_if_due(TimePoint at);

  // controller_inbox.cc
  void take_sightings(const std::vector<Sighting>& sightings, TimePoint at);
  void take_ana_changes();
  void take_vanished(const Sighting& sighting, TimePoint at);
  std::vector<Path> desired_paths_of(const nvme::Controller& controller) const;
  void note_own_stop(const EndpointId& id, TimePoint at);
  void retry_paths_named_by(const EndpointId& id, TimePoint at);
  void settle_unobserved(std::uint64_t scan_sequence);
  Attempt& record_of_try(const Path& path, TimePoint at);
  Attempt& record_after_success(const Path& path);  ///< counts the one try that left none

  // controller_apply.cc
  void apply(const Plan& plan, TimePoint at);

  // publish.cc
  StatusPtr build_status(TimePoint at);
  bool first_sync_done(std::string& why_not) const;
  bool endpoints_done(std::string& why_not) const;  ///< each answered or failed once since the start

  Settings settings;
  Ports ports;
  ControllerEvents events;
  base::Chance chance;

  ObservedState observed{};
  std::shared_ptr<const DesiredState> desired{std::make_shared<const DesiredState>()};  ///< snapshots share its paths; never null
  KernelView view{};  ///< refreshed before each plan
  Plan last_plan{};
  KernelWatch watch{};
  std::map<Path, Unobserved> unobserved{};   ///< keys are observed.unobserved
  std::map<EndpointId, OwnStops> own_stops{};  ///< forgotten two minutes after the last one
  std::map<Path, TimePoint> purged_paths{};  ///< when they were live again, or kNever
  std::set<SubsystemKey> purged_subsystems{};
  std::map<std::pair<std::string, std::string>, int>
      identities_in_use{};  ///< host NQN and id -> controllers that carry them
  std::map<std::string, TimePoint> host_id_retry{};
  std::map<std::string, std::string> host_id_errors{};
  std::vector<std::string> notices{};
  HistoryRing history{};
  Counters counters{};
  StatusPtr status{};
  std::optional<TimePoint> at_the_kernel_since{};
  base::Duration connect_takes{};         ///< of late; zero: none went well yet
  base::Duration together{kTogether};     ///< kTogether, stretched by look_ahead()

  bool desired_dirty{true};
  bool remember_dirty{false};
  bool touched{true};  ///< something came in since the last snapshot was built
  bool restored{false};
  bool synced{false};
  bool stopped{false};
  bool passed{false};  ///< the first pass was made
  bool features_wanted{true};
  bool features_in_flight{false};
  bool features_answered{false};
  Attempt features_attempt{};

  std::uint64_t sequence{0};
  bool scan_under_way{false};
  bool rescan_wanted{false};
  std::uint64_t scan_sequence{0};
  TimePoint scan_called_at{};
  std::set<std::string> to_look_at{};  ///< devices that uevents and connects named while others are connected
  TimePoint looked_at{};
  TimePoint poll_at{base::kNever};
  TimePoint resync_at{};
  TimePoint saved_at{};
  TimePoint publish_at{};
  base::WallTime started{};
};

}  // namespace reconcile
