// The JSON of /events for people, and what is new in one answer after another. Pure.
#pragma once

#include <string>
#include <vector>

#include "cmd/json_fields.h"

namespace cmd {

inline constexpr int kEventsSchema = 1;

/// One line an event: when, kind, subject, before -> after, cause.
std::string events_table(const std::vector<const Json*>& events, bool colour);

/// Remembers what was shown, so that each event is shown once although every answer holds all of them.
class NewEvents {
 public:
  /// The events of `document` that no earlier one had, oldest first; they point into it. Where the agent has started anew
  /// or forgot what was shown last, all of them.
  std::vector<const Json*> in(const Json& document);

 private:
  std::vector<std::string> shown_{};  ///< the last answer's, as text
};

}  // namespace cmd
