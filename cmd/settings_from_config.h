// The agent's configuration as the numbers that decisions use. Pure.
#pragma once

#include "config/agent_config.h"
#include "reconcile/settings.h"

namespace cmd {

reconcile::Settings settings_from(const config::AgentConfig& config);

}  // namespace cmd
