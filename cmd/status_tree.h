// The JSON of /status arranged as people think of it: clusters -> endpoints and subsystems -> paths. Pure; points into
// the JSON, which must outlive it, and skips what is no object.
#pragma once

#include <string>
#include <vector>

#include "cmd/json_fields.h"

namespace cmd {

struct SubsystemBranch {
  std::string subnqn{}, hostnqn{};    ///< as in the JSON, not made printable
  int desired{0};                     ///< paths that some service lists …
  int live{0};                        ///< … and how many of these are live
  std::string hangs_on{};             ///< not empty: one failure away, and of what
  bool purged{false};
  std::vector<const Json*> paths{};
};

/// Groups that list a common subsystem are one cluster: lines without -n are groups of their own.
struct ClusterBranch {
  std::vector<std::string> groups{};  ///< sorted; empty: no discovery service lists these subsystems
  std::vector<const Json*> endpoints{};
  std::vector<SubsystemBranch> subsystems{};
};

/// Sorted by name, what no service lists last.
std::vector<ClusterBranch> status_tree(const Json& status);

}  // namespace cmd
