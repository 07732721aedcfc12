// What may happen, and how often. A thing that needs another (a line to take away, a page entry to unlist) is only told when
// that is there.
#include "tests/reconcile/random_story.h"

#include <algorithm>
#include <random>
#include <utility>

#include "tests/fakes/story.h"

namespace {

constexpr int kThings = 60;
constexpr const char* kRoots[] = {"-t tcp -a 10.0.0.1 -n c", "-t tcp -a 10.0.0.2 -n c", "-t tcp -a 10.1.0.1 -n d"};
constexpr const char* kMore[] = {
    "-t tcp -a 10.0.0.3 -n c",
    "-t tcp -a storage.example -n d",
    "-t tcp -a 10.1.0.1 -n d -q nqn.2014-08.org.nvmexpress:uuid:22222222-2222-4222-8222-222222222222",
    "-t tcp -a 10.1.0.2",
};
constexpr const char* kServices[] = {"10.0.0.1:8009", "10.0.0.2:8009", "10.0.0.3:8009", "10.1.0.1:8009", "10.1.0.2:8009"};
constexpr const char* kOtherHostId = "33333333-3333-4333-8333-333333333333";

class Teller {
 public:
  explicit Teller(std::uint64_t seed) : random_(seed), seed_(seed) {}

  std::vector<std::string> tell() {
    setting_the_scene();
    for (int i = 0; i < kThings; ++i) {
      if (seed_ % 16 == 6 && i == 20) say("setting keepRemembered off");  // beside an agent's memory, from its next start on
      if (seed_ % 16 == 6 && i == 40) say("setting keepRemembered on");
      one_thing();
      say("run " + std::to_string(1 + pick(i % 7 == 0 ? 60000 : 2000)) + "ms");
    }
    say("heal");
    say("run 15m");
    say("expect well within 1s");  // nothing waits longer than five minutes and its jitter
    return std::move(lines_);
  }

 private:
  struct Offer {
    std::string service, portal, nqn;
    friend bool operator==(const Offer&, const Offer&) = default;
  };

  void say(std::string line) { lines_.push_back(std::move(line)); }
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }
  bool chance(int of, int all) { return pick(all) < of; }
  template <class T>
  const T& one_of(const std::vector<T>& all) { return all[static_cast<std::size_t>(pick(static_cast<int>(all.size())))]; }
  std::string service() { return kServices[pick(5)]; }
  std::string portal() { return "10.0.0." + std::to_string(1 + pick(6)) + ":4420"; }

  void setting_the_scene() {
    say("seed " + std::to_string(seed_ % 1000000));
    if (chance(1, 4)) say("uevents off");
    if (chance(1, 3)) say("kernel loss_tmo 20");
    if (chance(1, 10)) say("setting preflight off");
    if (chance(1, 5)) say("setting sessionsPerGroup 1");
    if (chance(1, 8)) say("setting referralPolicy authoritative");
    if (seed_ % 16 == 5) say("setting keepRemembered off");
    say("kernel scan_takes " + std::to_string(1 + pick(200)) + "ms");
    say("name storage.example 10.1.0.1");
    for (const char* line : kRoots) add_line(line);
    for (const char* each : kServices) say(std::string("target start ") + each);
    for (int i = 0; i < 4; ++i) offer();
    if (chance(1, 2)) refer();
    say("agent start");
  }

  void add_line(const std::string& line) {
    if (std::ranges::find(config_, line) != config_.end()) return;
    config_.push_back(line);
    say("line " + line);
  }

  void remove_line() {
    if (config_.size() < 2) return;
    const std::string line = one_of(config_);
    std::erase_if(config_, [&](const std::string& l) { return l.starts_with(line); });
    say("unline " + line);
  }

  void offer() {
    const Offer o{service(), portal(), "nqn.s" + std::to_string(pick(8))};
    if (std::ranges::find(offers_, o) != offers_.end()) return;
    say("serve " + o.service + " " + o.portal + " " + o.nqn);
    offers_.push_back(o);
  }

  void retract(const Offer& o) {
    say("unlist " + o.service + " " + o.portal + " " + o.nqn);
    std::erase(offers_, o);
  }

  /// A subsystem that lives elsewhere now; or an address that belongs to another target.
  void move() {
    if (offers_.empty()) return;
    const Offer from = one_of(offers_);
    const Offer to{from.service, portal(), from.nqn};
    say("withdraw " + from.portal + " " + from.nqn);
    if (chance(2, 3)) retract(from);
    if (std::ranges::find(offers_, to) != offers_.end()) return;
    say("serve " + to.service + " " + to.portal + " " + to.nqn);
    offers_.push_back(to);
  }

  void reuse() {
    const std::string where = portal();
    for (const Offer& o : std::vector<Offer>(offers_)) {
      if (o.portal != where) continue;
      say("withdraw " + o.portal + " " + o.nqn);
      if (chance(1, 2)) retract(o);
    }
    say("serve 10.1.0.1:8009 " + where + " nqn.other" + std::to_string(pick(3)));
    offers_.push_back({"10.1.0.1:8009", where, "nqn.other"});
    offers_.pop_back();
  }

