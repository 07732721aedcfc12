// A deque of shared changes; the view copies pointers, and only after something was added.
#include "reconcile/history.h"

namespace reconcile {

namespace {

void cut(std::string& text) {
  constexpr std::string_view kMore = "...";
  if (text.size() <= HistoryRing::kTextLimit) return;
  text.resize(HistoryRing::kTextLimit - kMore.size());
  text += kMore;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kPath:
      return "path";
    case ChangeKind::kEndpoint:
      return "endpoint";
    case ChangeKind::kLogPage:
      return "log-page";
    case ChangeKind::kAna:
      return "ana";
    case ChangeKind::kSubsystem:
      return "subsystem";
    case ChangeKind::kPortal:
      return "portal";
    case ChangeKind::kName:
      return "name";
    case ChangeKind::kKernel:
      return "kernel";
    case ChangeKind::kConfiguration:
      return "configuration";
    case ChangeKind::kAgent:
      return "agent";
  }
  return "unknown";
}

const Change& HistoryRing::add(Change change) {
  for (std::string* text : {&change.subject, &change.before, &change.after, &change.cause}) cut(*text);
  ++counts_[static_cast<std::size_t>(change.kind)];
  ring_.push_back(std::make_shared<const Change>(std::move(change)));
  if (ring_.size() > kKept) ring_.pop_front();
  stale_ = true;
  return *ring_.back();
}

HistoryPtr HistoryRing::view() {
  if (stale_) view_ = std::make_shared<const History>(ring_.begin(), ring_.end());
  stale_ = false;
  return view_;
}

}  // namespace reconcile
