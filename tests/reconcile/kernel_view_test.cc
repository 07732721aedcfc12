// What is kept while controllers come, change and go is what a look at all of them would give.
#include "reconcile/kernel_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/reconcile/values.h"

namespace reconcile {
namespace {

using namespace values;
using nvme::Controller;
using nvme::ControllerState;

std::vector<int> matches_of(const KernelView& view) {
  std::vector<int> out;
  for (std::size_t i = 0; i < view.size(); ++i) out.push_back(view.controller_of(i));
  return out;
}

KernelView anew(const DesiredState& desired, const nvme::SysfsSnapshot& kernel, const std::string& aux_suffix) {
  KernelView view;
  view.refresh(desired, kernel, aux_suffix);
  return view;
}

/// Few of each, so that several controllers serve one path, and one controller several.
class World {
 public:
  explicit World(unsigned seed) : random_(seed) {
    for (const char* portal : {"10.0.0.1:4420", "10.0.0.2:4420"}) {
      for (const char* nqn : {"nqn.a", "nqn.b", "nqn.c", "nqn.c.aux"}) {
        for (const char* from : {"", "10.0.0.9"}) {
          Path path{fakes::Fabric::address(portal), nqn, kHostNqn};
          if (*from) path.transport.host_traddr = *nvme::IpAddress::parse(from);
          listed_.push_back(DesiredPath{.path = path});
        }
      }
    }
    std::ranges::sort(listed_, {}, &DesiredPath::path);
    desired.paths = listed_;
  }

  /// Some of the paths are listed no more, others again.
  bool lists_others() {
    if (pick(10) != 0) return false;
    desired.paths = listed_;
    std::erase_if(desired.paths, [this](const DesiredPath&) { return pick(4) == 0; });
    return true;
  }

  /// What a look may find: a new controller at the end or in a hole, another state, another one with the same number, none.
  void step(KernelView& view) {
    std::vector<Controller>& all = kernel.controllers;
    const int instance = pick(12);
    const auto at = std::ranges::lower_bound(all, instance, {}, &Controller::instance);
    const bool there = at != all.end() && at->instance == instance;
    if (there && pick(4) == 0) {
      all.erase(at);
      view.kernel_changed();
      return;
    }
    const auto index = static_cast<std::size_t>(at - all.begin());
    if (!there) all.insert(at, made(instance));
    else if (pick(5) == 0) *at = made(instance);
    else at->state = some_state();
    view.controller_changed(desired, kernel, index);
  }

  bool scan() { return pick(20) == 0; }

  DesiredState desired{};
  nvme::SysfsSnapshot kernel{};

 private:
  int pick(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }
  ControllerState some_state() { return static_cast<ControllerState>(pick(7)); }
  Controller made(int instance) {
    Controller out;
    out.instance = instance;
    out.state = some_state();
    out.transport = fakes::Fabric::address(pick(2) == 0 ? "10.0.0.1:4420" : "10.0.0.2:4420");
    if (pick(3) == 0) out.transport.host_traddr = *nvme::IpAddress::parse("10.0.0.9");
    else if (pick(3) == 0) out.src_addr = *nvme::IpAddress::parse("10.0.0.9");
    const char* names[] = {"nqn.a", "nqn.b", "nqn.c", "nqn.c.aux", "nqn.other", ""};
    out.subsysnqn = names[pick(6)];
    out.hostnqn = pick(4) == 0 ? "" : kHostNqn;
    const char* ids[] = {kHostId, kHostId, kHostId, kOtherId, ""};
    out.hostid = ids[pick(5)];
    if (pick(8) == 0) out.cntrltype = "discovery";
    return out;
  }

  std::vector<DesiredPath> listed_{};
  std::mt19937 random_;
};

TEST(KernelView, WhatIsKeptIsWhatALookAtAllWouldGive) {
  for (const std::string& aux_suffix : {"", "aux"}) {
    for (unsigned seed = 0; seed < 300; ++seed) {
      World world(seed);
      KernelView kept;
      kept.refresh(world.desired, world.kernel, aux_suffix);
      for (int step = 0; step < 60; ++step) {
        world.step(kept);
        if (world.lists_others()) kept.desired_changed();
        for (int looks = 0; looks < step % 3; ++looks) world.step(kept);
        if (world.scan()) kept.kernel_changed();
        kept.refresh(world.desired, world.kernel, aux_suffix);
        const KernelView wanted = anew(world.desired, world.kernel, aux_suffix);
        ASSERT_EQ(matches_of(kept), matches_of(wanted)) << "seed " << seed << ", step " << step;
        ASSERT_EQ(kept.identities(), wanted.identities()) << "seed " << seed << ", step " << step;
      }
    }
  }
}

TEST(KernelView, OtherPathsAreMatchedAnew) {
  World world(1);
  Controller controller;
  controller.state = ControllerState::kLive;
  controller.transport = world.desired.paths.back().path.transport;
  controller.subsysnqn = world.desired.paths.back().path.subnqn;
  controller.instance = 0;
  world.kernel.controllers = {controller};
  KernelView kept;
  kept.refresh(world.desired, world.kernel, "");
  world.desired.paths.erase(world.desired.paths.begin(), world.desired.paths.end() - 1);
  kept.desired_changed();
  kept.refresh(world.desired, world.kernel, "");
  EXPECT_EQ(matches_of(kept), std::vector<int>{0});
}

}  // namespace
}  // namespace reconcile
