// What is due, and the request for it. Outcomes: outbox_outcome.cc.
#include "kube/outbox.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace kube {

using base::TimePoint;

namespace {

constexpr std::array<Feature, kFeatures> kByImportance{Feature::kNode,  Feature::kCondition, Feature::kTaint,
                                                       Feature::kLabel, Feature::kConflict,  Feature::kEvents};

/// Said at most once an hour, and too grave to wait for tokens.
bool is_urgent(const Event& event) { return event.reason == EventReason::kHostNqnConflict; }

}  // namespace

std::string_view to_string(Feature feature) {
  switch (feature) {
    case Feature::kNode: return "reading our node (get nodes)";
    case Feature::kCondition: return "node condition (patch nodes/status)";
    case Feature::kTaint: return "removing the startup taint (patch nodes)";
    case Feature::kLabel: return "host NQN label (patch nodes)";
    case Feature::kConflict: return "looking for nodes with our host NQN (list nodes)";
    case Feature::kEvents: return "Events (create and patch events.events.k8s.io)";
  }
  return "reports";
}

Outbox::Outbox(OutboxSettings settings, std::uint64_t seed)
    : settings_(std::move(settings)),
      chance_(seed),
      calls_(settings_.call_burst, settings_.call_refill),
      event_tokens_(settings_.event_burst, settings_.event_refill) {}

void Outbox::note(Note::Level level, std::string message, std::vector<std::pair<std::string, std::string>> fields) {
  notes_.push_back({level, std::move(message), std::move(fields)});
}

void Outbox::want(const ReportPlan& plan, TimePoint now, base::WallTime wall) {
  wanted_condition_ = plan.condition;
  ready_ = plan.ready;
  if (plan.hostnqn_hash != hash_) {
    hash_ = plan.hostnqn_hash;
    conflict_due_ = now;
    facts_.conflicting_node.clear();
  }
  if (!settings_.events) return;
  for (const Event& event : plan.events) enqueue(event, now, wall);
}

void Outbox::enqueue(const Event& event, TimePoint now, base::WallTime wall) {
  const auto same = std::ranges::find(queue_, event, &Queued::event);
  if (same != queue_.end()) {
    ++same->seen.count;
    same->seen.last = wall;
    same->since = now;
    return;
  }
  if (queue_.size() >= settings_.queue_limit) {
    const auto victim = std::ranges::find_if_not(queue_, is_urgent, &Queued::event);
    queue_.erase(victim == queue_.end() ? queue_.begin() : victim);
    if (!state(Feature::kEvents).denied) ++events_dropped_;
  }
  queue_.push_back({event, {1, wall, wall}, now});
}

void Outbox::drop_old_events(TimePoint now) {
  std::erase_if(series_, [&](const auto& entry) { return now >= entry.second.last + settings_.series_window; });
  const auto dropped = std::erase_if(queue_, [&](const Queued& queued) { return now >= queued.since + settings_.event_patience; });
  if (!state(Feature::kEvents).denied) events_dropped_ += dropped;
}

bool Outbox::label_is_set() const {
  if (label_set_ == hash_) return true;
  if (!node_) return false;
  const auto label = node_->labels.find(std::string(kHostNqnLabel));
  return label != node_->labels.end() && label->second == hash_;
}

TimePoint Outbox::condition_due_at() const {
  if (!settings_.condition || !wanted_condition_ || !node_tried_) return base::kNever;
  if (!sent_condition_) return {};
  if (sent_condition_->status != wanted_condition_->status || sent_condition_->reason != wanted_condition_->reason) return {};
  if (sent_condition_->message != wanted_condition_->message) return std::min(sent_at_ + settings_.message_interval, heartbeat_at_);
  return heartbeat_at_;
}

TimePoint Outbox::events_due_at(TimePoint now) const {
  if (queue_.empty()) return base::kNever;
  if (std::ranges::any_of(queue_, is_urgent, &Queued::event)) return now;
  return event_tokens_.next(now);
}

