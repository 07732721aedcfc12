// discovery-client add-hostnqn and remove-hostnqn: one file in clientConfigDir. The running agent sees it by itself.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cmd/seed_commands.h"
#include "cmd/status_json.h"
#include "config/consumer_file.h"

namespace cmd {
namespace {

struct AddFlags {
  std::string config{};
  config::ConsumerRequest request{};
  std::string output{"json"};
};

struct RemoveFlags {
  std::string config{};
  std::string name{};
  std::string output{"json"};
};

int print_path(const std::string& path, const std::string& output) {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  json["name"] = path;
  if (output == "table") std::cout << path << '\n';
  else std::cout << dump(json) << '\n';
  return 0;
}

int add_hostnqn(const AddFlags& flags) {
  const base::Result<std::vector<config::EndpointSpec>> endpoints = config::parse_consumer_request(flags.request);
  if (!endpoints) return complain(endpoints.error());
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  const base::Result<std::string> path = config::write_consumer_file(
      loaded->config.client_config_dir(), flags.request.name, config::endpoint_lines(*endpoints));
  return path ? print_path(*path, flags.output) : complain(path.error());
}

int remove_hostnqn(const RemoveFlags& flags) {
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  const base::Result<std::string> path = config::remove_consumer_file(loaded->config.client_config_dir(), flags.name);
  if (path) return print_path(*path, flags.output);
  // As the seed: what is gone already is no error, and nothing is printed.
  return path.error().kind == base::ErrorKind::kNotFound ? 0 : complain(path.error());
}

}  // namespace

void add_add_hostnqn(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<AddFlags>();
  CLI::App* command = app.add_subcommand("add-hostnqn",
      "Write a file with discovery services into clientConfigDir, atomically. An existing file of that name is replaced.\n"
      "Prints the file's path.");
  config::ConsumerRequest& request = flags->request;
  command->add_option("--name", request.name, "Name of the file; no '/', no leading '.', not tmp.dc.*")->required()->type_name("NAME");
  command->add_option("-a,--addresses", request.addresses, "Discovery services: host:port,host:port; IPv6 in brackets; port 8009 if left out")
      ->required()->type_name("HOST:PORT,...");
  command->add_option("-q,--hostnqn", request.hostnqn, "Host NQN to go as")->required()->type_name("NQN");
  command->add_option("-I,--hostid", request.hostid, "Host id that belongs to it (default: in use, else the host's)")->type_name("UUID");
  command->add_option("-n,--nqn", request.subsysnqn, "NQN that names the cluster")->required()->type_name("NQN");
  command->add_option("-t,--transport", request.transport, "Transport; tcp is the only one")->capture_default_str()->type_name("tcp");
  add_config_flag(*command, flags->config);
  add_json_first_output_flag(*command, flags->output);
  command->callback([flags, &chosen] { chosen = [flags] { return add_hostnqn(*flags); }; });
}

void add_remove_hostnqn(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<RemoveFlags>();
  CLI::App* command = app.add_subcommand("remove-hostnqn",
      "Remove a file from clientConfigDir. Its discovery services are left; what is connected stays connected.\n"
      "Prints the file's path; nothing where there was none.");
  command->add_option("-n,--name", flags->name, "Name of the file")->required()->type_name("NAME");
  add_config_flag(*command, flags->config);
  add_json_first_output_flag(*command, flags->output);
  command->callback([flags, &chosen] { chosen = [flags] { return remove_hostnqn(*flags); }; });
}

}  // namespace cmd
