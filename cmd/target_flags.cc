// Flags as text first, so that every complaint is ours and names the flag.
#include "cmd/target_flags.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cmd/memory_adapter.h"
#include "config/identity.h"
#include "nvme/sysfs.h"
#include "reconcile/identities.h"

namespace cmd {
namespace {

base::Failure bad_flag(std::string_view flag, const base::Error& error) {
  return base::Failure(base::Error(error).with_context(flag));
}

bool is_host_name(std::string_view text) {
  if (text.empty() || text.size() > 253 || text.front() == '-') return false;  // RFC 1035, 2.3.4
  for (const char c : text) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    if (!fine) return false;
  }
  return true;
}

}  // namespace

void add_target_flags(CLI::App& command, TargetFlags& flags) {
  command.add_option("-a,--traddr", flags.traddr, "Address or name of the discovery service")->type_name("ADDR");
  command.add_option("-s,--trsvcid", flags.trsvcid, "Its port (default 8009)")->type_name("PORT");
  command.add_option("-t,--transport", flags.transport, "tcp; there is no other here")->type_name("TRTYPE");
  command.add_option("-q,--hostnqn", flags.hostnqn, "Ask as this host NQN (default: this host's)")->type_name("NQN");
  command.add_option("-I,--hostid", flags.hostid, "… and with this host id")->type_name("UUID");
  command.add_option("-w,--host-traddr", flags.host_traddr, "Ask from this address of this host")->type_name("ADDR");
  command.add_option("-f,--host-iface", flags.host_iface, "Ask through this interface")->type_name("IFACE");
  command.add_option("-n,--nqn", flags.nqn, "NQN of a unique discovery subsystem")->type_name("NQN");
  command.add_option("-k,--keep-alive-tmo,--kato", flags.kato, "Keep alive timeout in seconds")->type_name("SECONDS");
  command.add_flag("-g,--hdr-digest", flags.header_digest, "Ask for header digests");
  command.add_flag("-G,--data-digest", flags.data_digest, "Ask for data digests");
}

base::Result<config::EndpointSpec> parse_target(const TargetFlags& flags) {
  config::EndpointSpec spec;
  if (flags.traddr.empty()) return base::fail(base::ErrorKind::kInvalid, "--traddr: which discovery service? (-a ADDR)");
  if (flags.transport != "tcp") return base::fail(base::ErrorKind::kUnsupported, "--transport " + base::printable(flags.transport) + ": only tcp");
  std::string_view host = flags.traddr;
  if (host.size() > 2 && host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  base::Result<nvme::IpAddress> address = nvme::IpAddress::parse(host);
  if (address) {
    spec.address = *address;
    spec.host = to_string(*address);
  } else if (is_host_name(host)) {
    spec.host = std::string(host);
  } else {
    return bad_flag("--traddr", address.error());
  }
  base::Result<std::uint16_t> port = nvme::parse_port(flags.trsvcid);
  if (!port) return bad_flag("--trsvcid", port.error());
  spec.trsvcid = *port;
  if (!flags.host_traddr.empty()) {
    base::Result<nvme::IpAddress> source = nvme::IpAddress::parse(flags.host_traddr);
    if (!source) return bad_flag("--host-traddr", source.error());
    spec.host_traddr = *source;
  }
  if (!flags.host_iface.empty() && !nvme::is_interface_name(flags.host_iface)) {
    return base::fail(base::ErrorKind::kInvalid, "--host-iface: " + base::printable(flags.host_iface) + " is no interface name");
  }
  spec.host_iface = flags.host_iface;
  if (!flags.hostnqn.empty()) {
    base::Result<nvme::Nqn> nqn = nvme::Nqn::parse(flags.hostnqn);
    if (!nqn) return bad_flag("--hostnqn", nqn.error());
    spec.hostnqn = *nqn;
  }
  if (!flags.hostid.empty()) {
    base::Result<nvme::HostId> id = nvme::HostId::parse(flags.hostid);
    if (!id) return bad_flag("--hostid", id.error());
    spec.hostid = *id;
  }
  if (!flags.nqn.empty()) {
    base::Result<nvme::Nqn> nqn = nvme::Nqn::parse(flags.nqn);
    if (!nqn) return bad_flag("--nqn", nqn.error());
    spec.discovery_nqn = *nqn;
  }
  if (!flags.kato.empty()) {
    // The kernel's limit for I/O controllers is an int of seconds; a day is more than anybody means.
    const auto seconds = base::parse_int(flags.kato, 0, 86400);
    if (!seconds) return base::fail(base::ErrorKind::kInvalid, "--keep-alive-tmo: " + base::printable(flags.kato) + " is no number of seconds from 0 to 86400");
    spec.tunables.keep_alive_tmo = static_cast<int>(*seconds);
  }
  spec.header_digest = spec.tunables.hdr_digest = flags.header_digest;
  spec.data_digest = spec.tunables.data_digest = flags.data_digest;
  return spec;
}

nvme::HostIdentity random_identity() {
  const nvme::HostId id = random_host_id();
  base::Result<nvme::Nqn> nqn = nvme::Nqn::parse("nqn.2014-08.org.nvmexpress:uuid:" + to_string(id));
  return {nqn ? *nqn : nvme::Nqn::discovery(), id};
}

ChosenIdentity identity_for(const config::EndpointSpec& spec, const config::AgentConfig& config) {
  reconcile::ObservedState observed;
  observed.host = config::read_host_defaults(config, false);
  observed.kernel = nvme::Sysfs(config.sysfs_root).scan();
  if (const auto identity = reconcile::Identities(observed).of(spec.hostnqn, spec.hostid)) return {*identity, {}};
  nvme::HostIdentity made = random_identity();
  if (spec.hostnqn) {
    made.hostnqn = *spec.hostnqn;
    return {made, "no host id is known for " + spec.hostnqn->str() + " (-I); asking with a random one"};
  }
  if (spec.hostid) made.hostid = *spec.hostid;
  return {made, "this host has no NVMe identity (" + config.host_nqn_path + "); asking once as " + made.hostnqn.str()};
}

}  // namespace cmd
