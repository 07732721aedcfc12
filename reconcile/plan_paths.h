// The half of plan() that is about I/O controllers. Private to plan.cc and plan_paths.cc.
#pragma once

#include "reconcile/plan.h"

namespace reconcile {

/// What a portal allows now, from probes, sessions and what the kernel met there. Shared by all paths of the
/// portal.
enum class PortalVerdict : std::uint8_t {
  kAnswers,    ///< go
  kAsk,        ///< probe it
  kAsking,     ///< a probe is under way
  kSilent,     ///< not now; `until` says when it is asked again
  kForceable,  ///< silent, and the kernel may be sent there once all else is done
};
struct PortalAnswer {
  PortalVerdict verdict{PortalVerdict::kAsk};
  TimePoint until{base::kNever};
  const base::Error* error{nullptr};
  bool known{false};  ///< it was asked before
};
PortalAnswer ask_portal(const nvme::TransportId& portal, const ObservedState& observed,
                        const Settings& settings, TimePoint now);

/// Appends actions and holds for every desired path; lowers `out.wake_at`.
void plan_paths(const DesiredState& desired, const KernelView& view, const ObservedState& observed, const Settings& settings,
                TimePoint now, Plan& out);

}  // namespace reconcile
