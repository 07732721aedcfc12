// Any bytes as the agent's YAML file, and as the value of one environment variable: never a crash, and what
// is taken lies within what the table promises.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/agent_config.h"
#include "config/agent_keys.h"

namespace {

void check(const base::Result<config::LoadedConfig>& loaded) {
  if (!loaded) {
    if (loaded.error().message.empty()) std::abort();
    return;
  }
  const config::AgentConfig& config = loaded->config;
  if (config.kato < 0 || config.ctrl_loss_tmo < -1 || config.ctrl_loss_tmo == 0 || config.max_io_queues < 0)
    std::abort();
  if (config.reconnect_interval > config.max_retry_interval ||
      std::ranges::find(config.client_config_dirs, config.internal_dir) != config.client_config_dirs.end())
    std::abort();
  if (config.max_log_entries == 0 || config.auto_detect.discovery_service_port == 0) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  check(config::parse_agent_config(text, "f", {}));
  if (size == 0) return 0;
  const std::span<const config::AgentKey> keys = config::agent_keys();
  const std::string name = config::environment_name(keys[data[0] % keys.size()].path);
  check(config::parse_agent_config("", "f", [&](const std::string& asked) {
    return asked == name ? std::optional<std::string>(text.substr(1)) : std::nullopt;
  }));
  return 0;
}
