// Gathers what log pages name until every page was followed, then makes the desired paths in order: thousands
// of small records are sorted, not thousands of paths. Private to desire.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "reconcile/model.h"

namespace reconcile {

struct TransportHash {
  std::size_t operator()(const nvme::TransportId& id) const;
};

class PathDrafts {
 public:
  /// Room for as many more.
  void expect(std::size_t more);

  /// An entry of the log page of `endpoints[endpoint]`. Named before: the first one's options stay, and it is
  /// stale only if both are. `needs_tls`: the target asks for it and the line has none.
  void add(const nvme::TransportId& transport, std::string subnqn, const std::string& hostnqn,
           std::uint32_t endpoint, bool stale, bool needs_tls);

  /// The paths, sorted by key. `endpoints` are the ones that add() counted.
  std::vector<DesiredPath> finish(const std::vector<Endpoint>& endpoints);

 private:
  struct Draft {
    std::string subnqn;
    std::size_t hash;
    std::uint32_t transport;
    std::uint32_t hostnqn;
    std::vector<std::uint32_t> named_by;
    bool stale;
    bool needs_tls;
  };
  std::uint32_t transport_number(const nvme::TransportId& transport);
  std::uint32_t hostnqn_number(const std::string& hostnqn);
  void resize_table(std::size_t slots);

  std::vector<Draft> drafts_{};
  std::vector<std::uint32_t> table_{};  ///< open addressing; 0: free, else a draft's index + 1
  std::unordered_map<nvme::TransportId, std::uint32_t, TransportHash> transport_numbers_{};
  std::vector<const nvme::TransportId*> transports_{};
  std::vector<std::string> hostnqns_{};
  std::uint32_t last_hostnqn_{0};  ///< entries of one page share it
};

/// Numbers the subsystems of sorted paths: fills DesiredPath::subsystem and gives DesiredState::subsystems.
std::vector<std::uint32_t> number_subsystems(std::vector<DesiredPath>& paths);
/// The number of the path's subsystem; nothing where no desired path is of it.
std::optional<std::size_t> subsystem_of(const DesiredState& desired, const Path& path);

}  // namespace reconcile
