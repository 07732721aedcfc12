// What an agent was told, kept apart from it: pages, lines, addresses. From that follows what it has to desire and what it
// may desire at all; the difference to what it does desire is a broken rule. Shares no code with desire().
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/directory.h"
#include "config/remembered.h"
#include "reconcile/plan.h"
#include "reconcile/settings.h"

namespace fakes {

class Knowledge {
 public:
  /// The agent starts with this memory.
  void begin(const reconcile::Settings& settings, std::string hostnqn, const config::Remembered& remembered);
  void config_told(const base::Result<config::Intent>& intent);
  void page_told(const reconcile::EndpointId& id, const nvme::LogPage& page);
  void addresses_told(const std::string& host, const std::vector<nvme::IpAddress>& addresses);
  void session(const reconcile::EndpointId& id, bool up);

  /// What the last page that was told of the service lists.
  bool lists(const reconcile::EndpointId& id, const nvme::TransportId& transport, const std::string& subnqn) const;
  /// Empty, or the first rule that the desired state breaks. Forgets what the agent may forget.
  std::string broken_by(const reconcile::DesiredState& desired);

 private:
  struct Page {
    std::set<std::pair<nvme::TransportId, std::string>> paths{};
    std::vector<nvme::TransportId> referrals{};
    bool owed{true};   ///< the agent was told and has not been allowed to forget it
    bool fresh{true};  ///< told in this life of the agent
  };
  using EndpointId = reconcile::EndpointId;
  static Page read(const EndpointId& id, const nvme::LogPage& page);
  std::vector<EndpointId> roots(bool all) const;
  std::string missing_in(const reconcile::DesiredState& desired) const;
  std::string too_much_in(const reconcile::DesiredState& desired) const;
  bool speaks(const EndpointId& id) const;

  reconcile::Settings settings_{};
  std::string hostnqn_{};
  config::Remembered remembered_{};
  std::optional<config::Intent> intent_{};
  bool config_failed_{false};
  std::map<EndpointId, Page> pages_{};
  std::set<EndpointId> up_{};
  std::map<std::string, std::vector<nvme::IpAddress>> addresses_{};   ///< told in this life
  std::map<std::string, std::set<nvme::IpAddress>> all_addresses_{};  ///< ever
  bool news_{true};                             ///< since the last check
  std::pair<std::size_t, std::size_t> size_{};  ///< of what was desired then
};

}  // namespace fakes
