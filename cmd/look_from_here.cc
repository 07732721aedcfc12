// `plan`, `why` and `report` see the same.
#include "cmd/look_from_here.h"

#include "cmd/cluster_link.h"
#include "cmd/commands.h"
#include "cmd/logging.h"
#include "cmd/plan_text.h"

namespace cmd {
namespace {

constexpr auto kLookLimit = std::chrono::seconds(15);  // 3 s to connect, 10 s for a slow command

}  // namespace

base::Result<LookFromHere> LookFromHere::take(config::LoadedConfig loaded) {
  if (base::Result<void> set = set_up_logging({.level = "fatal"}); !set) return base::Failure(set.error());
  AgentOptions options;
  options.loaded = std::move(loaded);
  options.acts = false;
  options.serves = false;
  options.node = node_facts(options.loaded.config, process_environment);
  LookFromHere out;
  out.agent_ = std::make_unique<Agent>(std::move(options));
  if (base::Result<void> started = out.agent_->start(); !started) return base::Failure(started.error());
  out.settled_ = out.agent_->run_until_settled(kLookLimit);
  out.status_ = out.agent_->controller().status();
  if (!out.status_) return base::fail(base::ErrorKind::kTimeout, "nothing could be looked at in time");
  return out;
}

nlohmann::ordered_json LookFromHere::json() const { return status_with_actions(*status_, noted()); }

void LookFromHere::leave_if_stuck(int exit_status) const {
  if (agent_->stuck()) leave(exit_status);
}

}  // namespace cmd
