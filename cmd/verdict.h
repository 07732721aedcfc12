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

/// One thing that /readyz looks at.
struct HealthCheck {
  std::string_view name{};
  std::string failure{};  ///< a sentence; empty: it is well
};
/// First sync done, every file read without an error, the kernel takes connects, not shutting down: this host only, so
/// remote targets never make it false. `status` null: nothing published yet. Looks at no path.
struct Readiness {
  bool ready{false};
  std::vector<HealthCheck> checks{};
};
Readiness readiness(const reconcile::Status* status, bool stopping);
/// As Kubernetes' components answer: "ok", or one failure a line; `verbose`: "[+]name ok" or "[-]name failed: why" for each
/// check, and "readyz check passed".
std::string health_text(std::string_view endpoint, const std::vector<HealthCheck>& checks, bool verbose);

/// "3 s", "250 ms", "2 min", "5 h": one unit, for people; negative counts as 0.
std::string about(base::Duration duration);

}  // namespace cmd
