// discovery-client why: asks the agent, or looks from here, and prints the chain of reasons.
#include <time.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cmd/ask_agent.h"
#include "cmd/commands.h"
#include "cmd/look_from_here.h"
#include "cmd/status_json.h"
#include "cmd/table.h"
#include "cmd/why.h"

namespace cmd {
namespace {

constexpr std::size_t kKernelLines = 1000;

struct WhyFlags {
  AgentFlags agent{};
  std::string subject{};
  std::string output{};
  bool no_agent{false};
};

std::chrono::microseconds since_boot() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::microseconds(now.tv_nsec / 1000);
}

int tell(const WhyFlags& flags, WhyInput input, const std::string& sysfs_root) {
  base::Result<std::vector<nvme::KernelLine>> log = nvme::read_kernel_log(kKernelLines);
  if (log) input.kernel_log = std::move(*log);
  else input.kernel_log_error = log.error().message;
  input.since_boot = since_boot();
  const base::Result<Json> why = why_json(subject_of(flags.subject, sysfs_root), input);
  if (!why) return complain(why.error());
  if (wants_json(flags.output)) std::cout << dump(*why) << '\n';
  else std::cout << why_text(*why, output_wants_colour());
  std::cout.flush();
  return flag_of(*why, "fine") ? 0 : 2;
}

int why(const WhyFlags& flags) {
  base::Result<config::LoadedConfig> loaded = load_settings(flags.agent.config);
  const std::string sysfs_root = loaded ? loaded->config.sysfs_root : "/sys";
  const base::Result<AgentClient> agent = AgentClient::from(flags.agent);
  if (agent && !flags.no_agent) {
    const base::Result<Json> status = agent->json("/status", kStatusSchema);
    if (status) return tell(flags, {.status = *status}, sysfs_root);
    complain(status.error());
  }
  if (!loaded) return complain(loaded.error());
  const base::Result<LookFromHere> look = LookFromHere::take(std::move(*loaded));
  if (!look) return complain(look.error());
  const Json status = look->json();
  const int exit_status = tell(flags, {.status = status, .source = "this host"}, sysfs_root);
  look->leave_if_stuck(exit_status);
  return exit_status;
}

}  // namespace

void add_why(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<WhyFlags>();
  CLI::App* command = app.add_subcommand("why",
      "Say why something is connected or not: which file and line wants it, which service lists it, what was tried, what the\n"
      "kernel or the target answered, what is next and when. Asks the agent; without one it looks at files, discovery and sysfs.\n"
      "Exit status: 0 it is as it should be, 2 it is not, 1 nothing of that name is known, or an error.");
  command->add_option("SUBJECT", flags->subject, "A subsystem's NQN, an address (ADDR, ADDR:PORT, a service's name), or a device (nvme3, /dev/nvme3n1)")->required()->type_name("");
  add_agent_flags(*command, flags->agent);
  add_output_flag(*command, flags->output, "text");
  command->add_flag("--no-agent", flags->no_agent, "Ask no agent: look from here");
  command->callback([flags, &chosen] { chosen = [flags] { return why(*flags); }; });
}

}  // namespace cmd
