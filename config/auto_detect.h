// Auto-detection: when every configuration is lost but I/O controllers are still connected, the discovery services
// are assumed on their addresses. Deciding is pure; only the two functions at the end touch files.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/agent_config.h"
#include "config/directory.h"
#include "config/endpoint_spec.h"
#include "nvme/sysfs.h"

namespace config {

struct Detected {
  std::vector<EndpointSpec> endpoints{};  ///< by address, then host NQN; `where` is empty
  std::string text{};                     ///< the file to write; empty where there is nothing to say
  friend bool operator==(const Detected&, const Detected&) = default;
};

/// One endpoint for each address (with its source address and interface) and host NQN that some I/O controller has,
/// on `discovery_service_port`, with the host NQN and host id the kernel connected with. Any vendor. Controllers that
/// are being deleted don't count. The group (-n) is the same for all addresses that share a subsystem: its smallest NQN.
Detected detect_endpoints(const nvme::SysfsSnapshot& snapshot, const AutoDetectConfig& config);

/// Whether none of the directories holds a file that could name an endpoint: a missing directory counts as empty, one that
/// can't be read does not (unknown is not empty). Not counted: dot-names, tmp.dc.*, folders, and in internal_dir what
/// holds the host's identity only or was set aside as corrupt.
bool nothing_configured(const std::vector<std::string>& client_config_dirs, const std::string& internal_dir);

/// Writes `text` to client_config_dir()/filename; where that is not possible (a read-only mount), to
/// internal_dir/filename, from where the agent reads it as well. The path written. kInvalid for a bad file name.
base::Result<std::string> write_detected(const Detected& detected, const AgentConfig& config);

/// Where write_detected() puts its fallback.
std::string detected_fallback_path(const AgentConfig& config);

/// read_directories() of clientConfigDir, and the fallback file's endpoints behind it where there is one: everything
/// that this host's files ask for. What discovery.d names already is not added twice.
base::Result<Intent> read_intent(const AgentConfig& config, const NodeFacts& node, const Intent& last = {}, const std::set<std::string>& unsettled = {});

}  // namespace config
