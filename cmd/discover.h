// One read of a discovery service's log page, blocking, trying each address of its name. For commands only.
#pragma once

#include "base/error.h"
#include "config/agent_config.h"
#include "config/endpoint_spec.h"
#include "nvme/log_page.h"
#include "nvme/session_options.h"

namespace cmd {

struct Discovered {
  nvme::TransportId address{};   ///< the one that answered
  nvme::ControllerInfo info{};
  nvme::LogPage page{};
};
base::Result<Discovered> discover_once(const config::EndpointSpec& spec, const nvme::HostIdentity& identity, const config::AgentConfig& config);

}  // namespace cmd
