// One line of a discovery.d file as a value: where a discovery service is and how to go there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "config/diagnostic.h"
#include "nvme/address.h"
#include "nvme/fabrics.h"
#include "nvme/nqn.h"

namespace config {

struct EndpointSpec {
  SourceLocation where{};
  std::string host{};                                ///< numeric address in canonical form, or a host name
  std::optional<nvme::IpAddress> address{};          ///< set when `host` is numeric
  std::uint16_t trsvcid{nvme::kDiscoveryPort};
  std::optional<nvme::IpAddress> host_traddr{};
  std::string host_iface{};
  std::optional<nvme::Nqn> hostnqn{};                ///< -q; else the host's own (DESIGN.md, Identity)
  std::optional<nvme::HostId> hostid{};              ///< -I
  std::string group{};                               ///< -n/--nqn/--subsysnqn: the cluster; empty: its own group
  std::optional<nvme::Nqn> discovery_nqn{};          ///< --discovery-nqn, for a unique discovery subsystem
  bool header_digest{false};                         ///< of the discovery connection too
  bool data_digest{false};
  bool detected{false};                              ///< from auto-detection's file: assumed, not asked for
  nvme::Tunables tunables{};                         ///< for the I/O connects of what this service lists
  friend bool operator==(const EndpointSpec&, const EndpointSpec&) = default;

  /// Why it is not known yet whether this line is for this node (`# only:`); empty: it is.
  std::string held{};
  /// Why discovery itself can't be done yet (TLS or in-band authentication asked for); empty: it can.
  std::string unsupported_reason{};
};

/// What makes two lines name the same endpoint: host, port, source address and interface, host NQN and group.
/// Everything else is an option of it. For maps and for people.
std::string endpoint_key(const EndpointSpec& spec);
/// The same endpoint with the same options, wherever the lines stand.
bool same_but_for_place(const EndpointSpec& a, const EndpointSpec& b);

}  // namespace config