TimePoint Outbox::due_at(Feature feature, TimePoint now) const {
  TimePoint due = base::kNever;
  switch (feature) {
    case Feature::kNode:
      if (wants_node()) due = node_due_;
      break;
    case Feature::kCondition: due = condition_due_at(); break;
    case Feature::kTaint:
      if (settings_.startup_taint && ready_ && node_ && node_->taint_index) due = now;
      break;
    case Feature::kLabel:
      if (settings_.hostnqn_check && !hash_.empty() && node_tried_ && !label_is_set()) due = now;
      break;
    case Feature::kConflict: {
      // Label first, then look: of two nodes that start at once the later one sees both.
      const bool label_settled = label_is_set() || state(Feature::kLabel).denied || state(Feature::kLabel).failures > 0;
      if (settings_.hostnqn_check && !hash_.empty() && label_settled) due = conflict_due_;
      break;
    }
    case Feature::kEvents: due = events_due_at(now); break;
  }
  return due == base::kNever ? due : std::max(due, state(feature).not_before);
}

TimePoint Outbox::wake_at(TimePoint now) const {
  TimePoint first = base::kNever;
  for (const Feature feature : kByImportance) first = std::min(first, due_at(feature, now));
  if (first == base::kNever) return first;
  return std::max({first, api_not_before_, calls_.next(now)});
}

std::optional<Call> Outbox::next(TimePoint now, base::WallTime wall) {
  drop_old_events(now);
  if (now < api_not_before_ || calls_.next(now) > now) {
    say_denied();
    return std::nullopt;
  }
  for (const Feature feature : kByImportance) {
    if (due_at(feature, now) > now) continue;
    calls_.take(now);
    return Call{feature, request_for(feature, now, wall)};
  }
  say_denied();
  return std::nullopt;
}

Request Outbox::request_for(Feature feature, TimePoint now, base::WallTime wall) {
  switch (feature) {
    case Feature::kNode: return get_node(settings_.node);
    case Feature::kCondition:
      sending_since_ = since_status_ == to_string(wanted_condition_->status) && !since_.empty() ? since_ : time_text(wall);
      return patch_condition(settings_.node, *wanted_condition_, sending_since_, wall);
    case Feature::kTaint: return remove_taint(settings_.node, *node_);
    case Feature::kLabel: return set_label(settings_.node, hash_);
    case Feature::kConflict: return list_nodes_with(hash_);
    case Feature::kEvents: return event_request(now, wall);
  }
  return get_node(settings_.node);
}

std::size_t Outbox::event_to_send(TimePoint now) const {
  if (event_tokens_.next(now) <= now) return 0;
  const auto urgent = std::ranges::find_if(queue_, is_urgent, &Queued::event);
  return static_cast<std::size_t>(urgent - queue_.begin());
}

Request Outbox::event_request(TimePoint now, base::WallTime wall) {
  const Queued& queued = queue_[event_to_send(now)];
  sending_event_ = queued.event;
  sending_count_ = queued.seen.count;
  const auto series = series_.find(queued.event);
  if (series != series_.end()) {
    sending_name_ = series->second.name;
    sending_count_ += series->second.count;
    return patch_event_series(event_namespace_, sending_name_, sending_count_, queued.seen.last);
  }
  sending_name_ = event_name(wall);
  return create_event(event_namespace_, settings_.node, sending_name_, queued.event, queued.seen);
}

/// "NODE.16 hex digits", as client-go's names: time, then chance, so that two agents' clocks can't collide.
std::string Outbox::event_name(base::WallTime wall) {
  constexpr std::size_t kNodeShown = 200;  // names have at most 253 bytes
  std::string name = settings_.node.substr(0, kNodeShown);
  while (!name.empty() && (name.back() == '.' || name.back() == '-')) name.pop_back();
  const auto milliseconds = static_cast<unsigned long long>(wall.time_since_epoch().count());
  const auto salt = static_cast<unsigned long long>(chance_.unit() * 0x100000);
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), ".%016llx", (milliseconds << 20U) | salt);
  return name + digits.data();
}

}  // namespace kube
