// What is owed to the API server and when it may be sent: newest condition, bounded queue of Events, series, rate limits,
// backoff, refusals. A state machine with time as argument; sends nothing itself. One call is under way at a time.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "kube/api.h"
#include "kube/objects.h"
#include "kube/report_plan.h"
#include "kube/token_bucket.h"

namespace kube {

/// What can be refused (RBAC) or fail on its own, in the order of importance.
enum class Feature : std::uint8_t { kNode, kCondition, kTaint, kLabel, kConflict, kEvents };
inline constexpr std::size_t kFeatures = 6;
/// What a person calls it, with the permission that it needs: "node condition (patch nodes/status)".
std::string_view to_string(Feature feature);

/// A line for the log; the agent prints it. Never holds a credential.
struct Note {
  enum class Level : std::uint8_t { kDebug, kInfo, kWarning };
  Level level{Level::kInfo};
  std::string message{};  ///< constant; what varies is a field
  std::vector<std::pair<std::string, std::string>> fields{};
};

struct OutboxSettings {
  std::string node{};                             ///< our Node's name
  bool events{true};
  bool condition{true};
  bool startup_taint{true};
  bool hostnqn_check{true};                       ///< the label and the LIST by it
  bool labels{true};                              ///< read the Node's labels for others
  base::BackoffPolicy backoff{1s, 2min, 0.2};
  base::Duration denied_retry{1h};                ///< RBAC changes rarely, and a retry costs an audit line
  base::Duration node_refresh{5min};              ///< labels change rarely; ± 20 %
  base::Duration conflict_check{1h};              ///< ± 20 %
  base::Duration conflict_recheck{5min};          ///< while there is one
  base::Duration heartbeat{5min};                 ///< kubelet's own (nodeStatusReportFrequency); ± 10 %
  base::Duration message_interval{30s};           ///< for a condition whose message alone changed
  base::Duration series_window{58min};            ///< an API server forgets Events after 1 h
  base::Duration event_patience{15min};           ///< older news is dropped unsent
  std::size_t queue_limit{64};
  int event_burst{25};                            ///< client-go's EventSourceObjectSpamFilter: 25, then …
  base::Duration event_refill{5min};              ///< … one every 5 minutes for one object
  int call_burst{20};                             ///< enough for a start …
  base::Duration call_refill{6s};                 ///< … then 10 a minute: 1,000 nodes are 170 calls a second at the very worst
};

struct Call {
  Feature feature{Feature::kNode};
  Request request{};
};

class Outbox {
 public:
  Outbox(OutboxSettings settings, std::uint64_t seed);

  /// The newest plan replaces what an older one wanted; its events join the queue.
  void want(const ReportPlan& plan, base::TimePoint now, base::WallTime wall);
  /// What to send now, or nothing. After a call, finished() comes before anything else.
  std::optional<Call> next(base::TimePoint now, base::WallTime wall);
  void finished(const Call& call, const Answer& answer, base::TimePoint now, base::WallTime wall);
  /// When next() has something, if nothing changes before; kNever: not by itself.
  base::TimePoint wake_at(base::TimePoint now) const;

  const ClusterFacts& facts() const { return facts_; }
  /// The Node's labels where they have been read anew, once.
  std::optional<std::map<std::string, std::string>> take_labels() { return std::exchange(new_labels_, std::nullopt); }
  /// Why they can't be had for now, once, where the first answer held none.
  std::string take_labels_failure() { return std::exchange(labels_failure_, {}); }
  std::vector<Note> take_notes() { return std::exchange(notes_, {}); }
  std::size_t queued() const { return queue_.size(); }

 private:
  struct FeatureState {
    int failures{0};
    base::TimePoint not_before{};
    bool denied{false};
  };
  struct Queued {
    Event event{};
    Occurrences seen{};
    base::TimePoint since{};
  };
  struct Series {
    std::string name{};
    int count{1};
    base::TimePoint last{};
  };

  FeatureState& state(Feature feature) { return states_[static_cast<std::size_t>(feature)]; }
  const FeatureState& state(Feature feature) const { return states_[static_cast<std::size_t>(feature)]; }
  bool wants_node() const { return settings_.labels || settings_.condition || settings_.startup_taint || settings_.hostnqn_check; }
  base::TimePoint due_at(Feature feature, base::TimePoint now) const;
  base::TimePoint condition_due_at() const;
  base::TimePoint events_due_at(base::TimePoint now) const;
  bool label_is_set() const;
  void enqueue(const Event& event, base::TimePoint now, base::WallTime wall);
  void drop_old_events(base::TimePoint now);
  std::size_t event_to_send(base::TimePoint now) const;
  Request request_for(Feature feature, base::TimePoint now, base::WallTime wall);
  Request event_request(base::TimePoint now, base::WallTime wall);
  std::string event_name(base::WallTime wall);

  void succeeded(const Call& call, const std::string& body, base::TimePoint now);
  void failed(const Call& call, const base::Error& error, base::Duration retry_after, base::TimePoint now);
  void failed_for_all(const Call& call, const base::Error& error, base::Duration retry_after, base::TimePoint now);
  void denied(const Call& call, const base::Error& error, base::TimePoint now);
  void say_denied();
  void back_off(Feature feature, base::TimePoint now);
  void note_success(Feature feature, base::TimePoint now);
  void node_read(const std::string& body, base::TimePoint now);
  void conflict_checked(const std::string& body, base::TimePoint now);
  void event_sent(base::TimePoint now);
  /// True where the failure is dealt with: the event is gone or goes in another way.
  bool event_failed(const Call& call, const base::Error& error);
  void note(Note::Level level, std::string message, std::vector<std::pair<std::string, std::string>> fields);

  const OutboxSettings settings_;
  base::Chance chance_;
  std::array<FeatureState, kFeatures> states_{};
  int api_failures_{0};
  base::TimePoint api_not_before_{};
  TokenBucket calls_;
  TokenBucket event_tokens_;

  bool ready_{false};
  std::string hash_{};
  std::optional<Condition> wanted_condition_{};
  std::optional<Condition> sent_condition_{};
  base::TimePoint sent_at_{};
  base::TimePoint heartbeat_at_{};
  std::string sending_since_{};            ///< lastTransitionTime of the call under way
  std::string since_status_{}, since_{};   ///< what the Node has: status and lastTransitionTime

  std::optional<NodeView> node_{};
  bool node_tried_{false};
  base::TimePoint node_due_{};
  std::string label_set_{};                ///< by us, last
  base::TimePoint conflict_due_{};
  ClusterFacts facts_{};
  std::optional<std::map<std::string, std::string>> new_labels_{};
  std::string labels_failure_{};

  std::deque<Queued> queue_{};
  EventNamespace event_namespace_{EventNamespace::kDefault};
  std::map<Event, Series> series_{};
  Event sending_event_{};
  std::string sending_name_{};
  int sending_count_{0};
  std::uint64_t events_dropped_{0};
  std::vector<Note> notes_{};
  std::string unsaid_denials_{};
  std::string denial_{};                   ///< the API's words for the first of them
  bool denial_said_{false};                ///< and nothing was allowed since
};

}  // namespace kube
