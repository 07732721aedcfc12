// What this host and its discovery services look like now, without the agent: files, discovery, sysfs. Starts an agent that
// neither acts nor serves, waits until it has seen everything, and keeps it for what it noted. For commands; changes nothing.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "cmd/agent.h"
#include "config/agent_config.h"

namespace cmd {

class LookFromHere {
 public:
  /// Blocks up to 15 s. Turns logging off: the answer is the output.
  static base::Result<LookFromHere> take(config::LoadedConfig loaded);

  const reconcile::Status& status() const { return *status_; }
  /// What would have been written to the kernel, in order.
  const std::vector<nvme::ConnectOptions>& noted() const { return agent_->kernel().noted(); }
  /// Everything answered in time.
  bool settled() const { return settled_; }
  /// The JSON of /status, where each path also has an "action": "connect", "wait" or "none".
  nlohmann::ordered_json json() const;
  /// Ends the process at once with this exit status if joining a worker would wait for the kernel or a name server.
  void leave_if_stuck(int exit_status) const;

 private:
  std::unique_ptr<Agent> agent_{};
  reconcile::StatusPtr status_{};
  bool settled_{false};
};

}  // namespace cmd
