// One place that knows the ways an agent can fail to answer.
#include "cmd/ask_agent.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cmd/commands.h"
#include "cmd/http_client.h"
#include "cmd/lock.h"

namespace cmd {

void add_agent_flags(CLI::App& command, AgentFlags& flags) {
  add_config_flag(command, flags.config);
  command.add_option("--endpoint", flags.endpoint, "Where the agent listens (default: debug.endpoint of its settings)")->type_name("HOST:PORT");
}

base::Result<AgentClient> AgentClient::from(const AgentFlags& flags) {
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  AgentClient out;
  if (loaded) out.run_dir_ = loaded->config.run_dir;
  if (flags.endpoint.empty() && !loaded) return base::Failure(loaded.error());
  const std::string& listens = flags.endpoint.empty() ? loaded->config.debug.endpoint : flags.endpoint;
  if (listens.empty()) {
    return base::fail(base::ErrorKind::kUnsupported, "debug.endpoint is empty: the agent serves no status; set it, or name one with --endpoint");
  }
  const base::Result<HttpAddress> address = parse_http_address(listens);
  if (!address) return base::Failure(address.error());
  out.address_ = from_this_host(*address);
  return out;
}

base::Result<std::string> AgentClient::text(const std::string& path, std::chrono::milliseconds patience) const {
  base::Result<HttpReply> reply = http_get(address_, path, patience);
  if (reply && reply->status == 200) return std::move(reply->body);
  if (reply) return base::fail(base::ErrorKind::kStatus, "the agent says: " + std::string(base::trim(reply->body)), reply->status);
  base::Error error = reply.error();
  const int holder = run_dir_.empty() ? 0 : HostLock::holder(run_dir_);
  error.message += holder != 0
      ? "; an agent runs here (pid " + std::to_string(holder) + "): is its debug.endpoint another one? Name it with --endpoint"
      : "; no agent runs here: start it with `systemctl start discovery-client` or `discovery-client serve`";
  return base::Failure(std::move(error));
}

base::Result<nlohmann::ordered_json> AgentClient::json(const std::string& path, int schema, std::chrono::milliseconds patience) const {
  const base::Result<std::string> body = text(path, patience);
  if (!body) return base::Failure(body.error());
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(*body, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("schema")) {
    return base::fail(base::ErrorKind::kProtocol, to_string(address_) + path + ": that is not the answer of an agent");
  }
  if (json["schema"] != schema) {
    return base::fail(base::ErrorKind::kProtocol, "the agent's " + path + " has schema " + json["schema"].dump() + "; this program knows " + std::to_string(schema));
  }
  return json;
}

}  // namespace cmd
