// The few Kubernetes objects that we read and write, as values, and the requests that carry them. Pure.
// Writes touch only what is ours: one condition, one label, one taint, our own Events.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "kube/api.h"

namespace kube {

inline constexpr std::string_view kFieldManager = "discovery-client";
inline constexpr std::string_view kReportingController = "discovery-client.io/agent";  ///< a qualified name, as events.k8s.io/v1 asks
inline constexpr std::string_view kConditionType = "NVMeFabricDegraded";
inline constexpr std::string_view kStartupTaint = "discovery-client/agent-not-ready";
inline constexpr std::string_view kHostNqnLabel = "discovery-client/hostnqn-hash";

/// Closed list; each has its paragraph in docs/kubernetes.md.
enum class EventReason : std::uint8_t {
  kPathLost,             ///< desired paths are not live (any more)
  kPathRecovered,        ///< they are live again
  kEndpointRefused,      ///< a discovery service answers, but not with a session: the note says why
  kEndpointUnreachable,  ///< a discovery service does not answer
  kEndpointRecovered,
  kEntryRefused,         ///< a log page entry that is not used, and why
  kBadConfiguration,     ///< file:line:column and what is wrong there
  kHostNqnConflict,      ///< another node has this node's host NQN: that corrupts data
  kSubsystemPurged,      ///< the kernel gave up a subsystem's last path: what was mounted stays broken
};
std::string_view to_string(EventReason reason);

struct Event {
  EventReason reason{EventReason::kPathLost};
  std::string note{};             ///< for a person; shortened and cleaned when it is sent
  friend bool operator==(const Event&, const Event&) = default;
  friend auto operator<=>(const Event&, const Event&) = default;
};
/// "Warning", or "Normal" for what got well.
std::string_view event_type(EventReason reason);
/// What the agent was at, UpperCamelCase: "Connect", "Discover", "ReadConfiguration", "CompareHostNQN".
std::string_view event_action(EventReason reason);

enum class ConditionStatus : std::uint8_t { kFalse, kTrue, kUnknown };
std::string_view to_string(ConditionStatus status);

struct Condition {
  ConditionStatus status{ConditionStatus::kUnknown};
  std::string reason{};           ///< CamelCase
  std::string message{};
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// What a Node says about itself, as far as we care.
struct NodeView {
  std::map<std::string, std::string> labels{};
  std::string condition_status{};       ///< of ours; empty: the node has no such condition
  std::string condition_since{};        ///< its lastTransitionTime, as the API wrote it
  std::optional<std::size_t> taint_index{};  ///< of the startup taint in spec.taints
  std::string taint_json{};             ///< that element, as the API wrote it
};
/// kProtocol for an answer that is no Node.
base::Result<NodeView> parse_node(std::string_view json);
/// metadata.name of each item of a NodeList or PartialObjectMetadataList; kProtocol for anything else.
base::Result<std::vector<std::string>> parse_node_names(std::string_view json);

Request get_node(const std::string& node);
/// LIST of at most two nodes that carry `hash`: one of them may be we.
Request list_nodes_with(const std::string& hash);
/// Strategic merge: the list of conditions is merged by type, so that only ours changes. `since` as condition_since.
Request patch_condition(const std::string& node, const Condition& condition, const std::string& since, base::WallTime now);
/// JSON patch that fails (422) unless the taint is still where it was seen. Call it only with a taint_index.
Request remove_taint(const std::string& node, const NodeView& seen);
/// Merge patch of one label.
Request set_label(const std::string& node, const std::string& hash);
struct Occurrences {
  int count{1};
  base::WallTime first{};
  base::WallTime last{};
};
/// Namespaces for Events about a Node, which has none: `default`, but older API servers (1.20 among them) take such an
/// events.k8s.io/v1 Event in `kube-system` only (kubernetes#100119). `kubectl describe node` finds both.
enum class EventNamespace : std::uint8_t { kDefault, kKubeSystem };
std::string_view to_string(EventNamespace space);
/// Is this what such an older API server says of an Event in namespace default?
bool wants_kube_system(const base::Error& error);
/// A series where `seen` has more than one. About the Node with its name as UID, as kubelet writes them: `kubectl
/// describe node` selects involvedObject.kind, name, namespace "" and uid, and takes the name for the UID (all
/// versions) or both the name and the real UID (newer ones).
Request create_event(EventNamespace space, const std::string& node, const std::string& name, const Event& event, const Occurrences& seen);
/// The same event again: `count` (2 and more) times in all, the last one at `last`. Nothing else of it may change.
Request patch_event_series(EventNamespace space, const std::string& name, int count, base::WallTime last);

/// First 16 hexadecimal digits of SHA-256: as a label value, the host NQN itself may be too long and holds colons.
std::string hostnqn_hash(std::string_view hostnqn);

/// "2026-11-22T14:00:00Z" (metav1.Time) and "2026-11-22T14:00:00.123000Z" (metav1.MicroTime).
std::string time_text(base::WallTime time);
std::string micro_time_text(base::WallTime time);

/// Valid UTF-8 without control characters, at most `limit` bytes, "…" where something was cut.
std::string clean_text(std::string_view text, std::size_t limit);
/// events.k8s.io/v1 refuses longer ones.
inline constexpr std::size_t kNoteLimit = 1024;

}  // namespace kube
