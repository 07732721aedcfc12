// The words of reconciling: endpoints, observed and desired state, attempts, holds. Values only.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/shared.h"
#include "base/time.h"
#include "config/diagnostic.h"
#include "config/directory.h"
#include "config/identity.h"
#include "config/remembered.h"
#include "nvme/fabrics.h"
#include "nvme/log_page.h"
#include "nvme/session_options.h"
#include "nvme/sysfs.h"

namespace reconcile {

using base::Duration;
using base::TimePoint;
using nvme::Path;

/// Which discovery service, as whom, for which cluster.
struct EndpointId {
  nvme::TransportId address{};
  std::string hostnqn{};
  std::string group{};  ///< -n; for a line without: its own "host:port"
  friend bool operator==(const EndpointId&, const EndpointId&) = default;
  friend auto operator<=>(const EndpointId&, const EndpointId&) = default;
};
std::string to_string(const EndpointId& id);  ///< "10.0.0.1:8009"

enum class OriginKind : std::uint8_t { kConfigured, kReferral, kRemembered, kDetected };
std::string_view to_string(OriginKind kind);

struct Origin {
  OriginKind kind{OriginKind::kConfigured};
  config::SourceLocation where{};  ///< kConfigured
  std::string referrer{};          ///< kReferral, kRemembered: host_port of the service that names it
  friend bool operator==(const Origin&, const Origin&) = default;
};

/// Why nothing is done for something, closed list; each has a sentence in docs/holds.md.
enum class HoldReason : std::uint8_t {
  kBackoff,             ///< failed; next try at `until`
  kParked,              ///< failed in a way that only new input mends (DNR, EINVAL); tried slowly
  kInFlight,            ///< the kernel is at it now
  kQueued,              ///< ready; waits for its turn at the one fabrics worker
  kProbing,             ///< the portal is being asked whether it answers
  kSilentPortal,        ///< the portal does not answer from userspace; goes last and rarely
  kKernelReconnecting,  ///< the kernel has the controller and reconnects by itself
  kDeleting,            ///< the kernel is deleting the controller; again when it is gone
  kNoFabrics,           ///< no /dev/nvme-fabrics: module nvme-fabrics or nvme-tcp missing
  kNoIdentity,          ///< no host NQN or host id known
  kIdentityConflict,    ///< the kernel has this host NQN with another host id (or the reverse)
  kNeedsTls,            ///< discovery over TLS: not yet supported
  kNeedsAuthentication, ///< discovery with in-band authentication: not yet supported
  kUnresolved,          ///< the host name has no address yet
  kRetired,             ///< configured, not listed by its cluster any more and not reachable
  kSelection,           ///< below a `# only:` that can't be decided yet: the node's labels are not known, or it is wrong
  kStandby,             ///< other services of its group have the sessions (sessionsPerGroup)
  kDepth,               ///< more than 8 referrals away from a configured endpoint
  kUnsafeOption,        ///< this kernel lacks an option that can't be left out
  kObserving,           ///< sysfs not read yet, or not since the connect returned
};
std::string_view to_string(HoldReason reason);

struct Hold {
  HoldReason reason{HoldReason::kBackoff};
  TimePoint until{base::kNever};  ///< when it is looked at again; kNever: when something changes
  std::string detail{};           ///< last error or what to do, for a person
  friend bool operator==(const Hold&, const Hold&) = default;
};

/// A discovery service that should have a session.
struct Endpoint {
  EndpointId id{};
  std::optional<nvme::HostIdentity> identity{};
  nvme::Nqn subnqn{nvme::Nqn::discovery()};
  bool header_digest{false};
  bool data_digest{false};
  nvme::Tunables tunables{};            ///< for the I/O controllers it lists
  std::string host{};                   ///< as configured: a name, or the address
  std::vector<Origin> origins{};        ///< never empty
  int depth{0};                         ///< referrals away from a configured endpoint
  std::optional<Hold> hold{};           ///< why there can't be a session, whatever the network says
  bool retired{false};
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// As whom and how the I/O controllers of one service are connected.
struct Terms {
  std::optional<nvme::HostIdentity> identity{};
  nvme::Tunables tunables{};
  friend bool operator==(const Terms&, const Terms&) = default;
};

/// An I/O controller that should be live.
struct DesiredPath {
  Path path{};
  base::Shared<Terms> terms{};                      ///< of the first service that names it
  base::Shared<std::vector<EndpointId>> named_by{}; ///< the services whose log pages list it
  bool stale{false};                    ///< every page that names it is of an unreachable service
  std::optional<Hold> hold{};           ///< e.g. identity conflict, TLS the kernel lacks
  std::uint32_t order{0};               ///< as configured: by endpoint, then by place in its log page
  std::uint32_t subsystem{0};           ///< index into DesiredState::subsystems
  friend bool operator==(const DesiredPath&, const DesiredPath&) = default;
};

/// A log page entry that is not used, and why: shown, counted, never sent to the kernel.
struct RefusedEntry {
  EndpointId endpoint{};
  std::size_t index{0};                 ///< from 0, in the log page
  base::Error error{};
  friend bool operator==(const RefusedEntry&, const RefusedEntry&) = default;
};

/// Everything that should be, by key, sorted.
struct DesiredState {
  std::vector<Endpoint> endpoints{};
  std::vector<DesiredPath> paths{};
  std::vector<std::uint32_t> subsystems{};  ///< of each (subsystem NQN, host NQN), in this order, the index of one path
  std::vector<RefusedEntry> refused{};
  std::vector<std::string> hosts{};     ///< names to resolve
  std::vector<std::string> host_ids_wanted{};  ///< host NQNs that need an id of their own from the book
};

/// Failures of one thing in a row.
struct Attempt {
  int failures{0};                      ///< in a row
  std::uint64_t total{0};               ///< tries since start, good and bad
  std::optional<base::Error> last_error{};
  TimePoint last_at{};
  TimePoint not_before{};
  int refusals{0};                      ///< the last failures in a row that only new input mends
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// As whom and how a session was started: when that changes, it starts anew.
struct StartedAs {
  nvme::HostIdentity identity;
  bool header_digest{false};
  bool data_digest{false};
  friend bool operator==(const StartedAs&, const StartedAs&) = default;
};

enum class SessionPhase : std::uint8_t { kDown, kStarting, kUp, kStopping };
std::string_view to_string(SessionPhase phase);

struct SessionView {
  SessionPhase phase{SessionPhase::kDown};
  TimePoint since{};                    ///< up, or not up, without a break: tries in between don't count
  TimePoint last_heard{};               ///< last bytes from it: also proves that the portal answers
  nvme::ControllerInfo info{};
  std::uint64_t events{0};
  std::optional<std::chrono::nanoseconds> keep_alive_round_trip{};
  std::shared_ptr<const nvme::LogPage> log{};  ///< the last good one; null: never read
  TimePoint log_read_at{};
  base::WallTime log_read_wall{};
  bool log_remembered{false};           ///< from before this start
  TimePoint refresh_at{base::kNever};   ///< when the log page is read again without an event
  std::optional<StartedAs> started_as{};
  Attempt attempt{};
};

/// A portal as preflight sees it.
struct ProbeView {
  bool in_flight{false};
  TimePoint at{};                       ///< of the last result
  std::optional<base::Error> error{};   ///< empty: it answered
  int failures{0};
  TimePoint not_before{};               ///< after a failure: when it is asked again
  TimePoint last_forced{};              ///< last time the kernel was sent there although it did not answer; epoch: never
  int hangs{0};                         ///< connects in a row that held the kernel and failed, while the portal answered us
  TimePoint hung_until{};               ///< after such a one: until then none; epoch: none is to wait
};

struct NameView {
  std::vector<nvme::IpAddress> addresses{};  ///< the last good answer
  bool in_flight{false};
  TimePoint at{};
  Attempt attempt{};
};

/// All that is known about the world; owned by the loop.
struct ObservedState {
  bool config_known{false};
  std::optional<base::Error> config_error{};        ///< of the last reading; what was known stays
  config::Remembered remembered{};                  ///< from before this start
  config::Intent intent{};
  config::HostDefaults host{};
  std::map<std::string, nvme::HostId> host_ids{};   ///< HostIdBook's
  bool kernel_known{false};
  nvme::SysfsSnapshot kernel{};
  std::uint64_t scan_generation{0};
  std::optional<nvme::FabricsFeatures> features{};
  std::optional<base::Error> fabrics_error{};
  std::map<EndpointId, SessionView> sessions{};
  std::map<nvme::TransportId, ProbeView> portals{};
  std::map<std::string, NameView> names{};
  std::map<Path, Attempt> attempts{};               ///< none where the first try went well
  std::set<Path> in_flight{};                       ///< handed to the fabrics worker
  std::set<Path> unobserved{};                      ///< connect returned; sysfs not looked at since
  std::optional<Path> at_the_kernel{};              ///< the one the worker is at
  int fabrics_ahead{0};                             ///< paths that the worker is through with while passes rest
};

}  // namespace reconcile
