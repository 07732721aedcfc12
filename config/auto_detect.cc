// From controllers to discovery endpoints. Addresses that share a subsystem belong to one cluster, so they get one
// group: connected components over (host NQN, subsystem, address).
#include "config/auto_detect.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include "base/file.h"
#include "config/consumer_file.h"
#include "config/discovery_conf.h"

namespace config {
namespace {

/// An address as seen by one host NQN, with what its controllers say.
struct Seen {
  std::string hostid{};
  std::set<std::string> subsystems{};
};
constexpr std::size_t kFallbackMax = 1 << 20;  // as for files of discovery.d

using Key = std::pair<nvme::TransportId, std::string>;  // address on the discovery port, host NQN

bool counts(const nvme::Controller& controller) {
  if (controller.is_discovery() || controller.cntrltype == "admin") return false;
  if (controller.transport.traddr.is_unspecified()) return false;  // its address could not be read
  return controller.state != nvme::ControllerState::kDeleting && controller.state != nvme::ControllerState::kDead;
}

std::optional<nvme::Nqn> parse_plain_nqn(const std::string& text) {
  base::Result<nvme::Nqn> nqn = nvme::Nqn::parse(text);
  if (!nqn || !stands_unquoted(text)) return std::nullopt;
  return *std::move(nqn);
}

/// The smallest subsystem NQN of everything reachable from `start` by shared subsystems under one host NQN.
std::string group_of(const Key& start, const std::map<Key, Seen>& seen) {
  std::set<std::string> subsystems = seen.at(start).subsystems;
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [key, value] : seen) {
      if (key.second != start.second) continue;
      const bool shares =
          std::ranges::any_of(value.subsystems, [&](const std::string& nqn) { return subsystems.contains(nqn); });
      if (!shares) continue;
      for (const std::string& nqn : value.subsystems) grown = subsystems.insert(nqn).second || grown;
    }
  }
  return subsystems.empty() ? std::string() : *subsystems.begin();
}

/// In internal_dir: identity halves and what was set aside; neither names an endpoint.
bool names_no_endpoint(const std::string& name) {
  return name == "hostnqn" || name == "hostid" || name.starts_with("hostids.json") || name.ends_with(".corrupt");
}

bool is_empty(const std::string& directory, bool internal) {
  std::error_code error;
  std::filesystem::directory_iterator entries(directory, error);
  if (error) return error == std::errc::no_such_file_or_directory;
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.starts_with('.') || name.starts_with(kReservedPrefix)) continue;
    if (internal && names_no_endpoint(name)) continue;
    std::error_code gone;
    if (entries->is_directory(gone)) continue;
    return false;
  }
  return !error;
}

}  // namespace

Detected detect_endpoints(const nvme::SysfsSnapshot& snapshot, const AutoDetectConfig& config) {
  std::map<Key, Seen> seen;
  for (const nvme::Controller& controller : snapshot.controllers) {
    if (!counts(controller)) continue;
    nvme::TransportId address = controller.transport;
    address.trsvcid = config.discovery_service_port;
    Seen& at = seen[Key(address, controller.hostnqn)];
    if (at.hostid.empty()) at.hostid = controller.hostid;
    if (parse_plain_nqn(controller.subsysnqn)) at.subsystems.insert(controller.subsysnqn);
  }
  Detected detected;
  for (const auto& [key, value] : seen) {
    const auto& [address, hostnqn] = key;
    EndpointSpec endpoint{.host = nvme::to_string(address.traddr),
                          .address = address.traddr,
                          .trsvcid = address.trsvcid,
                          .host_traddr = address.host_traddr,
                          .host_iface = address.host_iface,
                          .group = group_of(key, seen)};
    endpoint.hostnqn = parse_plain_nqn(hostnqn);
    if (base::Result<nvme::HostId> hostid = nvme::HostId::parse(value.hostid)) endpoint.hostid = *hostid;
    detected.endpoints.push_back(std::move(endpoint));
  }
  if (!detected.endpoints.empty()) {
    detected.text = "# Written by discovery-client from the I/O controllers that were connected when it found no configuration.\n" +
                    endpoint_lines(detected.endpoints);
  }
  return detected;
}

bool nothing_configured(const std::vector<std::string>& client_config_dirs, const std::string& internal_dir) {
  return std::ranges::all_of(client_config_dirs, [](const std::string& directory) { return is_empty(directory, false); }) && is_empty(internal_dir, true);
}

std::string detected_fallback_path(const AgentConfig& config) {
  return path_in(config.internal_dir, config.auto_detect.filename);
}

base::Result<Intent> read_intent(const AgentConfig& config, const NodeFacts& node, const Intent& last, const std::set<std::string>& unsettled) {
  base::Result<Intent> intent = read_directories(config.client_config_dirs, node, last, unsettled);
  const std::string written = path_in(config.client_config_dir(), config.auto_detect.filename);
  for (std::size_t i = 0; intent && i < intent->endpoints.size(); ++i) {
    EndpointSpec& endpoint = intent->endpoints[i];
    endpoint.detected = endpoint.where.file == written;
  }
  const std::string path = detected_fallback_path(config);
  const base::Result<std::string> text = base::read_file(path, kFallbackMax);
  if (!intent || !text) return intent;
  DiscoveryConf found = parse_discovery_conf(*text, path);
  std::set<std::string> known;
  for (const EndpointSpec& endpoint : intent->endpoints) known.insert(endpoint_key(endpoint));
  for (EndpointSpec& endpoint : found.endpoints) {
    endpoint.detected = true;
    if (known.insert(endpoint_key(endpoint)).second) intent->endpoints.push_back(std::move(endpoint));
  }
  intent->diagnostics.insert(intent->diagnostics.end(), found.diagnostics.begin(), found.diagnostics.end());
  ++intent->files;
  return intent;
}

base::Result<std::string> write_detected(const Detected& detected, const AgentConfig& config) {
  base::Result<std::string> first =
      write_consumer_file(config.client_config_dir(), config.auto_detect.filename, detected.text);
  if (first || first.error().kind == base::ErrorKind::kInvalid) return first;
  base::Result<std::string> second =
      write_consumer_file(config.internal_dir, config.auto_detect.filename, detected.text);
  if (!second) return std::unexpected(second.error().with_context(first.error().message));
  return second;
}

}  // namespace config
