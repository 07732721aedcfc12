// A Status in one line, for the first line of `status`, for /readyz and for logs. Pure.
#pragma once

#include <string>
#include <vector>

#include "reconcile/status.h"

namespace cmd {

struct Verdict {
  enum class Level : std::uint8_t { kOk, kDegraded, kNotReady };
  Level level{Level::kNotReady};
  std::string line{};  ///< "OK: 6 of 6 paths live"; "DEGRADED: 4 of 6 paths live; portal 10.0.0.2:4420: …, next try in 3 s"
};
std::string_view to_string(Verdict::Level level);
Verdict verdict(const reconcile::Status& status);

/// Desired paths, and how many of them sysfs calls live.
struct PathCount { int desired{0}; int live{0}; };
PathCount count_paths(const reconcile::Status& status);

/// Whether the first sync is done, and if not, why: one sentence each. `status` null: nothing published yet.
struct Readiness {
  bool ready{false};
  std::vector<std::string> reasons{};
};
Readiness readiness(const reconcile::Status* status, bool stopping);

/// "3 s", "250 ms", "2 min", "5 h": one unit, for people; negative counts as 0.
std::string about(base::Duration duration);

}  // namespace cmd
