// Transports and host NQNs are few and numbered; comparing two drafts compares numbers, then one NQN.
#include "reconcile/path_drafts.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <map>
#include <numeric>
#include <tuple>

namespace reconcile {

namespace {

/// Each item's place in the sorted order.
template <class Items, class Less>
std::vector<std::uint32_t> ranks_of(const Items& items, Less less) {
  std::vector<std::uint32_t> order(items.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) { return less(items[a], items[b]); });
  std::vector<std::uint32_t> ranks(items.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

}  // namespace

std::size_t TransportHash::operator()(const nvme::TransportId& id) const {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, id.traddr.bytes().data(), sizeof high);
  std::memcpy(&low, id.traddr.bytes().data() + sizeof high, sizeof low);
  const std::uint64_t mixed = (high ^ (low * 0x9e3779b97f4a7c15ULL) ^ id.trsvcid) * 0xff51afd7ed558ccdULL;
  return mixed ^ (mixed >> 33);
}

void PathDrafts::expect(std::size_t more) {
  const std::size_t slots = std::bit_ceil(2 * (drafts_.size() + more) + 1);
  if (slots > table_.size()) resize_table(slots);
}

void PathDrafts::resize_table(std::size_t slots) {
  table_.assign(slots, 0);
  const std::size_t mask = slots - 1;
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    std::size_t at = drafts_[i].hash & mask;
    while (table_[at] != 0) at = (at + 1) & mask;
    table_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

std::uint32_t PathDrafts::transport_number(const nvme::TransportId& transport) {
  auto [it, fresh] =
      transport_numbers_.try_emplace(transport, static_cast<std::uint32_t>(transports_.size()));
  if (fresh) transports_.push_back(&it->first);
  return it->second;
}

std::uint32_t PathDrafts::hostnqn_number(const std::string& hostnqn) {
  if (last_hostnqn_ < hostnqns_.size() && hostnqns_[last_hostnqn_] == hostnqn) return last_hostnqn_;
  auto it = std::ranges::find(hostnqns_, hostnqn);
  if (it == hostnqns_.end()) it = hostnqns_.insert(it, hostnqn);
  return last_hostnqn_ = static_cast<std::uint32_t>(it - hostnqns_.begin());
}

void PathDrafts::add(const nvme::TransportId& transport, std::string subnqn, const std::string& hostnqn,
                     std::uint32_t endpoint, bool stale, bool needs_tls) {
  const std::uint32_t where = transport_number(transport);
  const std::uint32_t who = hostnqn_number(hostnqn);
  const std::size_t hash = std::hash<std::string_view>{}(subnqn) * 31 + where * 0x9e3779b97f4a7c15ULL + who;
  const std::size_t mask = table_.size() - 1;
  std::size_t at = hash & mask;
  for (; table_[at] != 0; at = (at + 1) & mask) {
    Draft& known = drafts_[table_[at] - 1];
    if (known.hash != hash || known.transport != where || known.hostnqn != who || known.subnqn != subnqn)
      continue;
    if (known.named_by.back() != endpoint) known.named_by.push_back(endpoint);
    known.stale &= stale;
    return;
  }
  table_[at] = static_cast<std::uint32_t>(drafts_.size() + 1);
  drafts_.push_back(Draft{std::move(subnqn), hash, where, who, {endpoint}, stale, needs_tls});
}

std::vector<DesiredPath> PathDrafts::finish(const std::vector<Endpoint>& endpoints) {
  struct Common {
    base::Shared<Terms> terms;
    base::Shared<std::vector<EndpointId>> named_by;
  };
  std::map<std::vector<std::uint32_t>, Common> known;  // the paths of one target are named by the same services
  auto common_of = [&](const std::vector<std::uint32_t>& services) -> const Common& {
    auto [it, fresh] = known.try_emplace(services);
    if (fresh) {
      const Endpoint& first = endpoints[services.front()];
      std::vector<EndpointId> ids;
      for (std::uint32_t service : services) ids.push_back(endpoints[service].id);
      it->second = Common{Terms{first.identity, first.tunables}, std::move(ids)};
    }
    return it->second;
  };
  const auto where =
      ranks_of(transports_, [](const nvme::TransportId* a, const nvme::TransportId* b) { return *a < *b; });
  const auto who = ranks_of(hostnqns_, std::less<>{});
  std::vector<std::uint32_t> order(drafts_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    const Draft& x = drafts_[a];
    const Draft& y = drafts_[b];
    if (x.transport != y.transport) return where[x.transport] < where[y.transport];
    const int subnqn = x.subnqn.compare(y.subnqn);
    return subnqn != 0 ? subnqn < 0 : who[x.hostnqn] < who[y.hostnqn];
  });
  std::vector<DesiredPath> out;
  out.reserve(order.size());
  for (std::uint32_t i : order) {
    Draft& draft = drafts_[i];
    const Endpoint& first = endpoints[draft.named_by.front()];
    DesiredPath& path = out.emplace_back();
    path.path = Path{*transports_[draft.transport], std::move(draft.subnqn), hostnqns_[draft.hostnqn]};
    const Common& common = common_of(draft.named_by);
    path.terms = common.terms;
    path.named_by = common.named_by;
    path.stale = draft.stale;
    path.order = i;
    if (!first.identity) {
      path.hold =
          first.hold ? *first.hold : Hold{HoldReason::kNoIdentity, base::kNever, "no host identity known"};
    } else if (draft.needs_tls) {
      path.hold = Hold{HoldReason::kNeedsTls, base::kNever,
                       "the target requires TLS: add --tls to the line of " + first.host};
    }
  }
  return out;
}

std::vector<std::uint32_t> number_subsystems(std::vector<DesiredPath>& paths) {
  struct Name {
    std::string_view subnqn, hostnqn;
    bool operator==(const Name&) const = default;
    auto operator<=>(const Name&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Name& name) const {
      return std::hash<std::string_view>{}(name.subnqn) * 31 + std::hash<std::string_view>{}(name.hostnqn);
    }
  };
  const auto name_of = [&paths](std::uint32_t path) { return Name{paths[path].path.subnqn, paths[path].path.hostnqn}; };
  std::unordered_map<Name, std::uint32_t, Hash> numbers;
  numbers.reserve(paths.size());
  std::vector<std::uint32_t> found;  // one path of each
  for (std::uint32_t i = 0; i < paths.size(); ++i) {
    const auto [it, fresh] = numbers.try_emplace(name_of(i), static_cast<std::uint32_t>(found.size()));
    if (fresh) found.push_back(i);
    paths[i].subsystem = it->second;
  }
  const auto ranks = ranks_of(found, [&](std::uint32_t a, std::uint32_t b) { return name_of(a) < name_of(b); });
  std::vector<std::uint32_t> sorted(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) sorted[ranks[i]] = found[i];
  for (DesiredPath& path : paths) path.subsystem = ranks[path.subsystem];
  return sorted;
}

std::optional<std::size_t> subsystem_of(const DesiredState& desired, const Path& path) {
  const auto name_of = [&desired](std::uint32_t index) {
    const Path& its = desired.paths[index].path;
    return std::tie(its.subnqn, its.hostnqn);
  };
  const auto name = std::tie(path.subnqn, path.hostnqn);
  const auto found = std::ranges::lower_bound(desired.subsystems, name, {}, name_of);
  if (found == desired.subsystems.end() || name_of(*found) != name) return std::nullopt;
  return static_cast<std::size_t>(found - desired.subsystems.begin());
}

}  // namespace reconcile
