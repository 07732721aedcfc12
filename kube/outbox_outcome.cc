// What an answer means for what is sent next. Three scopes of failure: the server (nothing is sent for a while), one
// feature (RBAC, a conflict), one Event (a body that the API does not take).
#include <algorithm>

#include "kube/outbox.h"

namespace kube {

using base::ErrorKind;
using base::TimePoint;

namespace {

/// Whoever asks next gets the same: no answer at all, no valid token, too many requests, a server in trouble.
bool concerns_all(const base::Error& error) {
  return error.code == 0 || error.code == 401 || error.code == 429 || error.code >= 500;
}

}  // namespace

void Outbox::finished(const Call& call, const Answer& answer, TimePoint now, base::WallTime) {
  if (call.feature == Feature::kNode) {
    if (!node_tried_ && settings_.labels && !answer.body) labels_failure_ = answer.body.error().message;
    node_tried_ = true;
  }
  if (answer.body) {
    note_success(call.feature, now);
    succeeded(call, *answer.body, now);
  } else {
    failed(call, answer.body.error(), answer.retry_after, now);
  }
  if (events_dropped_ > 0 && api_failures_ == 0) {
    note(Note::Level::kWarning, "Kubernetes Events dropped", {{"count", std::to_string(std::exchange(events_dropped_, 0))}});
  }
}

void Outbox::note_success(Feature feature, TimePoint now) {
  denial_said_ = false;
  if (api_failures_ > 0) {
    note(Note::Level::kInfo, "Kubernetes API answers again", {{"failures", std::to_string(api_failures_)}});
    api_failures_ = 0;
    api_not_before_ = {};
    for (FeatureState& each : states_) {
      if (!each.denied) each.not_before = now;
    }
  }
  FeatureState& its = state(feature);
  if (its.denied) note(Note::Level::kInfo, "Kubernetes allows it again", {{"what", std::string(to_string(feature))}});
  its = {};
}

void Outbox::succeeded(const Call& call, const std::string& body, TimePoint now) {
  switch (call.feature) {
    case Feature::kNode: return node_read(body, now);
    case Feature::kCondition:
      sent_condition_ = wanted_condition_;
      sent_at_ = now;
      heartbeat_at_ = now + base::jittered(settings_.heartbeat, 0.1, chance_.unit());
      since_status_ = to_string(sent_condition_->status);
      since_ = sending_since_;
      return;
    case Feature::kTaint:
      node_->taint_index.reset();
      return note(Note::Level::kInfo, "startup taint removed", {{"node", settings_.node}});
    case Feature::kLabel: label_set_ = hash_; return;
    case Feature::kConflict: return conflict_checked(body, now);
    case Feature::kEvents: return event_sent(now);
  }
}

void Outbox::node_read(const std::string& body, TimePoint now) {
  node_due_ = now + base::jittered(settings_.node_refresh, 0.2, chance_.unit());
  base::Result<NodeView> node = parse_node(body);
  if (!node) {
    if (settings_.labels && !node_) labels_failure_ = node.error().message;
    return note(Note::Level::kWarning, "our node can't be read", {{"error", node.error().message}});
  }
  if (settings_.labels && (!node_ || node_->labels != node->labels)) new_labels_ = node->labels;
  label_set_.clear();  // what the API says counts
  since_status_ = node->condition_status;
  since_ = node->condition_since;
  // The node was made anew, or somebody else wrote our condition.
  if (sent_condition_ && to_string(sent_condition_->status) != since_status_) sent_condition_.reset();
  node_ = std::move(*node);
}

void Outbox::conflict_checked(const std::string& body, TimePoint now) {
  const base::Result<std::vector<std::string>> names = parse_node_names(body);
  if (!names) note(Note::Level::kWarning, "nodes with our host NQN can't be read", {{"error", names.error().message}});
  if (names) {
    const auto other = std::ranges::find_if(*names, [&](const std::string& name) { return name != settings_.node; });
    const std::string found = other == names->end() ? std::string() : *other;
    if (found != facts_.conflicting_node) {
      if (found.empty()) note(Note::Level::kInfo, "no other node has our host NQN any more", {{"node", facts_.conflicting_node}});
      else note(Note::Level::kWarning, "another node has our host NQN: that corrupts data", {{"node", found}});
    }
    facts_.conflicting_node = found;
  }
  const base::Duration period = facts_.conflicting_node.empty() ? settings_.conflict_check : settings_.conflict_recheck;
  conflict_due_ = now + base::jittered(period, 0.2, chance_.unit());
}

void Outbox::event_sent(TimePoint now) {
  std::erase_if(queue_, [&](const Queued& queued) { return queued.event == sending_event_; });
  if (event_tokens_.next(now) <= now) event_tokens_.take(now);
  series_[sending_event_] = {sending_name_, sending_count_, now};
  if (series_.size() <= 2 * settings_.queue_limit) return;
  series_.erase(std::ranges::min_element(series_, {}, [](const auto& entry) { return entry.second.last; }));
}

bool Outbox::event_failed(const Call& call, const base::Error& error) {
  if (call.request.verb == Verb::kPatch && error.code == 404) {  // forgotten by the API: it becomes a new one
    series_.erase(sending_event_);
    return true;
  }
  if (event_namespace_ == EventNamespace::kDefault && wants_kube_system(error)) {
    event_namespace_ = EventNamespace::kKubeSystem;
    note(Note::Level::kInfo, "an older API server: Events go to namespace kube-system", {});
    return true;
  }
  if (error.kind != ErrorKind::kInvalid || error.code == 0) return false;
  note(Note::Level::kWarning, "Kubernetes refuses an Event", {{"reason", std::string(to_string(sending_event_.reason))}, {"error", error.message}});
  std::erase_if(queue_, [&](const Queued& queued) { return queued.event == sending_event_; });
  return true;
}

void Outbox::back_off(Feature feature, TimePoint now) {
  FeatureState& its = state(feature);
  its.not_before = now + base::backoff_delay(settings_.backoff, ++its.failures, chance_.unit());
}

void Outbox::denied(const Call& call, const base::Error& error, TimePoint now) {
  FeatureState& its = state(call.feature);
  its.not_before = now + base::jittered(settings_.denied_retry, 0.1, chance_.unit());
  if (std::exchange(its.denied, true)) return;
  if (unsaid_denials_.empty()) denial_ = error.message;
  else unsaid_denials_ += ", ";
  unsaid_denials_ += to_string(call.feature);
  if (call.feature == Feature::kEvents) queue_.clear();
}

/// One line for all that was denied in a row: without any right that is what the first second brings. What is denied
/// later, and nothing was allowed since, is no new trouble.
void Outbox::say_denied() {
  if (unsaid_denials_.empty()) return;
  const bool said = std::exchange(denial_said_, true);
  note(said ? Note::Level::kInfo : Note::Level::kWarning, "Kubernetes denies it; off, asked again every hour", {{"what", std::exchange(unsaid_denials_, {})}, {"error", denial_}});
}

void Outbox::failed_for_all(const Call& call, const base::Error& error, base::Duration retry_after, TimePoint now) {
  const base::Duration delay = std::max(base::backoff_delay(settings_.backoff, ++api_failures_, chance_.unit()), retry_after);
  api_not_before_ = now + delay;
  note(api_failures_ == 1 ? Note::Level::kWarning : Note::Level::kDebug, "Kubernetes API fails",
       {{"error", error.message},
        {"failures", std::to_string(api_failures_)},
        {"retry_in", base::to_string(base::Duration(std::chrono::duration_cast<std::chrono::milliseconds>(delay)))}});
  if (error.code >= 500) back_off(call.feature, now);  // or it is one resource's web hook only
}

void Outbox::failed(const Call& call, const base::Error& error, base::Duration retry_after, TimePoint now) {
  if (concerns_all(error)) return failed_for_all(call, error, retry_after, now);
  if (error.code == 403) return denied(call, error, now);
  if (call.feature == Feature::kEvents && event_failed(call, error)) return;
  const bool news = state(call.feature).failures == 0;
  back_off(call.feature, now);
  if (call.feature == Feature::kTaint) {  // somebody else changed the taints: look again, then try again
    node_->taint_index.reset();
    node_due_ = now;
  }
  const bool race = error.code == 409 || error.code == 410 || error.code == 422;
  note(news && !race ? Note::Level::kWarning : Note::Level::kDebug, "Kubernetes API refuses",
       {{"what", std::string(to_string(call.feature))}, {"error", error.message}});
}

}  // namespace kube
