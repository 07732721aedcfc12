// Two closures over the pages: the narrow one must be desired, nothing outside of the wide one may be.
#include "tests/fakes/knowledge.h"

#include <algorithm>

namespace fakes {

using reconcile::EndpointId;

namespace {

/// Entries of a page are reached the way their service is.
nvme::TransportId beside(const EndpointId& service, const nvme::EntryTarget& target) {
  nvme::TransportId out = service.address;
  out.traddr = target.traddr;
  out.trsvcid = target.trsvcid;
  return out;
}

const reconcile::Endpoint* find(const reconcile::DesiredState& desired, const EndpointId& id) {
  auto at = std::ranges::lower_bound(desired.endpoints, id, {}, &reconcile::Endpoint::id);
  return at != desired.endpoints.end() && at->id == id ? &*at : nullptr;
}

/// A configured one with another way to the same address stands for it.
const reconcile::Endpoint* find_any_way(const reconcile::DesiredState& desired, const EndpointId& id) {
  if (const reconcile::Endpoint* exact = find(desired, id)) return exact;
  auto same = [&](const reconcile::Endpoint& e) {
    return e.id.address.traddr == id.address.traddr && e.id.address.trsvcid == id.address.trsvcid &&
           e.id.group == id.group && e.id.hostnqn == id.hostnqn;
  };
  auto at = std::ranges::find_if(desired.endpoints, same);
  return at == desired.endpoints.end() ? nullptr : &*at;
}

}  // namespace

void Knowledge::begin(const reconcile::Settings& settings, std::string hostnqn, const config::Remembered& remembered) {
  news_ = true;
  settings_ = settings;
  hostnqn_ = std::move(hostnqn);
  remembered_ = remembered;
  intent_.reset();
  config_failed_ = false;
  pages_.clear();
  up_.clear();
  addresses_.clear();
  if (!settings.keep_remembered) remembered_ = {};
  for (const config::RememberedEndpoint& known : remembered_.endpoints) {
    const EndpointId id{known.transport, known.hostnqn, known.group};
    if (!known.log) continue;
    pages_[id] = read(id, *known.log);
    pages_[id].fresh = false;
  }
}

Knowledge::Page Knowledge::read(const EndpointId& id, const nvme::LogPage& page) {
  Page out;
  for (const nvme::LogEntry& entry : page.entries) {
    const base::Result<nvme::EntryTarget> target = nvme::target(entry);
    if (!target || target->traddr.is_unspecified()) continue;
    if (entry.subtype == static_cast<std::uint8_t>(nvme::Subtype::kNvm))
      out.paths.emplace(beside(id, *target), target->subnqn.str());
    else if (entry.subtype == static_cast<std::uint8_t>(nvme::Subtype::kReferral))
      out.referrals.push_back(beside(id, *target));
  }
  return out;
}

void Knowledge::config_told(const base::Result<config::Intent>& intent) {
  news_ = true;
  if (intent) intent_ = *intent;
  else config_failed_ = true;
}

void Knowledge::page_told(const EndpointId& id, const nvme::LogPage& page) {
  news_ = true;
  pages_.insert_or_assign(id, read(id, page));
}

void Knowledge::addresses_told(const std::string& host, const std::vector<nvme::IpAddress>& addresses) {
  if (addresses.empty()) return;
  news_ = true;
  addresses_[host] = addresses;
  all_addresses_[host].insert(addresses.begin(), addresses.end());
}

void Knowledge::session(const EndpointId& id, bool up) {
  news_ = true;
  if (up) up_.insert(id);
  else up_.erase(id);
}

bool Knowledge::lists(const EndpointId& id, const nvme::TransportId& transport, const std::string& subnqn) const {
  auto page = pages_.find(id);
  return page != pages_.end() && page->second.paths.contains({transport, subnqn});
}

/// Services that the files give. `all`: also those that it may use, but need not.
std::vector<EndpointId> Knowledge::roots(bool all) const {
  std::vector<EndpointId> out;
  auto add = [&](const config::EndpointSpec& spec, const nvme::IpAddress& address) {
    EndpointId id;
    id.address = nvme::TransportId{address, spec.trsvcid, spec.host_traddr, spec.host_iface};
    id.hostnqn = spec.hostnqn ? spec.hostnqn->str() : hostnqn_;
    id.group = spec.group.empty() ? spec.host + ":" + std::to_string(spec.trsvcid) : spec.group;
    out.push_back(std::move(id));
  };
  if (intent_) {
    for (const config::EndpointSpec& spec : intent_->endpoints) {
      if (!all && !spec.held.empty()) continue;
      if (spec.address) {
        add(spec, *spec.address);
      } else if (all) {
        if (auto known = all_addresses_.find(spec.host); known != all_addresses_.end())
          for (const nvme::IpAddress& address : known->second) add(spec, address);
        for (const config::RememberedEndpoint& known : remembered_.endpoints) {
          if (known.referrer.empty() && known.configured_at.file == spec.where.file &&
              known.configured_at.line == spec.where.line && known.group == (spec.group.empty() ? spec.host + ":" + std::to_string(spec.trsvcid) : spec.group))
            add(spec, known.transport.traddr);  // as it stood in that line before
        }
      } else if (auto known = addresses_.find(spec.host); known != addresses_.end()) {
        for (const nvme::IpAddress& address : known->second) add(spec, address);
      }
    }
  }
  for (const config::RememberedEndpoint& known : remembered_.endpoints) {
    const bool only_source = !intent_ && config_failed_ && known.referrer.empty();
    if (only_source || (all && known.referrer == config::kUnknownReferrer))
      out.push_back(EndpointId{known.transport, known.hostnqn, known.group});
  }
  return out;
}

/// With sessionsPerGroup one service speaks for its cluster while it is up.
bool Knowledge::speaks(const EndpointId& id) const {
  auto page = pages_.find(id);
  if (settings_.sessions_per_group == 0 || (up_.contains(id) && page->second.fresh)) return true;
  return std::ranges::none_of(up_, [&](const EndpointId& other) {
    return other.group == id.group && other.hostnqn == id.hostnqn;
  });
}

std::string Knowledge::missing_in(const reconcile::DesiredState& desired) const {
  std::vector<EndpointId> queue = roots(false);
  std::set<EndpointId> seen;
  while (!queue.empty()) {
    const EndpointId id = std::move(queue.back());
    queue.pop_back();
    if (!seen.insert(id).second) continue;
    const reconcile::Endpoint* endpoint = find_any_way(desired, id);
    if (!endpoint) return "unknown-is-not-absent: " + to_string(id) + " is named and not desired";
    if (endpoint->retired || endpoint->depth >= settings_.max_referral_depth) continue;
    auto page = pages_.find(endpoint->id);
    if (page == pages_.end() || !page->second.owed || !speaks(endpoint->id)) continue;
    for (const auto& [transport, subnqn] : page->second.paths) {
      const reconcile::Path path{transport, subnqn, endpoint->id.hostnqn};
      if (!std::ranges::binary_search(desired.paths, path, {}, &reconcile::DesiredPath::path))
        return "unknown-is-not-absent: " + to_string(id) + " last listed " + nvme::to_string(path) + ", it is not desired";
    }
    for (const nvme::TransportId& referral : page->second.referrals) {
      queue.push_back(EndpointId{referral, endpoint->id.hostnqn, endpoint->id.group});
    }
  }
  return {};
}

std::string Knowledge::too_much_in(const reconcile::DesiredState& desired) const {
  std::vector<EndpointId> queue = roots(true);
  std::set<EndpointId> named;
  while (!queue.empty()) {
    const EndpointId id = std::move(queue.back());
    queue.pop_back();
    if (!named.insert(id).second) continue;
    auto page = pages_.find(id);
    if (page == pages_.end()) continue;
    for (const nvme::TransportId& referral : page->second.referrals) queue.push_back(EndpointId{referral, id.hostnqn, id.group});
  }
  for (const reconcile::Endpoint& endpoint : desired.endpoints) {
    const bool by_name = std::ranges::any_of(endpoint.origins, [](const reconcile::Origin& o) { return o.referrer.empty(); });
    if (by_name && (endpoint.id.address.traddr.is_unspecified() || nvme::to_string(endpoint.id.address.traddr) != endpoint.host))
      continue;  // a name, perhaps with the addresses it had before the agent's start
    if (!named.contains(endpoint.id)) return "named-by-nobody: " + to_string(endpoint.id) + " is desired";
  }
  for (const reconcile::DesiredPath& wanted : desired.paths) {
    const bool listed = std::ranges::any_of(*wanted.named_by, [&](const EndpointId& id) {
      return id.hostnqn == wanted.path.hostnqn && find(desired, id) && lists(id, wanted.path.transport, wanted.path.subnqn);
    });
    if (!listed) return "named-by-nobody: " + nvme::to_string(wanted.path) + " is desired";
  }
  return {};
}

std::string Knowledge::broken_by(const reconcile::DesiredState& desired) {
  const bool renames = !settings_.aux_suffix.empty();
  const bool full = desired.endpoints.size() >= static_cast<std::size_t>(settings_.max_endpoints);
  if (renames || full || hostnqn_.empty()) return {};  // what these do to names has tests of its own
  const std::pair size(desired.endpoints.size(), desired.paths.size());
  if (!std::exchange(news_, false) && size == size_) return {};
  size_ = size;
  std::string out = missing_in(desired);
  if (out.empty()) out = too_much_in(desired);
  std::erase_if(addresses_, [&](const auto& entry) { return !std::ranges::binary_search(desired.hosts, entry.first); });
  for (auto& [id, page] : pages_) page.owed &= find(desired, id) != nullptr || !intent_;
  return out;
}

}  // namespace fakes
