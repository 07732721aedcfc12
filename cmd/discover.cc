// discovery-client discover: asks one discovery service once and prints all it says. Connects nothing.
#include "cmd/discover.h"

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <memory>

#include "base/async.h"
#include "cmd/commands.h"
#include "cmd/log_page_text.h"
#include "cmd/network_adapter.h"
#include "cmd/seed_commands.h"
#include "cmd/status_json.h"
#include "cmd/table.h"
#include "cmd/target_flags.h"
#include "nvme/session.h"

namespace cmd {
namespace {

struct DiscoverFlags {
  TargetFlags target{};
  std::string config{};
  std::string output{"json"};
  bool persistent{false};
};

nvme::SessionOptions session_options(const nvme::TransportId& address, const config::EndpointSpec& spec,
                                     const nvme::HostIdentity& identity, const config::AgentConfig& config) {
  nvme::SessionOptions options{.address = address, .subnqn = spec.discovery_nqn.value_or(nvme::Nqn::discovery()), .identity = identity};
  options.kato = std::chrono::seconds(spec.tunables.keep_alive_tmo.value_or(0));
  options.header_digest = spec.header_digest;
  options.data_digest = spec.data_digest;
  options.max_entries = config.max_log_entries;
  options.paged = config.log_page_pagination_enabled;
  return options;
}

void print_page(const nvme::LogPage& page, const nvme::TransportId& address, const nvme::ControllerInfo& info, const std::string& output) {
  if (wants_json(output)) {
    std::cout << dump(log_page_json(page)) << std::endl;
    return;
  }
  std::string service = to_string(address);
  if (!info.subnqn.empty()) service += " (" + info.subnqn + ")";
  std::cout << log_page_table(page, service, output_wants_colour()) << std::flush;
}

/// -p: stays connected and prints each new page, until it is interrupted (0) or the service ends it (1).
int follow(nvme::SessionOptions options, const config::AgentConfig& config, const std::string& output) {
  if (options.kato == std::chrono::milliseconds::zero()) {
    options.kato = std::chrono::duration_cast<std::chrono::milliseconds>(config.discovery_kato);
  }
  int status = 0;
  nvme::ControllerInfo info;
  asio::io_context io{1};
  nvme::SessionEvents events;
  events.on_up = [&](const nvme::ControllerInfo& up) { info = up; };
  events.on_log = [&](const nvme::LogPage& page) { print_page(page, options.address, info, output); };
  events.on_down = [&](const base::Error& error) {
    if (error.kind != base::ErrorKind::kCancelled) status = complain(error);
    io.stop();
  };
  nvme::Session session(io.get_executor(), options, std::move(events));
  asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&session](const asio::error_code& error, int) {
    if (!error) session.stop();
  });
  io.run();
  return status;
}

int discover(const DiscoverFlags& flags) {
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  const base::Result<config::EndpointSpec> spec = parse_target(flags.target);
  if (!spec) return complain(spec.error());
  const ChosenIdentity as = identity_for(*spec, loaded->config);
  if (!as.remark.empty()) complain(as.remark);
  const base::Result<Discovered> found = discover_once(*spec, as.identity, loaded->config);
  if (!found) return complain(found.error());
  if (flags.persistent) return follow(session_options(found->address, *spec, as.identity, loaded->config), loaded->config, flags.output);
  print_page(found->page, found->address, found->info, flags.output);
  return 0;
}

}  // namespace

base::Result<Discovered> discover_once(const config::EndpointSpec& spec, const nvme::HostIdentity& identity, const config::AgentConfig& config) {
  base::Result<std::vector<nvme::IpAddress>> addresses = spec.address ? base::Result<std::vector<nvme::IpAddress>>(std::vector{*spec.address})
                                                                      : resolve_host(spec.host);
  if (!addresses) return base::Failure(addresses.error());
  base::Result<Discovered> outcome = base::fail(base::ErrorKind::kNotFound, spec.host + " has no address");
  for (const nvme::IpAddress& address : *addresses) {
    if (spec.host_traddr && spec.host_traddr->is_v6() != address.is_v6()) continue;
    Discovered found;
    found.address = {address, spec.trsvcid, spec.host_traddr, spec.host_iface};
    const nvme::SessionOptions options = session_options(found.address, spec, identity, config);
    asio::io_context io{1};
    auto done = [&](const std::exception_ptr&, base::Result<nvme::LogPage> page) {
      if (page) {
        found.page = std::move(*page);
        outcome = std::move(found);
      } else {
        outcome = base::Failure(page.error());
      }
    };
    asio::co_spawn(io, nvme::discover(options, &found.info), std::move(done));
    io.run();
    if (outcome) return outcome;
  }
  return outcome;
}

void add_discover(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<DiscoverFlags>();
  CLI::App* command = app.add_subcommand("discover", "Ask one discovery service once and print its log page: every entry, every field. Connects nothing.\n"
      "With -p it stays connected and prints each new page until it is interrupted.");
  add_target_flags(*command, flags->target);
  command->add_flag("-p,--persistent,--persistant", flags->persistent, "Stay connected, print each new page");
  add_config_flag(*command, flags->config);
  add_json_first_output_flag(*command, flags->output);
  command->callback([flags, &chosen] { chosen = [flags] { return discover(*flags); }; });
}

}  // namespace cmd
