// A host, ten portals and chance: whatever happens, the agent never sends what it must not, forgets nothing
// for want of knowledge, and once all is well everything reachable is live.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/fakes/story.h"

namespace {

using namespace std::chrono_literals;
using fakes::Mood;
using fakes::Story;

constexpr const char* kServices[] = {"10.0.0.1:8009", "10.0.0.2:8009", "10.1.0.1:8009"};

class Chaos {
 public:
  explicit Chaos(std::uint64_t seed) : random_(seed), story_(seed) {}

  void run() {
    story_.uevents = chance(3, 4);
    story_.kernel.ctrl_loss_tmo = pick(2) == 0 ? 20 : 600;
    story_.kernel.scan_takes = std::chrono::milliseconds(1 + pick(200));
    story_.settings.preflight = chance(9, 10);
    for (const char* s : kServices) story_.fabric.portal(s).discovery = true;
    for (int i = 0; i < 4; ++i) offer();
    story_.config("-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n c\n-t tcp -a 10.1.0.1 -n d\n");
    story_.start_agent();
    for (int step = 0; step < 60; ++step) {
      one_thing();
      story_.run(std::chrono::milliseconds(pick(step % 7 == 0 ? 30000 : 2000)));
      ASSERT_EQ(story_.violations(), std::vector<std::string>{}) << "step " << step << "\n" << story_.told();
    }
    all_is_well();
    story_.run(12min);
    ASSERT_EQ(story_.violations(), std::vector<std::string>{}) << story_.told();
    const std::vector<std::string> live = story_.kernel.live();
    for (const auto& [service, portal, nqn] : offered_) {
      const std::string wanted = nqn + " at " + portal;
      EXPECT_TRUE(std::ranges::find(live, wanted) != live.end()) << wanted << " is not live\n"
                                                                 << story_.told();
    }
    EXPECT_FALSE(reconcile::health(*story_.status()).degraded()) << not_well() << story_.told();
  }

 private:
  struct Offer {
    std::string service, portal, nqn;
    friend bool operator==(const Offer&, const Offer&) = default;
  };

  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool chance(int of, int all) { return pick(all) < of; }
  std::string service() { return kServices[pick(3)]; }
  std::string portal() { return "10.0.0." + std::to_string(1 + pick(6)) + ":4420"; }

  void offer() {
    Offer o{service(), portal(), "nqn.s" + std::to_string(pick(8))};
    if (std::ranges::find(offered_, o) != offered_.end()) return;
    story_.fabric.serve(o.service, o.portal, o.nqn);
    offered_.push_back(o);
  }

  void one_thing() {
    static constexpr Mood kMoods[] = {Mood::kUp, Mood::kUp, Mood::kRefusing, Mood::kSilent, Mood::kHanging};
    switch (pick(12)) {
      case 0:
      case 1:
        offer();
        break;
      case 2:
        if (!offered_.empty()) {
          const std::size_t i = static_cast<std::size_t>(pick(static_cast<int>(offered_.size())));
          story_.fabric.unlist(offered_[i].service, offered_[i].portal, offered_[i].nqn);
          offered_.erase(offered_.begin() + static_cast<std::ptrdiff_t>(i));
        }
        break;
      case 3:
      case 4:
        story_.fabric.set(portal(), kMoods[pick(5)]);
        break;
      case 5:
        story_.fabric.set(service(), kMoods[pick(4)]);
        break;
      case 6:
        if (!story_.kernel.controllers().empty()) {
          story_.kernel.remove(story_.kernel
                                   .controllers()[static_cast<std::size_t>(
                                       pick(static_cast<int>(story_.kernel.controllers().size())))]
                                   .device);
        }
        break;
      case 7:
        story_.restart_agent();
        break;
      case 8:
        unreadable_does_no_harm();
        break;
      case 9:
        story_.agent->reread_everything();
        break;
      case 10:
        story_.kernel.refuse(portal(), 1 + pick(3), base::Error{base::ErrorKind::kClosed, "ECONNRESET"});
        break;
      case 11:
        by_hand();
        break;
    }
  }

  /// Unknown removes nothing: what was desired stays so while the directory can't be read.
  void unreadable_does_no_harm() {
    const std::size_t endpoints = story_.agent->last_desired().endpoints.size();
    story_.config_unreadable();
    story_.run(3s);
    EXPECT_GE(story_.agent->last_desired().endpoints.size(), endpoints);
    story_.config("-t tcp -a 10.0.0.1 -n c\n-t tcp -a 10.0.0.2 -n c\n-t tcp -a 10.1.0.1 -n d\n");
  }

  void by_hand() {
    if (offered_.empty()) return;
    const Offer& o = offered_[static_cast<std::size_t>(pick(static_cast<int>(offered_.size())))];
    for (const nvme::Controller& c : story_.kernel.controllers()) {
      if (c.subsysnqn == o.nqn && nvme::host_port(c.transport.traddr, c.transport.trsvcid) == o.portal)
        return;
    }
    story_.kernel.connect_by_hand(o.portal, o.nqn, fakes::kHostNqn, fakes::kHostId);
  }

  std::string not_well() const {
    std::string out;
    for (const reconcile::PathStatus& p : story_.status()->paths) {
      if (!p.desired || p.state == reconcile::PathState::kLive) continue;
      out += nvme::to_string(p.path) + " is " + std::string(to_string(p.state)) + " " + p.device;
      out += p.hold ? ", " + std::string(to_string(p.hold->reason)) + " " + p.hold->detail + "\n" : "\n";
    }
    for (const reconcile::EndpointStatus& e : story_.status()->endpoints) {
      if (e.phase != reconcile::SessionPhase::kUp)
        out += to_string(e.id) + " is " + std::string(to_string(e.phase)) + "\n";
    }
    return out;
  }

  void all_is_well() {
    for (int i = 1; i <= 6; ++i) story_.fabric.set("10.0.0." + std::to_string(i) + ":4420", Mood::kUp);
    for (const char* s : kServices) story_.fabric.set(s, Mood::kUp);
  }

  std::mt19937_64 random_;
  Story story_;
  std::vector<Offer> offered_{};
};

TEST(Model, EndsWellWhateverHappens) {
  const char* given = std::getenv("DC_MODEL_SEED");
  const char* rounds_given = std::getenv("DC_MODEL_ROUNDS");
  const std::uint64_t first = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  const int rounds = rounds_given ? std::atoi(rounds_given) : given ? 1 : 30;
  for (int i = 0; i < rounds; ++i) {
    const std::uint64_t seed = first + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("DC_MODEL_SEED=" + std::to_string(seed));
    Chaos(seed).run();
    if (HasFailure()) break;
  }
}

}  // namespace
