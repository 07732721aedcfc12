// -a, -s, -q … of a discovery service on the command line, checked into the value that a discovery.d line makes; and
// as whom this host asks.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "config/agent_config.h"
#include "config/endpoint_spec.h"
#include "nvme/session_options.h"

namespace CLI {
class App;
}

namespace cmd {

struct TargetFlags {
  std::string traddr{};
  std::string trsvcid{"8009"};
  std::string transport{"tcp"};
  std::string hostnqn{};
  std::string hostid{};
  std::string host_traddr{};
  std::string host_iface{};
  std::string nqn{};
  std::string kato{};   ///< seconds; empty: as the settings say
  bool header_digest{false};
  bool data_digest{false};
};
/// The flags of nvme-cli's discover, same letters. -n is the discovery subsystem's NQN here.
void add_target_flags(CLI::App& command, TargetFlags& flags);
/// kInvalid names the flag.
base::Result<config::EndpointSpec> parse_target(const TargetFlags& flags);

struct ChosenIdentity {
  nvme::HostIdentity identity;
  std::string remark{};  ///< not empty: made up for this run, in words for standard error
};
/// As the agent chooses it, from the line, live controllers and this host's files; made up, never written, where they
/// know nothing.
ChosenIdentity identity_for(const config::EndpointSpec& spec, const config::AgentConfig& config);
/// A random pair: "nqn.2014-08.org.nvmexpress:uuid:<hostid>".
nvme::HostIdentity random_identity();

}  // namespace cmd
