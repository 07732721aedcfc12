// discovery-client plan: what serve would do now, and why not the rest. Discovers, looks at sysfs, changes nothing.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cmd/agent.h"
#include "cmd/commands.h"
#include "cmd/logging.h"
#include "cmd/plan_text.h"
#include "cmd/status_json.h"
#include "cmd/table.h"

namespace cmd {
namespace {

constexpr auto kPlanLimit = std::chrono::seconds(15);  // 3 s to connect, 10 s for a slow command

struct PlanFlags {
  std::string config{};
  std::string output{};
};

int plan(const PlanFlags& flags) {
  base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  // The answer is the output; a second telling of it in log lines would only be noise.
  if (base::Result<void> set = set_up_logging({.level = "fatal"}); !set) return complain(set.error());
  AgentOptions options;
  options.loaded = std::move(*loaded);
  options.acts = false;
  options.serves = false;
  Agent agent(std::move(options));
  if (base::Result<void> started = agent.start(); !started) return complain(started.error());
  const bool settled = agent.run_until_settled(kPlanLimit);
  const reconcile::StatusPtr status = agent.controller().status();
  if (!status) return complain("nothing could be looked at in time");
  for (const config::Diagnostic& diagnostic : status->diagnostics) std::cerr << to_string(diagnostic) << '\n';
  const nlohmann::ordered_json planned = plan_json(*status, agent.kernel().noted(), settled);
  if (flags.output == "json") std::cout << dump(planned) << '\n';
  else std::cout << plan_text(planned, output_wants_colour());
  std::cout.flush();
  const int exit_status = plan_exit_status(planned);
  if (agent.stuck()) leave(exit_status);
  return exit_status;
}

}  // namespace

void add_plan(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* command = app.add_subcommand("plan",
      "Say what `serve` would do now and why not the rest: asks the discovery services, looks at sysfs, changes nothing.\n"
      "Exit status: 0 nothing to do, 2 something to do, 1 an error.");
  add_config_flag(*command, flags->config);
  command->add_option("-o,--output", flags->output, "text or json (default: text)")->type_name("FORMAT")->check(CLI::IsMember({"text", "json"}));
  command->callback([flags, &chosen] { chosen = [flags] { return plan(*flags); }; });
}

}  // namespace cmd
