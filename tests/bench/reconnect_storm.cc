// What a discovery service meets when it restarts under 1,000 hosts, in virtual time: each host's session ends at the same
// moment and is tried again by the agent's own rules (reconcile::note_session_end). With jitter and without, and for restarts of
// several lengths: how many connections come in the fullest 100 ms, and when the last host is back.
//   reconnect_storm [HOSTS]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <vector>

#include "reconcile/failures.h"

namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::TimePoint;

struct Storm {
  int peak{0};            ///< connections in the fullest 100 ms, refused ones too
  int peak_accepted{0};   ///< in the fullest 100 ms since the service is back
  double last_back{0};    ///< seconds after the service is back
};

struct Host {
  reconcile::SessionView session{};
  base::Chance chance;
};

Storm restart(int hosts, Duration away, const reconcile::Settings& settings, bool spreads) {
  const TimePoint lost{1h}, back = lost + away;
  std::map<long, int> connects, accepted;  // by 100 ms
  Storm out;
  for (int i = 0; i < hosts; ++i) {
    Host host{.chance = base::Chance(static_cast<std::uint64_t>(i) + 1)};
    host.session.phase = reconcile::SessionPhase::kUp;
    host.session.since = lost - 10min;
    reconcile::note_session_end(host.session, base::Error{base::ErrorKind::kClosed, "end of file"}, lost, settings, host.chance);
    if (!spreads) host.session.attempt.not_before = lost;  // the first try at once, as most initiators do
    host.session.phase = reconcile::SessionPhase::kDown;
    while (true) {
      const TimePoint at = host.session.attempt.not_before;
      ++connects[(at - lost) / 100ms];
      if (at >= back) {
        ++accepted[(at - lost) / 100ms];
        out.last_back = std::max(out.last_back, std::chrono::duration<double>(at - back).count());
        break;
      }
      reconcile::note_session_end(host.session, base::Error{base::ErrorKind::kRefused, "connection refused"}, at, settings, host.chance);
    }
  }
  for (const auto& [when, count] : connects) out.peak = std::max(out.peak, count);
  for (const auto& [when, count] : accepted) out.peak_accepted = std::max(out.peak_accepted, count);
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const int hosts = argc > 1 ? std::atoi(argv[1]) : 1000;
  const reconcile::Settings settings;
  reconcile::Settings fixed;
  fixed.backoff.jitter = 0;
  std::printf("%d hosts lose one service at the same moment; connections in the fullest 100 ms, and the last host back\n", hosts);
  std::printf("%-22s%28s%28s%8s\n", "the service is away", "without jitter", "with jitter", "ratio");
  std::printf("%-22s%9s%9s%10s%9s%9s%10s\n", "", "any", "accepted", "last", "any", "accepted", "last");
  for (const Duration away : {Duration(10ms), Duration(1s), Duration(5s), Duration(30s), Duration(5min)}) {
    const Storm together = restart(hosts, away, fixed, false), apart = restart(hosts, away, settings, true);
    std::printf("%-22s%9d%9d%8.1f s%9d%9d%8.1f s%7.0fx\n", base::to_string(away).c_str(), together.peak, together.peak_accepted, together.last_back,
                apart.peak, apart.peak_accepted, apart.last_back, static_cast<double>(together.peak) / std::max(1, apart.peak));
  }
  return 0;
}
