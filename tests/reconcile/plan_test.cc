// What to do about the difference, and why not the rest, in tables.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "tests/reconcile/values.h"

namespace {

using namespace values;
using nvme::ControllerState;
using reconcile::desire;
using reconcile::Hold;
using reconcile::HoldReason;
using reconcile::Plan;
using reconcile::plan;
using reconcile::SessionPhase;
using reconcile::Settings;
using Texts = std::vector<std::string>;

constexpr const char* kLine = "-t tcp -a 10.0.0.1 -n c\n";

/// One service, up, that lists `entries`.
ObservedState with(std::vector<nvme::LogEntry> entries) {
  ObservedState o = observed(kLine);
  up(o, service("10.0.0.1:8009", "c"), std::move(entries));
  return o;
}
struct Planned : Plan {
  reconcile::DesiredState desired{};
  reconcile::KernelView view{};
};
Planned plan_of(const ObservedState& o, const Settings& settings = {}, TimePoint now = kNow) {
  reconcile::DesiredState desired = desire(o, settings);
  reconcile::KernelView view;
  view.refresh(desired, o.kernel, settings.aux_suffix);
  return Planned{plan(desired, view, o, settings, now), std::move(desired), std::move(view)};
}
Texts actions_of(const Plan& p) {
  Texts out;
  for (const reconcile::Action& a : p.actions) out.push_back(reconcile::to_string(a));
  return out;
}
const std::optional<Hold>& hold_at(const Planned& p, const Path& where) {
  auto it = std::ranges::lower_bound(p.desired.paths, where, {}, &reconcile::DesiredPath::path);
  static const std::optional<Hold> none;
  return it == p.desired.paths.end() || it->path != where ? none : p.path_holds[static_cast<std::size_t>(it - p.desired.paths.begin())];
}
std::string hold_of(const Planned& p, const Path& where) {
  const std::optional<Hold>& hold = hold_at(p, where);
  return hold ? std::string(reconcile::to_string(hold->reason)) : "free";
}

const Path kA = path("10.0.0.1:4420", "nqn.a");

TEST(Plan, ProbesFirstAndConnectsWhereSomebodyAnswers) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"probe 10.0.0.1:4420"});
  EXPECT_EQ(hold_of(plan_of(o), kA), "probing");
  answered(o, "10.0.0.1:4420");
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"connect nqn.a at 10.0.0.1:4420"});
  EXPECT_EQ(actions_of(plan_of(o, {}, kNow + 3s)), Texts{"probe 10.0.0.1:4420"})
      << "an answer is good for 2 s";
}

TEST(Plan, ASessionThatWasHeardFromIsAnAnswer) {
  ObservedState o = with({nvm("10.0.0.1:8009", "nqn.a")});
  o.sessions.begin()->second.last_heard = kNow - 1s;
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"connect nqn.a at 10.0.0.1:8009"});
}

TEST(Plan, PreflightCanBeOff) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
  Settings settings;
  settings.preflight = false;
  EXPECT_EQ(actions_of(plan_of(o, settings)), Texts{"connect nqn.a at 10.0.0.1:4420"});
}

TEST(Plan, WhatSysfsShowsDecides) {
  const std::pair<ControllerState, const char*> rows[] = {
      {ControllerState::kLive, "free"},
      {ControllerState::kNew, "kernel-reconnecting"},
      {ControllerState::kConnecting, "kernel-reconnecting"},
      {ControllerState::kResetting, "kernel-reconnecting"},
      {ControllerState::kUnknown, "kernel-reconnecting"},
      {ControllerState::kDeleting, "deleting"},
      {ControllerState::kDead, "deleting"}};
  for (const auto& [state, wanted] : rows) {
    ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
    answered(o, "10.0.0.1:4420");
    controller(o, "10.0.0.1:4420", "nqn.a", state);
    const Planned p = plan_of(o);
    EXPECT_TRUE(p.actions.empty()) << nvme::to_string(state);
    EXPECT_EQ(hold_of(p, kA), wanted) << nvme::to_string(state);
  }
}

TEST(Plan, ALiveControllerCountsBesideADyingOne) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
  controller(o, "10.0.0.1:4420", "nqn.a", ControllerState::kDeleting);
  controller(o, "10.0.0.1:4420", "nqn.a", ControllerState::kLive);
  const Planned p = plan_of(o);
  ASSERT_EQ(p.view.size(), 1U);
  EXPECT_EQ(p.view.controller_of(0), 1);
}

