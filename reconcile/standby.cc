// No clock: who failed least comes first, and backoff is the plan's business.
#include "reconcile/standby.h"

#include <algorithm>
#include <functional>
#include <tuple>

namespace reconcile {

namespace {

/// Smaller is better.
using Rank = std::tuple<int, int, int, int, std::size_t>;

Rank rank_of(const Endpoint& endpoint, const ObservedState& observed) {
  const auto it = observed.sessions.find(endpoint.id);
  const SessionView* session = it == observed.sessions.end() ? nullptr : &it->second;
  const bool up = session && session->phase == SessionPhase::kUp;
  const bool starting = session && session->phase == SessionPhase::kStarting;
  const int failures = session ? session->attempt.failures : 0;
  // One host's order; std::hash of a text is the same in every run of one build, and any order is right.
  const std::size_t spread = std::hash<std::string>{}(endpoint.id.hostnqn + ' ' + to_string(endpoint.id));
  return {up ? 0 : 1, endpoint.retired ? 1 : 0, up ? 0 : failures, starting ? 0 : 1, spread};
}

}  // namespace

void hold_standbys(std::vector<Endpoint>& endpoints, const ObservedState& observed, int sessions) {
  if (sessions <= 0) return;
  std::map<std::pair<std::string, std::string>, std::vector<std::pair<Rank, Endpoint*>>> clusters;
  for (Endpoint& endpoint : endpoints) {
    if (endpoint.hold) continue;
    clusters[{endpoint.id.group, endpoint.id.hostnqn}].emplace_back(rank_of(endpoint, observed), &endpoint);
  }
  for (auto& [key, members] : clusters) {
    std::ranges::sort(members, {}, [](const auto& member) { return std::tie(member.first, member.second->id); });
    for (std::size_t i = static_cast<std::size_t>(sessions); i < members.size(); ++i) {
      members[i].second->hold = Hold{HoldReason::kStandby, base::kNever,
                                     "its group has " + std::to_string(sessions) + " (sessionsPerGroup)"};
    }
  }
}

}  // namespace reconcile
