// Differences between two views of /sys/class/nvme, both ordered by instance.
#include "reconcile/kernel_watch.h"

#include <algorithm>

#include "base/text.h"

namespace reconcile {

using nvme::Controller;
using nvme::ControllerState;

namespace {

/// Like vector's own, but with an eighth of spare room rather than as much again: thousands of controllers stay for months.
void insert(std::vector<Controller>& all, std::vector<Controller>::iterator at, Controller controller) {
  const auto place = at - all.begin();
  if (all.size() == all.capacity()) all.reserve(all.size() + all.size() / 8 + 8);
  all.insert(all.begin() + place, std::move(controller));
}

}  // namespace

bool same_controller(const Controller& a, const Controller& b) {
  // Its folder tells best: a reconnect brings a new cntlid with it, and a new controller may get an old one.
  if (a.inode != 0 && b.inode != 0) return a.instance == b.instance && a.inode == b.inode;
  return a.instance == b.instance && a.cntlid == b.cntlid && a.transport.traddr == b.transport.traddr &&
         a.transport.trsvcid == b.transport.trsvcid && a.subsysnqn == b.subsysnqn && a.hostnqn == b.hostnqn;
}

int instance_of(const std::string& device) {
  if (!device.starts_with("nvme")) return -1;
  std::optional<std::int64_t> number = base::parse_int(std::string_view(device).substr(4), 0, 1 << 30);
  return number ? static_cast<int>(*number) : -1;
}

void KernelWatch::made_here(int instance, TimePoint began, TimePoint ended) {
  auto seen = watched_.find(instance);
  const bool seen_since =
      seen != watched_.end() && seen->second.since >= began;  // else a former one with this number
  if (seen_since) seen->second.made_at = ended;
  else made_[instance] = ended;
}

const Watched* KernelWatch::of(int instance) const {
  auto it = watched_.find(instance);
  return it == watched_.end() ? nullptr : &it->second;
}

void KernelWatch::compare(const Controller* before, Controller* after, TimePoint now,
                          std::vector<Sighting>& out) {
  // A controller that is still being set up changes its cntlid from 0 to what the target gave it, and has no
  // subsystem yet.
  const bool set_up = before && before->state != ControllerState::kNew && !before->subsysnqn.empty();
  const bool same = before && after && (same_controller(*before, *after) || !set_up);
  if (before && !same) {
    out.push_back(Sighting{*before, before->state, std::nullopt, watched_[before->instance]});
    watched_.erase(before->instance);
  }
  if (!after) return;
  Watched& watched = watched_[after->instance];
  if (auto made = made_.find(after->instance); !same && made != made_.end()) {
    watched.made_at = made->second;
    made_.erase(made);
  }
  if (same && !after->src_addr && before->transport == after->transport) after->src_addr = before->src_addr;
  if (same && (before->ana != after->ana || before->ctrl_loss_tmo != after->ctrl_loss_tmo)) ana_changes_.push_back({*after, before->ana});
  if (same && before->state == after->state) return;
  Sighting sighting{*after, same ? std::optional(before->state) : std::nullopt, after->state, watched};
  watched.since = now;
  if (!same) watched.here_before = first_scan_;
  if (after->state == ControllerState::kLive) {
    watched.was_live = true;
    watched.live_since = now;
  } else if (same && before->state == ControllerState::kLive) {
    watched.lost_at = now;
  }
  const bool going = after->state == ControllerState::kDeleting || after->state == ControllerState::kDead;
  if (!going)
    watched.gave_up =
        after->state == ControllerState::kConnecting || after->state == ControllerState::kResetting;
  out.push_back(std::move(sighting));
}

std::vector<Sighting> KernelWatch::scanned(ObservedState& observed, nvme::SysfsSnapshot fresh, TimePoint now,
                                           std::vector<std::string>& again) {
  std::vector<Sighting> out;
  std::vector<Controller>& old = observed.kernel.controllers;
  std::ranges::sort(fresh.controllers, {}, &Controller::instance);
  // What was looked at since the scan was asked for is as new as the scan or newer: keep it, look again if
  // they differ.
  std::vector<Controller> merged;
  merged.reserve(fresh.controllers.size());
  auto a = old.begin();
  auto b = fresh.controllers.begin();
  while (a != old.end() || b != fresh.controllers.end()) {
    const bool has_old = a != old.end() && (b == fresh.controllers.end() || a->instance <= b->instance);
    const bool has_new = b != fresh.controllers.end() && (a == old.end() || b->instance <= a->instance);
    const std::string& device = has_old ? a->device : b->device;
    if (!looked_.empty() && looked_.contains(device)) {
      const bool agree = has_old && has_new && same_controller(*a, *b) && a->state == b->state;
      if (!agree) again.push_back(device);
      if (has_old) merged.push_back(*a);
    } else {
      compare(has_old ? &*a : nullptr, has_new ? &*b : nullptr, now, out);
      if (has_new) merged.push_back(std::move(*b));
    }
    if (has_old) ++a;
    if (has_new) ++b;
  }
  first_scan_ = false;
  fresh.controllers = std::move(merged);
  observed.kernel = std::move(fresh);
  return out;
}

std::vector<Sighting> KernelWatch::looked(ObservedState& observed, const std::string& device,
                                          std::optional<Controller> found, TimePoint now) {
  std::vector<Sighting> out;
  const int instance = found ? found->instance : instance_of(device);
  if (instance < 0) return out;
  looked_.insert(device);
  std::vector<Controller>& all = observed.kernel.controllers;
  auto at = std::ranges::lower_bound(all, instance, {}, &Controller::instance);
  const bool known = at != all.end() && at->instance == instance;
  compare(known ? &*at : nullptr, found ? &*found : nullptr, now, out);
  if (found && known) *at = std::move(*found);
  else if (found) insert(all, at, std::move(*found));
  else if (known) all.erase(at);
  return out;
}

}  // namespace reconcile
