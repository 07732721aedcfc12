// discovery-client serve: the agent, until a signal ends it.
#include <malloc.h>
#include <sys/prctl.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "cmd/affinity.h"
#include "cmd/agent.h"
#include "cmd/commands.h"
#include "cmd/logging.h"
#include "cmd/settings_flags.h"

namespace cmd {
namespace {

struct ServeFlags {
  std::string config{};
  SettingsFlags settings{};
};

/// What a pass over thousands of paths or a write of internal.json used for a moment goes back to the system: a second
/// arena, or glibc's thresholds that grow with use, keep a fifth of the process for nothing (`make bench` prints RSS).
/// And no huge pages: Linux 6.1 gives one to a thread's stack that happens to end at its border, 2 MiB for a few KiB, at one start
/// of fifty or so (newer ones don't, c4608d1bf7c6 "mm: mmap: map MAP_STACK to VM_NOHUGEPAGE").
void keep_memory_small() {
  constexpr int kThreshold = 64 * 1024;
  ::mallopt(M_ARENA_MAX, 1);  // there is one busy thread
  ::mallopt(M_MMAP_THRESHOLD, kThreshold);
  ::mallopt(M_TRIM_THRESHOLD, kThreshold);
  ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
}

int serve(const ServeFlags& flags) {
  keep_memory_small();
  base::Result<config::LoadedConfig> loaded = load_settings(flags.config, flags.settings);
  if (!loaded) return complain(loaded.error());
  // Before any thread is made, since they inherit it.
  const base::Result<std::vector<int>> cores = bind_to_cores(loaded->config.cores);
  if (!cores) return complain(cores.error());
  if (base::Result<void> set = set_up_logging(loaded->config.logging); !set) {
    if (set.error().kind == base::ErrorKind::kInvalid) return complain(set.error());
    error("logging", {kv("error", set.error())});
  }
  for (const int core : loaded->config.cores) {
    if (std::ranges::find(*cores, core) == cores->end()) warn("cores: this CPU is not there or not allowed", {kv("core", core)});
  }
  AgentOptions options;
  options.loaded = std::move(*loaded);
  options.reload = [flags] { return load_settings(flags.config, flags.settings); };
  options.service = ServiceManager::from_environment(process_environment);
  options.environment = process_environment;
  Agent agent(std::move(options));
  if (base::Result<void> started = agent.start(); !started) {
    if (logs_json()) error("the agent can't start", {kv("error", started.error())});
    else complain(started.error());
    if (agent.stuck()) leave(1);
    return 1;
  }
  agent.serve();
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<ServeFlags>();
  CLI::App* command = app.add_subcommand("serve",
      "Run the agent: discover, connect and stay connected until SIGTERM. Never disconnects.\n"
      "SIGHUP reads settings, directory and identity again. One agent a host.");
  add_config_flag(*command, flags->config);
  add_settings_flags(*command, flags->settings);
  command->callback([flags, &chosen] { chosen = [flags] { return serve(*flags); }; });
}

}  // namespace cmd
