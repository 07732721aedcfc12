// What the one fabrics worker knows of portals that held the kernel. Pure; for one thread.
#pragma once

#include <chrono>
#include <map>

#include "base/error.h"
#include "base/time.h"
#include "nvme/address.h"

namespace reconcile {

/// A failed connect that took longer held up every other one on the host (drivers/nvme/host/fabrics.c writes under one mutex;
/// a Connect that gets no answer ends after an admin command's 60 s).
inline constexpr base::Duration kKernelHeld = std::chrono::seconds(2);

/// What was queued for a portal before a connect there held the kernel is given back, not sent: each would hold it as long, and
/// everybody else would wait for all of them.
class HeldPortals {
 public:
  void failed(const nvme::TransportId& portal, const base::Error& error, base::Duration took, base::TimePoint at) {
    const bool went_there = error.kind != base::ErrorKind::kExists;
    if (went_there && took > kKernelHeld) held_at_.insert_or_assign(portal, at);
  }
  /// Asked once, before it would be sent. What was queued later is sent: who queued it knew.
  bool gives_back(const nvme::TransportId& portal, base::TimePoint queued_at) {
    const auto held = held_at_.find(portal);
    if (held == held_at_.end()) return false;
    if (queued_at < held->second) return true;
    held_at_.erase(held);
    return false;
  }

 private:
  std::map<nvme::TransportId, base::TimePoint> held_at_{};
};

}  // namespace reconcile
