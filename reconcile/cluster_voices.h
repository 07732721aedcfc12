// What the discovery services of a cluster say of each other in their log pages: for referralPolicy: authoritative, for
// services that an earlier client remembered, and for sessionsPerGroup. Reads what is observed; decides nothing.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconcile/model.h"

namespace reconcile {

/// Where a log page entry points, going the way that its service is reached (zone, source address, interface).
nvme::TransportId seen_from(const nvme::TransportId& service, nvme::IpAddress traddr, std::uint16_t trsvcid);

class ClusterVoices {
 public:
  explicit ClusterVoices(const ObservedState& observed) : observed_(observed) {}

  /// Some service of that cluster (group, host NQN) is up, and its page was read since.
  bool heard(const std::string& group, const std::string& hostnqn);

  /// Other services of its cluster are up and refer to services, and none of them lists this one. A cluster without
  /// referrals disowns nobody: many targets list only themselves.
  /// `among`: only what these say counts.
  bool disowned(const EndpointId& id, const std::set<EndpointId>* among = nullptr);

  /// From now on this service has no say: it is out of use itself, so that two that don't know each other can't put
  /// each other out of use in turns.
  void silence(const EndpointId& id) { silenced_.insert(id); }

 private:
  struct Voice {
    EndpointId id{};
    bool refers{false};
    std::set<std::pair<nvme::IpAddress, std::uint16_t>> listed{};
  };
  void listen();

  const ObservedState& observed_;
  std::optional<std::set<std::pair<std::string, std::string>>> heard_{};
  std::optional<std::vector<Voice>> voices_{};  ///< made when first asked for: it reads every page
  std::set<EndpointId> silenced_{};
};

}  // namespace reconcile