TEST(Plan, WhichControllerServesWhichPath) {
  struct Row {
    const char* what;
    const char* options;  // of the line
    void (*change)(nvme::Controller&);
    bool served;
  };
  const Row rows[] = {
      {"the same", "", [](nvme::Controller&) {}, true},
      {"another host id", "", [](nvme::Controller& c) { c.hostid = kOtherId; }, true},
      {"another host NQN", "", [](nvme::Controller& c) { c.hostnqn = "y"; }, false},
      {"another subsystem", "", [](nvme::Controller& c) { c.subsysnqn = "nqn.b"; }, false},
      {"another port", "", [](nvme::Controller& c) { c.transport.trsvcid = 4421; }, false},
      {"made with an interface nobody asked for", "",
       [](nvme::Controller& c) { c.transport.host_iface = "eth9"; }, true},
      {"asked for, not given, but that is its source", "-w 10.0.0.99",
       [](nvme::Controller& c) { c.src_addr = *nvme::IpAddress::parse("10.0.0.99"); }, true},
      {"asked for, not given, source unknown", "-w 10.0.0.99", [](nvme::Controller&) {}, false},
      {"asked for and given", "-w 10.0.0.99",
       [](nvme::Controller& c) { c.transport.host_traddr = *nvme::IpAddress::parse("10.0.0.99"); }, true},
      {"asked for, another given", "-w 10.0.0.99",
       [](nvme::Controller& c) { c.transport.host_traddr = *nvme::IpAddress::parse("10.0.0.98"); }, false},
      {"interface asked for, none given", "-f eth1", [](nvme::Controller&) {}, false},
      {"interface and source asked for, none given, that is its source", "-f eth1 -w 10.0.0.99",
       [](nvme::Controller& c) { c.src_addr = *nvme::IpAddress::parse("10.0.0.99"); }, true},
      {"another interface", "-f eth1", [](nvme::Controller& c) { c.transport.host_iface = "eth2"; }, false},
      {"a discovery controller", "", [](nvme::Controller& c) { c.cntrltype = "discovery"; }, false},
  };
  for (const Row& row : rows) {
    ObservedState o = observed(std::string("-t tcp -a 10.0.0.1 -n c ") + row.options + "\n");
    const reconcile::DesiredState endpoints = desire(o, Settings{});
    up(o, endpoints.endpoints.at(0).id, {nvm("10.0.0.1:4420", "nqn.a")});
    row.change(controller(o, "10.0.0.1:4420", "nqn.a"));
    EXPECT_EQ(plan_of(o).view.controller_of(0) >= 0, row.served) << row.what;
  }
}

TEST(Plan, NothingIsSentBeforeSysfsWasRead) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
  answered(o, "10.0.0.1:4420");
  o.kernel_known = false;
  EXPECT_TRUE(plan_of(o).actions.empty());
  EXPECT_EQ(hold_of(plan_of(o), kA), "observing");
  o.kernel_known = true;
  o.unobserved.insert(kA);
  EXPECT_TRUE(plan_of(o).actions.empty());
  EXPECT_EQ(hold_of(plan_of(o), kA), "observing");
}

TEST(Plan, WithoutFabricsEveryMissingPathSaysSo) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
  o.features.reset();
  o.fabrics_error = base::Error{base::ErrorKind::kNotFound, "modprobe nvme-fabrics"};
  EXPECT_EQ(hold_of(plan_of(o), kA), "no-fabrics");
}

TEST(Plan, InFlightIsNotSentAgain) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
  answered(o, "10.0.0.1:4420");
  o.in_flight.insert(kA);
  EXPECT_EQ(hold_of(plan_of(o), kA), "queued");
  o.at_the_kernel = kA;
  EXPECT_EQ(hold_of(plan_of(o), kA), "in-flight");
  EXPECT_TRUE(plan_of(o).actions.empty());
}

TEST(Plan, BackoffIsPerPathAndWakesWhenItEnds) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a"), nvm("10.0.0.1:4420", "nqn.b")});
  answered(o, "10.0.0.1:4420");
  o.attempts[kA] = reconcile::Attempt{1, 1, base::Error{base::ErrorKind::kClosed, "reset"}, kNow, kNow + 1s};
  const Planned p = plan_of(o);
  EXPECT_EQ(actions_of(p), Texts{"connect nqn.b at 10.0.0.1:4420"});
  EXPECT_EQ(hold_of(p, kA), "backoff");
  EXPECT_EQ(hold_at(p, kA)->detail, "reset");
  EXPECT_EQ(p.wake_at, kNow + 1s);
  o.attempts[kA].last_error = base::Error{base::ErrorKind::kIo, "EIO", EIO};
  EXPECT_EQ(hold_of(plan_of(o), kA), "parked");
}

