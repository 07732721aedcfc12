// discovery-client status: asks the running agent and shows its answer.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cmd/commands.h"
#include "cmd/http_client.h"
#include "cmd/lock.h"
#include "cmd/status_json.h"
#include "cmd/status_table.h"
#include "cmd/table.h"

namespace cmd {
namespace {

constexpr auto kPatience = std::chrono::seconds(5);

struct StatusFlags {
  std::string config{};
  std::string endpoint{};
  std::string output{};
};

base::Result<HttpAddress> where_to_ask(const StatusFlags& flags, std::string& run_dir) {
  base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (loaded) run_dir = loaded->config.run_dir;
  if (!flags.endpoint.empty()) return parse_http_address(flags.endpoint);
  if (!loaded) return base::Failure(loaded.error());
  if (loaded->config.debug.endpoint.empty()) {
    return base::fail(base::ErrorKind::kUnsupported, "debug.endpoint is empty: the agent serves no status; set it, or name one with --endpoint");
  }
  return parse_http_address(loaded->config.debug.endpoint);
}

int not_reachable(const base::Error& error, const std::string& run_dir) {
  const int holder = run_dir.empty() ? 0 : HostLock::holder(run_dir);
  if (holder != 0) {
    return complain(error.message + "; an agent runs here (pid " + std::to_string(holder) + "): is its debug.endpoint another one? Name it with --endpoint");
  }
  return complain(error.message + "; no agent runs here: start it with `systemctl start discovery-client` or `discovery-client serve`");
}

int status(const StatusFlags& flags) {
  std::string run_dir;
  const base::Result<HttpAddress> address = where_to_ask(flags, run_dir);
  if (!address) return complain(address.error());
  const base::Result<HttpReply> reply = http_get(from_this_host(*address), "/status", kPatience);
  if (!reply) return not_reachable(reply.error(), run_dir);
  if (reply->status != 200) return complain("the agent says: " + reply->body);
  const nlohmann::ordered_json json = nlohmann::ordered_json::parse(reply->body, nullptr, false);
  if (json.is_discarded() || !json.is_object() || !json.contains("schema")) return complain("the answer is not the status of an agent");
  if (json["schema"] != kStatusSchema) return complain("the agent's status has schema " + json["schema"].dump() + "; this program knows " + std::to_string(kStatusSchema));
  if (wants_json(flags.output)) std::cout << dump(json) << '\n';
  else std::cout << status_table(json, {output_wants_colour(), 5});
  const auto verdict = json.find("verdict");
  const bool ok = verdict != json.end() && verdict->is_object() && verdict->value("level", "") == "ok";
  return ok ? 0 : 2;
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<StatusFlags>();
  CLI::App* command = app.add_subcommand("status",
      "Ask the running agent what is connected, what is not, and why.\n"
      "Exit status: 0 every path is live, 2 something is missing or not ready, 1 no agent answers.");
  add_config_flag(*command, flags->config);
  add_output_flag(*command, flags->output);
  command->add_option("--endpoint", flags->endpoint, "Where the agent listens (default: debug.endpoint of its settings)")->type_name("HOST:PORT");
  command->callback([flags, &chosen] { chosen = [flags] { return status(*flags); }; });
}

}  // namespace cmd