  void refer() {
    const std::pair<std::string, std::string> r{service(), service()};
    if (std::ranges::find(referrals_, r) == referrals_.end()) {
      say("refer " + r.first + " " + r.second);
      referrals_.push_back(r);
    } else {
      say("unrefer " + r.first + " " + r.second);
      std::erase(referrals_, r);
    }
  }

  void mutual() {
    const int a = pick(3);
    const int b = pick(3);
    for (const auto& [x, y] : {std::pair(a, b), std::pair(b, a)}) {
      const std::pair<std::string, std::string> r{kServices[x], kServices[y]};
      if (std::ranges::find(referrals_, r) != referrals_.end()) continue;
      say("refer " + r.first + " " + r.second);
      referrals_.push_back(r);
    }
  }

  void target(const std::string& where, int moods) {
    static constexpr const char* kMoods[] = {"start", "start", "stop", "silence", "hang"};
    say(std::string("target ") + kMoods[pick(moods)] + " " + where);
  }

  void reboot() {
    const std::string where = service();
    say("target stop " + where);
    say("page reboot " + where);
    say("run " + std::to_string(1 + pick(3000)) + "ms");
    say("target start " + where);
  }

  void agent_trouble() {
    switch (pick(6)) {
      case 0:
      case 1:
        return say("agent restart");
      case 2:
        return say("agent hup");
      case 3:
        return say("agent overrun");
      case 4:
        return say("agent freeze " + std::to_string(1 + pick(60)) + "s");
      default:
        say("agent kill");
        say("run " + std::to_string(1 + pick(20000)) + "ms");
        say("agent start");
    }
  }

  void kernel_trouble() {
    switch (pick(9)) {
      case 0:
        return say("kernel refuse " + portal() + " " + std::to_string(1 + pick(3)));
      case 1:
        return say("kernel block " + portal());
      case 2:
        return say("kernel release " + portal());
      case 3:
        return say("kernel vanish " + portal());
      case 4:
        return say(std::string("kernel fabrics ") + (chance(1, 2) ? "off" : "on"));
      case 5:
        return say("kernel connect_takes " + std::to_string(1 + pick(3000)) + "ms");
      case 6:
        return say("kernel loss_tmo " + std::to_string(1 + pick(60)));
      default:
        return say("kernel remove nvme" + std::to_string(pick(8)));
    }
  }

  void by_hand() {
    const Offer o = offers_.empty() ? Offer{service(), portal(), "nqn.hand"} : one_of(offers_);
    say("kernel connect " + o.portal + " " + o.nqn + (chance(1, 8) ? std::string(" ") + kOtherHostId : ""));
  }

  void host_trouble() {
    switch (pick(11)) {
      case 0:
        return say("config unreadable");
      case 1:
        return say("config readable");
      case 2:
        return say("memory lost");
      case 3:
        return say("memory broken");
      case 4:
        return say("memory mended");
      case 5:
        return say(std::string("clock ") + (chance(1, 2) ? "-24h" : "24h"));
      case 6:
        return say(std::string("uevents ") + (chance(1, 3) ? "off" : "on"));
      case 7:
        return say(std::string("name service ") + (chance(1, 2) ? "down" : "up"));
      case 8:
        return say(chance(1, 2) ? "name storage.example 10.1.0.2" : "name storage.example 10.0.0.3 10.1.0.1");
      case 9:
        return say(std::string("setting preflight ") + (chance(1, 4) ? "off" : "on"));
      default:
        return say("setting sessionsPerGroup " + std::to_string(pick(3)));
    }
  }

  void one_thing() {
    switch (pick(20)) {
      case 0:
      case 1:
      case 2:
        return offer();
      case 3:
        if (!offers_.empty()) retract(Offer(one_of(offers_)));
        return;
      case 4:
        return move();
      case 5:
        return chance(1, 3) ? reuse() : by_hand();
      case 6:
        return refer();
      case 7:
        return mutual();
      case 8:
      case 9:
      case 10:
        return target(portal(), 5);
      case 11:
      case 12:
        return target(service(), 4);
      case 13:
        return reboot();
      case 14:
        return agent_trouble();
      case 15:
        return kernel_trouble();
      case 16:
        return chance(2, 3) ? kernel_trouble() : by_hand();
      case 17:
        return host_trouble();
      case 18: {
        static constexpr const char* kPages[] = {"torn", "too_long", "readable"};
        return say(std::string("page ") + kPages[pick(3)] + " " + service());
      }
      default:
        return chance(1, 2) ? add_line(kMore[pick(4)]) : chance(1, 2) ? remove_line() : add_line(kRoots[pick(3)]);
    }
  }

  std::mt19937_64 random_;
  std::uint64_t seed_;
  std::vector<std::string> lines_{};
  std::vector<std::string> config_{};
  std::vector<Offer> offers_{};
  std::vector<std::pair<std::string, std::string>> referrals_{};
};

}  // namespace

std::vector<std::string> random_story(std::uint64_t seed) { return Teller(seed).tell(); }
