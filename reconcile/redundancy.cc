// Counts live paths by subsystem; what a removal takes is decided for each path by itself.
#include "reconcile/redundancy.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace reconcile {
namespace {

using Key = std::pair<std::string_view, std::string_view>;

Key key_of(const PathStatus& path) { return {path.path->subnqn, path.path->hostnqn}; }
SubsystemName name_of(const Key& key) { return {std::string(key.first), std::string(key.second)}; }

bool goes_with_any(const nvme::TransportId& transport, const std::vector<Removal>& removals) {
  return std::ranges::any_of(removals, [&transport](const Removal& removal) { return goes_with(transport, removal); });
}

/// The legs that all live paths seen so far have in common.
struct Shared {
  const nvme::TransportId* first{nullptr};
  bool to{true}, from{true}, via{true};

  void add(const nvme::TransportId& transport) {
    if (first == nullptr) {
      first = &transport;
      from = transport.host_traddr.has_value();
      via = !transport.host_iface.empty();
      return;
    }
    to = to && transport.traddr == first->traddr;
    from = from && transport.host_traddr == first->host_traddr;
    via = via && transport.host_iface == first->host_iface;
  }
};

/// Whether more than one local address, or interface, is named by any path of this host.
struct LocalChoice {
  const nvme::TransportId* from{nullptr};
  const nvme::TransportId* via{nullptr};
  bool addresses{false}, interfaces{false};

  void add(const nvme::TransportId& transport) {
    if (transport.host_traddr) {
      if (from == nullptr) from = &transport;
      addresses = addresses || from->host_traddr != transport.host_traddr;
    }
    if (!transport.host_iface.empty()) {
      if (via == nullptr) via = &transport;
      interfaces = interfaces || via->host_iface != transport.host_iface;
    }
  }
};

void count_services(const Status& status, const std::vector<Removal>& removals, Losses& out) {
  struct Group {
    bool up{false};
    bool left{false};
  };
  std::map<std::string_view, Group> groups;
  for (const EndpointStatus& endpoint : status.endpoints) {
    const bool going = goes_with_any(endpoint.id.address, removals);
    out.known = out.known || going;
    if (endpoint.retired) continue;
    const bool up = endpoint.phase == SessionPhase::kUp;
    const bool stands_by = endpoint.hold && endpoint.hold->reason == HoldReason::kStandby;
    if (going && up) ++out.services;
    Group& group = groups[endpoint.id.group];
    group.up = group.up || up;
    group.left = group.left || ((up || stands_by) && !going);  // one that stands by takes over
  }
  for (const auto& [name, group] : groups) {
    if (group.up && !group.left) out.mute.emplace_back(name);
  }
}

}  // namespace

bool goes_with(const nvme::TransportId& transport, const Removal& removal) {
  if (!removal.host_iface.empty() && transport.host_iface == removal.host_iface) return true;
  if (!removal.address) return false;
  if (removal.trsvcid) return transport.traddr == *removal.address && transport.trsvcid == *removal.trsvcid;
  return transport.traddr == *removal.address || transport.host_traddr == removal.address;
}

Losses losses_without(const Status& status, const std::vector<Removal>& removals) {
  struct Count {
    int before{0};
    int after{0};
  };
  Losses out;
  std::map<Key, Count> subsystems;
  for (const PathStatus& path : status.paths) {
    const bool going = goes_with_any(path.path->transport, removals);
    const bool live = path.state == PathState::kLive;
    out.known = out.known || going;
    out.paths += going && live ? 1 : 0;
    Count& count = subsystems[key_of(path)];
    count.before += live ? 1 : 0;
    count.after += live && !going ? 1 : 0;
  }
  for (const auto& [key, count] : subsystems) {
    if (count.before == 0) out.already.push_back(name_of(key));
    else if (count.after == 0) out.last.push_back({name_of(key), count.before, 0});
    else if (count.after < count.before) out.fewer.push_back({name_of(key), count.before, count.after});
    else ++out.untouched;
  }
  count_services(status, removals, out);
  return out;
}

std::vector<AtTheEdge> one_failure_away(const Status& status) {
  std::map<Key, Shared> subsystems;
  LocalChoice choice;
  for (const PathStatus& path : status.paths) {
    choice.add(path.path->transport);
    if (path.state == PathState::kLive) subsystems[key_of(path)].add(path.path->transport);
  }
  std::vector<AtTheEdge> out;
  for (const auto& [key, shared] : subsystems) {
    if (shared.to) out.push_back({name_of(key), nvme::to_string(shared.first->traddr)});
    else if (shared.from && choice.addresses) out.push_back({name_of(key), "from " + nvme::to_string(*shared.first->host_traddr)});
    else if (shared.via && choice.interfaces) out.push_back({name_of(key), "via " + shared.first->host_iface});
  }
  return out;
}

}  // namespace reconcile