TEST(Plan, FirstPathsComeBeforeSecondOnes) {
  ObservedState o =
      with({nvm("10.0.0.1:4420", "nqn.a"), nvm("10.0.0.2:4420", "nqn.a"), nvm("10.0.0.1:4420", "nqn.b"),
            nvm("10.0.0.2:4420", "nqn.b"), nvm("10.0.0.3:4420", "nqn.c"), nvm("10.0.0.2:4420", "nqn.c")});
  for (int i = 1; i <= 3; ++i) answered(o, "10.0.0." + std::to_string(i) + ":4420");
  controller(o, "10.0.0.3:4420", "nqn.c");
  EXPECT_EQ(actions_of(plan_of(o)), (Texts{"connect nqn.a at 10.0.0.1:4420", "connect nqn.b at 10.0.0.1:4420",
                                           "connect nqn.a at 10.0.0.2:4420", "connect nqn.b at 10.0.0.2:4420",
                                           "connect nqn.c at 10.0.0.2:4420"}));
  Settings settings;
  settings.fabrics_queue = 2;
  const Planned p = plan_of(o, settings);
  EXPECT_EQ(p.actions.size(), 2U);
  EXPECT_EQ(hold_of(p, path("10.0.0.2:4420", "nqn.a")), "queued");
  o.fabrics_ahead = 4;
  EXPECT_EQ(plan_of(o, settings).actions.size(), 4U) << "the worker is through with more before the next pass";
}

TEST(Plan, SecondPathsDontFillTheQueueWhileFirstOnesAreProbed) {
  std::vector<nvme::LogEntry> entries;
  for (int i = 0; i < 8; ++i) {
    entries.push_back(nvm("10.0.0.1:4420", "nqn.s" + std::to_string(i)));
    entries.push_back(nvm("10.0.0.2:4420", "nqn.s" + std::to_string(i)));
  }
  entries.push_back(nvm("10.0.0.3:4420", "nqn.late"));
  ObservedState o = with(entries);
  answered(o, "10.0.0.1:4420");
  answered(o, "10.0.0.2:4420");
  const Planned p = plan_of(o);
  const auto connects = std::ranges::count_if(
      p.actions, [](const auto& a) { return std::holds_alternative<reconcile::ConnectPath>(a); });
  EXPECT_EQ(connects, 8) << "the first paths";
}

TEST(Plan, SilentPortalsGoLastOneAtATimeAndRarely) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a"), nvm("10.0.0.2:4420", "nqn.b")});
  for (const char* where : {"10.0.0.1:4420", "10.0.0.2:4420"}) {
    reconcile::ProbeView& portal = o.portals[fakes::Fabric::address(where)];
    portal.at = kNow - 1s;
    portal.error = base::Error{base::ErrorKind::kTimeout, "no answer"};
    portal.failures = 2;
    portal.not_before = kNow + 4s;
  }
  EXPECT_TRUE(plan_of(o).actions.empty()) << "two failures are too few";
  EXPECT_EQ(hold_of(plan_of(o), kA), "silent-portal");
  EXPECT_EQ(plan_of(o).wake_at, kNow + 4s);
  for (auto& [where, portal] : o.portals) portal.failures = 3;
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"connect nqn.a at 10.0.0.1:4420 although the portal is silent"});
  o.in_flight.insert(path("10.0.0.9:4420", "nqn.z"));
  EXPECT_TRUE(plan_of(o).actions.empty()) << "not while the kernel has other work";
  o.in_flight.clear();
  for (auto& [where, portal] : o.portals) portal.last_forced = kNow - 4min;
  EXPECT_TRUE(plan_of(o).actions.empty()) << "at most every five minutes";
}

TEST(Plan, APortalThatHungTheKernelWaitsWhateverItAnswers) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a")});
  answered(o, "10.0.0.1:4420");
  o.portals.begin()->second.hung_until = kNow + 4min;
  EXPECT_EQ(hold_of(plan_of(o), kA), "silent-portal");
  EXPECT_EQ(plan_of(o).wake_at, kNow + 4min);
  EXPECT_EQ(actions_of(plan_of(o, {}, kNow + 4min)),
            Texts{"connect nqn.a at 10.0.0.1:4420 although the portal is silent"});
}

TEST(Plan, ProbesAreLimited) {
  std::vector<nvme::LogEntry> entries;
  for (int i = 1; i <= 100; ++i) entries.push_back(nvm("10.0.1." + std::to_string(i) + ":4420", "nqn.a"));
  ObservedState o = with(entries);
  EXPECT_EQ(plan_of(o).actions.size(), 64U);
  for (int i = 1; i <= 60; ++i)
    o.portals[fakes::Fabric::address("10.0.1." + std::to_string(i) + ":4420")].in_flight = true;
  EXPECT_EQ(plan_of(o).actions.size(), 4U);
}

