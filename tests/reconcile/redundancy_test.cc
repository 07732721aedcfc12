// What hangs on what: the metric's count, and what goes when an address or interface is taken away.
#include "reconcile/redundancy.h"

#include <gtest/gtest.h>

namespace {

using reconcile::Losses;
using reconcile::PathState;
using reconcile::Removal;
using reconcile::Status;

nvme::IpAddress ip(const char* text) { return *nvme::IpAddress::parse(text); }

struct World {
  Status status{};
  const char* hostnqn{"nqn.host"};

  void path(const char* subnqn, nvme::TransportId transport, PathState state = PathState::kLive) {
    reconcile::PathStatus& path = status.paths.emplace_back();
    path.path = nvme::Path{std::move(transport), subnqn, hostnqn};
    path.state = state;
    path.desired = true;
  }
  void path(const char* subnqn, const char* traddr, PathState state = PathState::kLive, std::uint16_t port = 4420) {
    path(subnqn, {.traddr = ip(traddr), .trsvcid = port}, state);
  }
  reconcile::EndpointStatus& service(const char* traddr, const char* group, reconcile::SessionPhase phase = reconcile::SessionPhase::kUp) {
    reconcile::EndpointStatus& endpoint = status.endpoints.emplace_back();
    endpoint.id = {{ip(traddr), 8009, std::nullopt, {}}, "nqn.host", group};
    endpoint.phase = phase;
    return endpoint;
  }
  std::vector<std::string> edge() const {
    std::vector<std::string> out;
    for (const auto& at : one_failure_away(status)) out.push_back(at.subsystem.subnqn + " " + at.hangs_on);
    return out;
  }
  Losses without(const Removal& removal) const { return losses_without(status, {removal}); }
};

using Strings = std::vector<std::string>;

std::string told(const std::vector<reconcile::Loss>& losses) {
  std::string out;
  for (const auto& loss : losses) out += loss.subsystem.subnqn + " " + std::to_string(loss.before) + "->" + std::to_string(loss.after) + ";";
  return out;
}

TEST(OneFailureAway, IsASubsystemWhoseLivePathsGoToOneAddress) {
  World w;
  w.path("nqn.two", "10.0.0.1");
  w.path("nqn.two", "10.0.0.2");
  w.path("nqn.ports", "10.0.0.1");
  w.path("nqn.ports", "10.0.0.1", PathState::kLive, 4421);
  w.path("nqn.left", "10.0.0.1");
  w.path("nqn.left", "10.0.0.2", PathState::kConnecting);
  w.path("nqn.gone", "10.0.0.1", PathState::kMissing);
  EXPECT_EQ(w.edge(), (Strings{"nqn.left 10.0.0.1", "nqn.ports 10.0.0.1"}));
}

TEST(OneFailureAway, ALivePathThatNobodyListsIsAccessToo) {
  World w;
  w.path("nqn.a", "10.0.0.1");
  w.path("nqn.a", "10.0.0.2");
  w.status.paths.back().desired = false;
  EXPECT_EQ(w.edge(), Strings{});
}

TEST(OneFailureAway, HostIdentitiesAreHostsOfTheirOwn) {
  World w;
  w.path("nqn.a", "10.0.0.1");
  w.hostnqn = "nqn.other-host";
  w.path("nqn.a", "10.0.0.2");
  EXPECT_EQ(w.edge().size(), 2U);
}

TEST(OneFailureAway, ASharedInterfaceCountsWhereTheHostUsesSeveral) {
  World w;
  w.path("nqn.a", {.traddr = ip("10.0.0.1"), .trsvcid = 4420, .host_iface = "eth1"});
  w.path("nqn.a", {.traddr = ip("10.0.0.2"), .trsvcid = 4420, .host_iface = "eth1"});
  EXPECT_EQ(w.edge(), Strings{}) << "one interface carries everything by design";
  w.path("nqn.a", {.traddr = ip("10.0.0.3"), .trsvcid = 4420, .host_iface = "eth2"}, PathState::kConnecting);
  EXPECT_EQ(w.edge(), (Strings{"nqn.a via eth1"}));
}

TEST(OneFailureAway, ASharedLocalAddressCountsWhereTheHostUsesSeveral) {
  World w;
  w.path("nqn.a", {.traddr = ip("10.0.0.1"), .trsvcid = 4420, .host_traddr = ip("10.0.0.9")});
  w.path("nqn.a", {.traddr = ip("10.0.0.2"), .trsvcid = 4420, .host_traddr = ip("10.0.0.9")});
  EXPECT_EQ(w.edge(), Strings{});
  w.path("nqn.b", {.traddr = ip("10.0.0.1"), .trsvcid = 4420, .host_traddr = ip("10.0.1.9")});
  w.path("nqn.b", "10.0.0.2");
  EXPECT_EQ(w.edge(), (Strings{"nqn.a from 10.0.0.9"})) << "the second path of nqn.b is bound to nothing";
}

TEST(Without, AnAddressTakesAllItsPortals) {
  World w;
  w.path("nqn.a", "10.0.0.1");
  w.path("nqn.a", "10.0.0.2");
  w.path("nqn.b", "10.0.0.1");
  w.path("nqn.b", "10.0.0.1", PathState::kLive, 4421);
  w.path("nqn.c", "10.0.0.2");
  w.path("nqn.d", "10.0.0.1", PathState::kMissing);
  const Losses losses = w.without({.address = ip("10.0.0.1")});
  EXPECT_EQ(told(losses.last), "nqn.b 2->0;");
  EXPECT_EQ(told(losses.fewer), "nqn.a 2->1;");
  ASSERT_EQ(losses.already.size(), 1U);
  EXPECT_EQ(losses.already[0].subnqn, "nqn.d");
  EXPECT_EQ(losses.untouched, 1);
  EXPECT_EQ(losses.paths, 3);
  EXPECT_FALSE(losses.safe());
}

TEST(Without, APortalIsLessThanItsAddress) {
  World w;
  w.path("nqn.b", "10.0.0.1");
  w.path("nqn.b", "10.0.0.1", PathState::kLive, 4421);
  const Losses losses = w.without({.address = ip("10.0.0.1"), .trsvcid = 4421});
  EXPECT_TRUE(losses.safe());
  EXPECT_EQ(told(losses.fewer), "nqn.b 2->1;");
}

TEST(Without, SpellingsOfAnAddressAreOne) {
  World w;
  w.path("nqn.a", "fd00::1");
  EXPECT_FALSE(w.without({.address = ip("fd00:0:0:0::0001")}).safe());
}

TEST(Without, LocalAddressesAndInterfacesTakeWhatIsBoundToThem) {
  World w;
  w.path("nqn.a", {.traddr = ip("10.0.0.1"), .trsvcid = 4420, .host_traddr = ip("10.0.0.9")});
  w.path("nqn.b", {.traddr = ip("10.0.0.1"), .trsvcid = 4420, .host_iface = "eth1"});
  EXPECT_EQ(told(w.without({.address = ip("10.0.0.9")}).last), "nqn.a 1->0;");
  EXPECT_EQ(told(w.without({.host_iface = "eth1"}).last), "nqn.b 1->0;");
}

TEST(Without, SeveralThingsTogether) {
  World w;
  w.path("nqn.a", "10.0.0.1");
  w.path("nqn.a", "10.0.0.2");
  EXPECT_TRUE(w.without({.address = ip("10.0.0.1")}).safe());
  EXPECT_FALSE(losses_without(w.status, {{.address = ip("10.0.0.1")}, {.address = ip("10.0.0.2")}}).safe());
}

TEST(Without, AnAddressThatNothingGoesToIsNotKnown) {
  World w;
  w.path("nqn.a", "10.0.0.1", PathState::kMissing);
  EXPECT_TRUE(w.without({.address = ip("10.0.0.1")}).known);
  EXPECT_FALSE(w.without({.address = ip("10.0.0.7")}).known);
  EXPECT_FALSE(w.without({.address = ip("10.0.0.1"), .trsvcid = 4421}).known);
}

TEST(Without, AGroupThatLosesItsLastServiceIsMute) {
  World w;
  w.service("10.0.0.1", "a");
  w.service("10.0.0.2", "a", reconcile::SessionPhase::kDown);
  w.service("10.0.0.1", "b");
  w.service("10.0.0.2", "b", reconcile::SessionPhase::kDown).hold = reconcile::Hold{.reason = reconcile::HoldReason::kStandby};
  const Losses losses = w.without({.address = ip("10.0.0.1")});
  EXPECT_EQ(losses.services, 2);
  EXPECT_EQ(losses.mute, Strings{"a"}) << "b has one that stands by";
  EXPECT_TRUE(losses.known);
}

}  // namespace
