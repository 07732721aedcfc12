// discovery-client serve: the agent, until a signal ends it.
#include <CLI/CLI.hpp>
#include <memory>

#include "cmd/agent.h"
#include "cmd/commands.h"
#include "cmd/logging.h"

namespace cmd {
namespace {

int serve(const std::string& config_file) {
  base::Result<config::LoadedConfig> loaded = load_settings(config_file);
  if (!loaded) return complain(loaded.error());
  if (base::Result<void> set = set_up_logging(loaded->config.logging); !set) {
    if (set.error().kind == base::ErrorKind::kInvalid) return complain(set.error());
    error("logging", {kv("error", set.error())});
  }
  AgentOptions options;
  options.loaded = std::move(*loaded);
  options.reload = [config_file] { return load_settings(config_file); };
  Agent agent(std::move(options));
  if (base::Result<void> started = agent.start(); !started) {
    complain(started.error());
    if (agent.stuck()) leave(1);
    return 1;
  }
  agent.serve();
  return 0;
}

}  // namespace

void add_serve(CLI::App& app, Chosen& chosen) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("serve",
      "Run the agent: discover, connect and stay connected until SIGTERM. Never disconnects.\n"
      "SIGHUP reads settings, directory and identity again. One agent a host.");
  add_config_flag(*command, *file);
  command->callback([file, &chosen] { chosen = [file] { return serve(*file); }; });
}

}  // namespace cmd