TEST(Plan, AnIdentityConflictNamesBoth) {
  ObservedState o = observed(std::string("-t tcp -a 10.0.0.1 -n c -I ") + kHostId + "\n");
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  answered(o, "10.0.0.1:4420");
  controller(o, "10.0.0.9:4420", "nqn.z", ControllerState::kLive, kOtherId);
  const Planned p = plan_of(o);
  EXPECT_EQ(hold_of(p, kA), "identity-conflict");
  EXPECT_NE(hold_at(p, kA)->detail.find(kOtherId), std::string::npos);
}

TEST(Plan, AnOptionThatCantBeLeftOutIsAHold) {
  ObservedState o = observed("-t tcp -a 10.0.0.1 -n c\n");
  o.intent.endpoints[0].tunables.tls = true;
  up(o, service("10.0.0.1:8009", "c"), {nvm("10.0.0.1:4420", "nqn.a")});
  answered(o, "10.0.0.1:4420");
  EXPECT_EQ(hold_of(plan_of(o), kA), "unsafe-option");
}

TEST(Plan, SessionsStartStopAndWait) {
  ObservedState o = observed(kLine);
  const EndpointId id = service("10.0.0.1:8009", "c");
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"start session with 10.0.0.1:8009"});
  o.sessions[id].phase = SessionPhase::kStarting;
  EXPECT_TRUE(plan_of(o).actions.empty());
  o.sessions[id].phase = SessionPhase::kDown;
  o.sessions[id].attempt =
      reconcile::Attempt{1, 1, base::Error{base::ErrorKind::kTimeout, "no answer"}, kNow, kNow + 2s};
  Planned p = plan_of(o);
  EXPECT_TRUE(p.actions.empty());
  EXPECT_EQ(p.endpoint_holds.at(id).reason, HoldReason::kBackoff);
  EXPECT_EQ(p.wake_at, kNow + 2s);
  o.sessions[service("10.0.0.2:8009", "old")].phase = SessionPhase::kUp;
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"stop session with 10.0.0.2:8009"});
  o.config_known = false;
  EXPECT_TRUE(plan_of(o).actions.empty()) << "unknown is not absent";
}

TEST(Plan, ASessionStartsAnewWhenItsIdentityChanges) {
  ObservedState o = with({});
  reconcile::SessionView& session = o.sessions.begin()->second;
  session.started_as = reconcile::StartedAs{identity()};
  EXPECT_TRUE(plan_of(o).actions.empty());
  session.started_as = reconcile::StartedAs{identity(kHostNqn, kOtherId)};
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"stop session with 10.0.0.1:8009"});
}

TEST(Plan, LogPagesAreReadAgainInTime) {
  ObservedState o = with({});
  o.sessions.begin()->second.refresh_at = kNow + 1min;
  EXPECT_EQ(plan_of(o).wake_at, kNow + 1min);
  EXPECT_EQ(actions_of(plan_of(o, {}, kNow + 1min)), Texts{"read log page of 10.0.0.1:8009"});
}

TEST(Plan, NamesAreAskedForOnceAndAgainWhenASessionFails) {
  ObservedState o = observed("-t tcp -a store.example -n c\n");
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"resolve store.example"});
  reconcile::NameView& name = o.names["store.example"];
  name.in_flight = true;
  EXPECT_TRUE(plan_of(o).actions.empty());
  name.in_flight = false;
  name.at = kNow - 1min;
  name.addresses = {*nvme::IpAddress::parse("10.0.0.1")};
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"start session with 10.0.0.1:8009"});
  reconcile::SessionView& session = o.sessions[service("10.0.0.1:8009", "c")];
  session.attempt =
      reconcile::Attempt{1, 1, base::Error{base::ErrorKind::kTimeout, "no answer"}, kNow, kNow + 2s};
  EXPECT_EQ(actions_of(plan_of(o)), Texts{"resolve store.example"});
}

TEST(Plan, IsPure) {
  ObservedState o = with({nvm("10.0.0.1:4420", "nqn.a"), nvm("10.0.0.2:4420", "nqn.a")});
  answered(o, "10.0.0.1:4420");
  EXPECT_EQ(actions_of(plan_of(o)), actions_of(plan_of(o)));
  EXPECT_EQ(plan_of(o).path_holds, plan_of(o).path_holds);
}

}  // namespace
