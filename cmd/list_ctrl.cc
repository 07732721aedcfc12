// discovery-client list ctrl: the kernel's NVMe/TCP controllers. Where an agent runs, it is asked which of them are
// stale; without one the list is complete, only the marks are missing.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cmd/http_client.h"
#include "cmd/seed_commands.h"
#include "cmd/status_json.h"
#include "cmd/table.h"
#include "nvme/sysfs.h"

namespace cmd {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kPatience = std::chrono::milliseconds(500);  // marks are a courtesy; the list must not wait for them

struct ListFlags {
  std::string config{};
  std::string output{"json"};
  bool discovery{false};
};

/// Devices that the running agent calls left behind: no service lists them any more (docs/status.md).
std::set<std::string> stale_devices(const config::AgentConfig& config) {
  std::set<std::string> out;
  const base::Result<HttpAddress> address = parse_http_address(config.debug.endpoint);
  if (!address) return out;
  const base::Result<HttpReply> reply = http_get(from_this_host(*address), "/status", kPatience);
  if (!reply || reply->status != 200) return out;
  const Json status = Json::parse(reply->body, nullptr, false);
  if (!status.is_object() || !status.contains("paths") || !status["paths"].is_array()) return out;
  for (const Json& path : status["paths"]) {
    if (!path.is_object() || !path.contains("device") || !path["device"].is_string()) continue;
    if (path.value("left_behind", false)) out.insert(path["device"].get<std::string>());
  }
  return out;
}

/// The seed's map: by name as Go sorts it, the seed's members in its order; "Stale" only where it is true.
Json controllers_json(const std::vector<nvme::Controller>& controllers, const std::set<std::string>& stale) {
  std::map<std::string, const nvme::Controller*> by_name;
  for (const nvme::Controller& controller : controllers) by_name[controller.device] = &controller;
  Json out = Json::object();
  for (const auto& [name, controller] : by_name) {
    Json one = Json::object();
    one["Traddr"] = to_string(controller->transport.traddr);
    one["Trsvcid"] = controller->transport.trsvcid;
    one["Transport"] = "tcp";
    one["Subsysnqn"] = controller->subsysnqn;
    one["HostTraddr"] = controller->transport.host_traddr ? to_string(*controller->transport.host_traddr) : std::string();
    one["Device"] = "/dev/" + name;
    if (stale.contains(name)) one["Stale"] = true;
    out[name] = std::move(one);
  }
  return out;
}

std::string controllers_table(const std::vector<nvme::Controller>& controllers, const std::set<std::string>& stale, bool colour) {
  Table table;
  table.row({{"DEVICE", Tint::kBold}, {"STATE", Tint::kBold}, {"ADDRESS", Tint::kBold}, {"SUBSYSTEM", Tint::kBold}, {"MARK", Tint::kBold}});
  for (const nvme::Controller& controller : controllers) {
    const bool live = controller.state == nvme::ControllerState::kLive;
    table.row({{controller.device}, {std::string(to_string(controller.state)), live ? Tint::kGood : Tint::kWarn},
               {to_string(controller.transport)}, {controller.subsysnqn},
               {stale.contains(controller.device) ? "stale: no discovery service lists it" : "", Tint::kWarn}});
  }
  return table.text(colour);
}

int list_ctrl(const ListFlags& flags) {
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  std::vector<nvme::Controller> controllers = nvme::Sysfs(loaded->config.sysfs_root).scan().controllers;
  if (flags.discovery) std::erase_if(controllers, [](const nvme::Controller& c) { return !c.is_discovery(); });
  const std::set<std::string> stale = stale_devices(loaded->config);
  if (flags.output == "table") std::cout << controllers_table(controllers, stale, output_wants_colour());
  else std::cout << dump(controllers_json(controllers, stale)) << '\n';
  return 0;
}

}  // namespace

void add_list(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<ListFlags>();
  CLI::App* list = app.add_subcommand("list", "List what the kernel has.");
  list->require_subcommand(1);
  CLI::App* command = list->add_subcommand("ctrl",
      "List the NVMe/TCP controllers of this host. Stale ones (no discovery service lists them any more) are marked\n"
      "where an agent runs; they are never removed by themselves.");
  command->add_flag("-d,--discovery", flags->discovery, "Only discovery controllers");
  add_config_flag(*command, flags->config);
  add_json_first_output_flag(*command, flags->output);
  command->callback([flags, &chosen] { chosen = [flags] { return list_ctrl(*flags); }; });
}

}  // namespace cmd
