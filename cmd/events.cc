// A ring moves on by dropping at its front: the longest end of what was shown that is a beginning of what is there now.
#include "cmd/events.h"

#include <algorithm>

#include "base/text.h"
#include "cmd/status_json.h"
#include "cmd/table.h"

namespace cmd {
namespace {

Tint tint_of(const Json& event) {
  const std::string after = text_of(event, "after");
  for (const char* good : {"live", "up", "connected", "answering", "available", "done"}) {
    if (after == good) return Tint::kGood;
  }
  for (const char* bad : {"missing", "down", "dead", "failing", "silent", "unresolved", "purged", "unreadable"}) {
    if (after == bad) return Tint::kBad;
  }
  return Tint::kNone;
}

}  // namespace

std::string events_table(const std::vector<const Json*>& events, bool colour) {
  Table table;
  for (const Json* event : events) {
    const std::string before = text_of(*event, "before");
    table.row({{text_of(*event, "at"), Tint::kFaint}, {text_of(*event, "kind")}, {text_of(*event, "subject")},
               {(before.empty() ? "" : before + " -> ") + text_of(*event, "after"), tint_of(*event)}, {text_of(*event, "cause"), Tint::kFaint}});
  }
  return table.text(colour);
}

std::vector<const Json*> NewEvents::in(const Json& document) {
  const Json& events = list_of(document, "events");
  std::vector<std::string> now;
  for (const Json& event : events) now.push_back(dump(event, -1));
  std::size_t kept = std::min(shown_.size(), now.size());
  while (kept > 0 && !std::equal(now.begin(), now.begin() + static_cast<std::ptrdiff_t>(kept), shown_.end() - static_cast<std::ptrdiff_t>(kept))) --kept;
  shown_ = std::move(now);
  std::vector<const Json*> out;
  for (std::size_t i = kept; i < events.size(); ++i) {
    if (events[i].is_object()) out.push_back(&events[i]);
  }
  return out;
}

}  // namespace cmd
