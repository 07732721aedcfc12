// Groups that name the same subsystem are joined with a union of sets; everything else is sorting.
#include "cmd/status_tree.h"

#include <map>
#include <set>
#include <utility>

namespace cmd {
namespace {

class GroupSets {
 public:
  void add(const std::string& group) { parent_.try_emplace(group, group); }
  std::string root(std::string group) const {
    for (auto it = parent_.find(group); it != parent_.end() && it->second != group; it = parent_.find(group)) group = it->second;
    return group;
  }
  void join(const std::string& a, const std::string& b) {
    std::string to = root(a), from = root(b);
    if (from < to) std::swap(to, from);
    parent_[from] = to;
  }

 private:
  std::map<std::string, std::string> parent_{};
};

using SubsystemKey = std::pair<std::string, std::string>;

std::map<SubsystemKey, SubsystemBranch> subsystems_of(const Json& status) {
  std::map<SubsystemKey, SubsystemBranch> out;
  for (const Json& path : list_of(status, "paths")) {
    if (!path.is_object()) continue;
    const SubsystemKey key{raw_text(path, "subnqn"), raw_text(path, "hostnqn")};
    SubsystemBranch& subsystem = out[key];
    subsystem.subnqn = key.first;
    subsystem.hostnqn = key.second;
    subsystem.paths.push_back(&path);
    if (!flag_of(path, "desired")) continue;
    ++subsystem.desired;
    if (raw_text(path, "state") == "live") ++subsystem.live;
  }
  for (const Json& item : list_of(status, "subsystems")) {
    const auto it = out.find({raw_text(item, "subnqn"), raw_text(item, "hostnqn")});
    if (it == out.end()) continue;
    it->second.hangs_on = raw_text(item, "hangs_on");
    it->second.purged = flag_of(item, "purged");
  }
  return out;
}

}  // namespace

std::vector<ClusterBranch> status_tree(const Json& status) {
  GroupSets sets;
  std::map<std::string, std::set<std::string>> groups_at;  // by the address that `named_by` has
  for (const Json& endpoint : list_of(status, "endpoints")) {
    if (!endpoint.is_object()) continue;
    const std::string group = raw_text(endpoint, "group");
    sets.add(group);
    groups_at[raw_text(endpoint, "address")].insert(group);
  }
  std::map<SubsystemKey, SubsystemBranch> subsystems = subsystems_of(status);
  std::map<SubsystemKey, std::string> group_of;  // any one that names it
  for (const auto& [key, subsystem] : subsystems) {
    for (const Json* path : subsystem.paths) {
      for (const Json& address : list_of(*path, "named_by")) {
        const auto groups = address.is_string() ? groups_at.find(address.get<std::string>()) : groups_at.end();
        if (groups == groups_at.end()) continue;
        for (const std::string& group : groups->second) sets.join(group_of.try_emplace(key, group).first->second, group);
      }
    }
  }
  std::map<std::string, ClusterBranch> clusters;
  for (const Json& endpoint : list_of(status, "endpoints")) {
    if (!endpoint.is_object()) continue;
    const std::string group = raw_text(endpoint, "group");
    ClusterBranch& cluster = clusters[sets.root(group)];
    cluster.endpoints.push_back(&endpoint);
    if (std::ranges::find(cluster.groups, group) == cluster.groups.end()) cluster.groups.push_back(group);
  }
  ClusterBranch unlisted;
  for (auto& [key, subsystem] : subsystems) {
    const auto group = group_of.find(key);
    ClusterBranch& cluster = group == group_of.end() ? unlisted : clusters[sets.root(group->second)];
    cluster.subsystems.push_back(std::move(subsystem));
  }
  std::vector<ClusterBranch> out;
  for (auto& [root, cluster] : clusters) {
    std::ranges::sort(cluster.groups);
    out.push_back(std::move(cluster));
  }
  if (!unlisted.subsystems.empty()) out.push_back(std::move(unlisted));
  return out;
}

}  // namespace cmd
