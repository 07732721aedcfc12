// discovery-client discover: asks one discovery service once and prints all it says. Connects nothing.
#include "cmd/discover.h"

#include <CLI/CLI.hpp>
#include <asio/io_context.hpp>
#include <iostream>
#include <memory>

#include "base/async.h"
#include "cmd/commands.h"
#include "cmd/log_page_text.h"
#include "cmd/network_adapter.h"
#include "cmd/status_json.h"
#include "cmd/table.h"
#include "cmd/target_flags.h"
#include "nvme/session.h"

namespace cmd {
namespace {

struct DiscoverFlags {
  TargetFlags target{};
  std::string config{};
  std::string output{};
};

int discover(const DiscoverFlags& flags) {
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  const base::Result<config::EndpointSpec> spec = parse_target(flags.target);
  if (!spec) return complain(spec.error());
  const base::Result<ChosenIdentity> as = identity_for(*spec, loaded->config);
  if (!as) return complain(as.error());
  if (!as->remark.empty()) complain(as->remark);
  const base::Result<Discovered> found = discover_once(*spec, as->identity, loaded->config);
  if (!found) return complain(found.error());
  if (wants_json(flags.output)) {
    std::cout << dump(log_page_json(found->page)) << '\n';
    return 0;
  }
  std::string service = to_string(found->address);
  if (!found->info.subnqn.empty()) service += " (" + found->info.subnqn + ")";
  std::cout << log_page_table(found->page, service, output_wants_colour());
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
    nvme::SessionOptions options{.address = found.address, .subnqn = spec.discovery_nqn.value_or(nvme::Nqn::discovery()), .identity = identity};
    options.kato = std::chrono::seconds(spec.tunables.keep_alive_tmo.value_or(0));
    options.header_digest = spec.header_digest;
    options.data_digest = spec.data_digest;
    options.max_entries = config.max_log_entries;
    options.paged = config.log_page_pagination_enabled;
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
  CLI::App* command = app.add_subcommand("discover", "Ask one discovery service once and print its log page: every entry, every field. Connects nothing.");
  add_target_flags(*command, flags->target);
  add_config_flag(*command, flags->config);
  add_output_flag(*command, flags->output);
  command->callback([flags, &chosen] { chosen = [flags] { return discover(*flags); }; });
}

}  // namespace cmd
