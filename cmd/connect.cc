// discovery-client connect: one I/O controller, at once, as told. No preflight, no retry: whoever types it looks on.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cmd/network_adapter.h"
#include "cmd/seed_commands.h"
#include "cmd/status_json.h"
#include "config/identity.h"
#include "nvme/fabrics.h"
#include "nvme/kernel_log.h"
#include "nvme/sysfs.h"
#include "reconcile/identities.h"

namespace cmd {
namespace {

struct ConnectFlags {
  std::string config{};
  std::string output{"json"};
  std::string traddr{};
  std::string trsvcid{"4420"};
  std::string transport{"tcp"};
  std::string host_traddr{};
  std::string host_iface{};
  std::string hostnqn{};
  std::string hostid{};
  std::string nqn{};
  int ctrl_loss_tmo{-1};
  std::string dhchap_secret{};
  std::string dhchap_ctrl_secret{};
};

template <class T>
base::Failure flag_error(const char* flag, const base::Result<T>& result) {
  return base::Failure(base::Error(result.error()).with_context(flag));
}

base::Result<nvme::TransportId> transport_of(const ConnectFlags& flags) {
  if (flags.transport != "tcp") return base::fail(base::ErrorKind::kUnsupported, "-t: only tcp is known");
  nvme::TransportId out;
  const base::Result<std::vector<nvme::IpAddress>> addresses = resolve_host(flags.traddr);
  if (!addresses) return flag_error("-a", addresses);
  out.traddr = addresses->front();
  const base::Result<std::uint16_t> port = nvme::parse_port(flags.trsvcid);
  if (!port) return flag_error("-s", port);
  out.trsvcid = *port;
  if (!flags.host_traddr.empty()) {
    const base::Result<nvme::IpAddress> source = nvme::IpAddress::parse(flags.host_traddr);
    if (!source) return flag_error("-w", source);
    out.host_traddr = *source;
  }
  if (!flags.host_iface.empty() && !nvme::is_interface_name(flags.host_iface)) {
    return base::fail(base::ErrorKind::kInvalid, "-f: '" + base::printable(flags.host_iface) + "' is no interface name");
  }
  out.host_iface = flags.host_iface;
  return out;
}

/// As the agent chooses it: the flags, then what live controllers carry, the host's own, the book.
base::Result<nvme::HostIdentity> identity_of(const ConnectFlags& flags, const config::AgentConfig& config) {
  std::optional<nvme::Nqn> hostnqn;
  std::optional<nvme::HostId> hostid;
  if (!flags.hostnqn.empty()) {
    const base::Result<nvme::Nqn> parsed = nvme::Nqn::parse(flags.hostnqn);
    if (!parsed) return flag_error("-q", parsed);
    hostnqn = *parsed;
  }
  if (!flags.hostid.empty()) {
    const base::Result<nvme::HostId> parsed = nvme::HostId::parse(flags.hostid);
    if (!parsed) return flag_error("-I", parsed);
    hostid = *parsed;
  }
  config::HostIdBook book(config.internal_dir + "/hostids.json");
  book.load();
  reconcile::ObservedState observed;
  observed.host = config::read_host_defaults(config, /*create=*/true);
  observed.kernel = nvme::Sysfs(config.sysfs_root).scan();
  observed.host_ids = book.ids();
  if (const auto identity = reconcile::Identities(observed).of(hostnqn, hostid)) return *identity;
  if (!hostnqn) return base::fail(base::ErrorKind::kNotFound, "no host NQN known: name one with -q");
  const base::Result<nvme::HostId> made = book.id_for(*hostnqn);
  if (!made) return base::Failure(made.error());
  return nvme::HostIdentity{*hostnqn, *made};
}

base::Result<nvme::ConnectOptions> options_of(const ConnectFlags& flags, const config::AgentConfig& config) {
  const base::Result<nvme::Nqn> subnqn = nvme::Nqn::parse(flags.nqn);
  if (!subnqn) return flag_error("-n", subnqn);
  const base::Result<nvme::TransportId> transport = transport_of(flags);
  if (!transport) return base::Failure(transport.error());
  if (flags.dhchap_secret.empty() && !flags.dhchap_ctrl_secret.empty()) {
    return base::fail(base::ErrorKind::kInvalid, "-C needs -S too: a host without a secret can't ask the controller for its own");
  }
  const base::Result<nvme::HostIdentity> identity = identity_of(flags, config);
  if (!identity) return base::Failure(identity.error());
  nvme::Tunables tunables;
  tunables.ctrl_loss_tmo = flags.ctrl_loss_tmo;
  const bool typed = !flags.dhchap_secret.empty();
  tunables.dhchap_secret = typed ? base::Secret(flags.dhchap_secret) : config.dhchap_secret;
  tunables.dhchap_ctrl_secret = typed ? base::Secret(flags.dhchap_ctrl_secret) : config.dhchap_ctrl_secret;
  return nvme::ConnectOptions{.path = {.transport = *transport, .subnqn = subnqn->str(), .hostnqn = identity->hostnqn.str()},
                              .hostid = identity->hostid,
                              .tunables = std::move(tunables)};
}

int connect(const ConnectFlags& flags) {
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  const base::Result<nvme::ConnectOptions> options = options_of(flags, loaded->config);
  if (!options) return complain(options.error());
  const nvme::Fabrics fabrics(loaded->config.fabrics_device);
  const base::Result<nvme::FabricsFeatures> features = fabrics.features();
  if (!features) return complain(features.error());
  nvme::KernelLog kernel_log;
  const base::Result<nvme::ConnectedController> made = fabrics.connect(*options, *features);
  if (!made) return complain(nvme::explain(made.error(), kernel_log.read_lines(), options->path.subnqn));
  const std::string device = "/dev/nvme" + std::to_string(made->instance);
  if (flags.output == "table") {
    std::cout << device << "  " << to_string(options->path) << '\n';
    return 0;
  }
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  json["Instance"] = made->instance;
  json["Cntlid"] = made->cntlid;
  json["Device"] = device;
  std::cout << dump(json) << '\n';
  return 0;
}

}  // namespace

void add_connect(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<ConnectFlags>();
  CLI::App* command = app.add_subcommand("connect",
      "Connect one NVMe/TCP controller of a subsystem, without discovery. Prints its instance, cntlid and device.\n"
      "Secrets on a command line are hidden from `ps` as soon as the program starts; dhChapSecret in the settings is better.");
  command->add_option("-a,--traddr", flags->traddr, "Address or host name of the portal")->required()->type_name("HOST");
  command->add_option("-s,--trsvcid", flags->trsvcid, "Port")->capture_default_str()->type_name("PORT");
  command->add_option("-n,--nqn", flags->nqn, "NQN of the subsystem")->required()->type_name("NQN");
  command->add_option("-q,--hostnqn", flags->hostnqn, "Host NQN to go as (default: the host's)")->type_name("NQN");
  command->add_option("-I,--hostid", flags->hostid, "Host id (default: in use with that host NQN, else the host's)")->type_name("UUID");
  command->add_option("-t,--transport", flags->transport, "Transport; tcp is the only one")->capture_default_str()->type_name("tcp");
  command->add_option("-w,--host-traddr", flags->host_traddr, "Source address")->type_name("ADDRESS");
  command->add_option("-f,--host-iface", flags->host_iface, "Interface to go through")->type_name("INTERFACE");
  command->add_option("--ctrl-loss-tmo", flags->ctrl_loss_tmo, "Seconds until the kernel gives a lost controller up; -1: never")
      ->capture_default_str()->check(CLI::Range(-1, 31'536'000))->type_name("SECONDS");
  command->add_option("-S,--dhchap-secret", flags->dhchap_secret, "DH-HMAC-CHAP secret of the host (default: dhChapSecret and dhChapCtrlSecret of the settings)")->type_name("SECRET");
  command->add_option("-C,--dhchap-ctrl-secret", flags->dhchap_ctrl_secret, "DH-HMAC-CHAP secret of the controller")->type_name("SECRET");
  add_config_flag(*command, flags->config);
  add_json_first_output_flag(*command, flags->output);
  command->callback([flags, &chosen] { chosen = [flags] { return connect(*flags); }; });
}

}  // namespace cmd
