// One immutable snapshot for all readers: HTTP, metrics, page, commands. Built after each pass, shared, never changed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/shared.h"
#include "reconcile/histogram.h"
#include "reconcile/history.h"
#include "reconcile/model.h"

namespace reconcile {

struct EndpointStatus {
  EndpointId id{};
  std::string host{};
  std::vector<Origin> origins{};
  int depth{0};
  SessionPhase phase{SessionPhase::kDown};
  TimePoint since{};                    ///< up, or not up, without a break; epoch: never tried
  std::optional<Hold> hold{};
  Attempt attempt{};
  nvme::ControllerInfo info{};
  std::uint64_t events{0};
  std::optional<std::chrono::nanoseconds> keep_alive_round_trip{};
  std::shared_ptr<const nvme::LogPage> log{};
  TimePoint log_read_at{};
  bool log_remembered{false};
  bool retired{false};
};

/// "live" is sysfs's word only; kMissing: desired and not in the kernel.
enum class PathState : std::uint8_t { kMissing, kNew, kLive, kConnecting, kResetting, kDeleting, kDead };
std::string_view to_string(PathState state);

struct PathStatus {
  base::Shared<Path> path{};
  PathState state{PathState::kMissing};
  std::string device{};                 ///< "nvme3" or empty
  base::Shared<std::string> hostid{};   ///< as the kernel has it; empty where it has no controller
  bool desired{false};                  ///< false: the kernel has it, no service lists it ("unlisted")
  bool stale{false};
  bool left_behind{false};              ///< not desired, and not live or its subsystem is reached elsewhere now: the seed's "stale controller"
  bool adopted{false};                  ///< was there before the agent connected it
  base::Shared<std::vector<EndpointId>> named_by{};
  std::optional<Hold> hold{};
  Attempt attempt{};
  TimePoint since{};                    ///< of `state`
  bool purged{false};                   ///< the kernel gave it up (ctrl_loss_tmo) while we watched
  std::string subsystem{};              ///< "nvme-subsys2" or empty
  nvme::AnaCounts ana{};                ///< its namespaces
  /// The kernel has lost it and gives it up at about this time: ctrl_loss_tmo after the loss, if that was seen
  /// (sysfs does not tell) and there is such a time-out.
  std::optional<TimePoint> purge_at{};
};

struct SubsystemStatus {
  std::string subnqn{};
  std::string hostnqn{};
  int desired{0};
  int live{0};
  bool purged{false};                   ///< its last path was purged: what was mounted stays broken (docs/purge.md)
};

struct Counters {
  std::uint64_t passes{0};
  std::uint64_t connects_ok{0}, connects_failed{0};
  std::uint64_t probes_ok{0}, probes_failed{0};
  std::uint64_t scans{0}, overruns{0};
  std::uint64_t events{0}, log_reads{0};
  std::uint64_t purges{0};
  Histogram<bounds::kPass> pass_durations{};                ///< of all passes but the one under way
  Histogram<bounds::kConnect> connect_ok_durations{}, connect_failed_durations{};
};

/// Portals of desired paths, as preflight and connects last found them.
struct PortalCounts {
  int answering{0};
  int silent{0};
};

struct Status {
  TimePoint now{};                      ///< the clock of every TimePoint here …
  base::WallTime wall{};                ///< … and the same moment for people
  base::WallTime started{};
  bool synced{false};                   ///< first sync done: config and sysfs read, every endpoint answered or failed once
  std::string fabrics_error{};          ///< why the kernel takes no connects; empty: it does, or was not asked yet
  std::string not_ready{};              ///< why `synced` is false, or why it can't work (no nvme-fabrics)
  std::string hostnqn{}, hostid{}, identity_source{};
  int config_files{0};
  int config_lines{0};                  ///< that hold something
  bool config_read{false};              ///< at least once, and the last time too
  std::vector<config::Diagnostic> diagnostics{};
  std::vector<EndpointStatus> endpoints{};
  std::vector<PathStatus> paths{};      ///< desired ones first, sorted
  std::vector<SubsystemStatus> subsystems{};
  std::vector<RefusedEntry> refused{};
  std::vector<std::string> notices{};   ///< other orchestrators, native multipath off, …
  HistoryPtr history{std::make_shared<const History>()};  ///< the newest changes; never null
  ChangeCounts changes{};               ///< since the start, by kind
  Counters counters{};
  PortalCounts portals{};
  std::optional<Path> at_the_kernel{};  ///< the fabrics worker is at this one …
  TimePoint at_the_kernel_since{};      ///< … since then
  bool fabrics_available{false};
  std::optional<bool> native_multipath{};
  TimePoint wake_at{base::kNever};
};
using StatusPtr = std::shared_ptr<const Status>;

/// Of the snapshot, which must outlive it. Sorted.
std::span<const PathStatus> desired_paths(const Status& status);
inline constexpr auto path_of = [](const PathStatus& status) -> const Path& { return *status.path; };

/// Without a session, though it should have one: neither retired nor standing by.
bool is_missing(const EndpointStatus& endpoint);

/// Desired paths that are not live, endpoints that are missing.
struct Health { int paths_down{0}; int endpoints_down{0}; bool degraded() const { return paths_down + endpoints_down > 0; } };
Health health(const Status& status);

}  // namespace reconcile
