// The option table of discovery.d lines, and what each option's value must be.
// Checks single values only; what options mean together is discovery_conf.cc's.
#include "config/line_options.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/host_port.h"

namespace config {
namespace {

constexpr std::int64_t kYear =
    31'536'000;  // seconds; the kernel divides such numbers after adding to them (int)
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kKatoMax = 4'294'967;  // seconds; KATO is 32 bits of milliseconds on the wire

std::string quoted(std::string_view text) { return "'" + base::printable(text, 80) + "'"; }

std::string not_in_range(std::string_view value, std::int64_t low, std::int64_t high) {
  return quoted(value) + " is not a whole number from " + std::to_string(low) + " to " + std::to_string(high);
}

template <std::optional<int> nvme::Tunables::* kMember, std::int64_t kLow, std::int64_t kHigh>
std::string set_int(LineDraft& draft, std::string_view value) {
  std::optional<std::int64_t> number = base::parse_int(value, kLow, kHigh);
  if (!number) return not_in_range(value, kLow, kHigh);
  draft.spec.tunables.*kMember = static_cast<int>(*number);
  return {};
}

/// nvme-cli passes a 0 here as "not given".
template <std::optional<int> nvme::Tunables::* kMember>
std::string set_queue_count(LineDraft& draft, std::string_view value) {
  std::optional<std::int64_t> number = base::parse_int(value, 0, 65535);
  if (!number) return not_in_range(value, 0, 65535) + " (0: the kernel's default)";
  if (*number != 0) draft.spec.tunables.*kMember = static_cast<int>(*number);
  return {};
}

template <bool nvme::Tunables::* kMember>
std::string set_flag(LineDraft& draft, std::string_view) {
  draft.spec.tunables.*kMember = true;
  return {};
}

/// The kernel wants the serial number of a key that is in its keyrings; nvme-cli looks names up, we do not.
template <std::optional<std::string> nvme::Tunables::* kMember>
std::string set_serial(LineDraft& draft, std::string_view value) {
  std::string_view digits = value;
  bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  bool fits = !digits.empty() && digits.size() <= (hexadecimal ? 8U : 10U) &&
              std::ranges::all_of(base::to_lower(digits), [&](char c) {
                return (c >= '0' && c <= '9') || (hexadecimal && c >= 'a' && c <= 'f');
              });
  if (!fits)
    return "the value is no key serial (decimal, or 0x and up to 8 hexadecimal digits; see keyctl(1))";
  draft.spec.tunables.*kMember = std::string(value);
  return {};
}

template <base::Secret nvme::Tunables::* kMember>
std::string set_secret(LineDraft& draft, std::string_view value) {
  bool printable = std::ranges::all_of(value, [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
  if (!value.starts_with("DHHC-1:") || !printable) {
    return "the value is no DH-HMAC-CHAP secret (DHHC-1:<hash>:<base64>:, from nvme gen-dhchap-key)";
  }
  draft.spec.tunables.*kMember = base::Secret(std::string(value));
  return {};
}

template <class T>
std::string set_parsed(std::optional<T>& member, base::Result<T> parsed) {
  if (!parsed) return parsed.error().message;
  member = std::move(*parsed);
  return {};
}

std::string set_transport(LineDraft& draft, std::string_view value) {
  if (value == "tcp") return {};
  std::string lower = base::to_lower(value);
  if (lower == "tcp") return quoted(value) + ": write tcp in lower case, the kernel takes nothing else";
  if (lower != "rdma" && lower != "fc" && lower != "loop" && lower != "pcie") {
    return quoted(value) + " is no transport; this agent speaks tcp";
  }
  draft.foreign_transport = lower;
  return {};
}

std::string set_traddr(LineDraft& draft, std::string_view value) {
  base::Result<HostPort> parsed = parse_host_port(value);
  if (!parsed) return parsed.error().message;
  if (parsed->address && parsed->address->is_unspecified()) return quoted(value) + " is nobody's address";
  draft.spec.host = std::move(parsed->host);
  draft.spec.address = std::move(parsed->address);
  draft.address_port = parsed->port;
  return {};
}

std::string set_trsvcid(LineDraft& draft, std::string_view value) {
  base::Result<std::uint16_t> port = nvme::parse_port(value);
  if (!port) return port.error().message;
  draft.spec.trsvcid = *port;
  return {};
}

std::string set_host_traddr(LineDraft& draft, std::string_view value) {
  return set_parsed(draft.spec.host_traddr, nvme::IpAddress::parse(value));
}

std::string set_host_iface(LineDraft& draft, std::string_view value) {
  if (!nvme::is_interface_name(value)) return quoted(value) + " is no interface name (1 to 15 bytes)";
  draft.spec.host_iface = std::string(value);
  return {};
}

std::string set_hostnqn(LineDraft& draft, std::string_view value) {
  return set_parsed(draft.spec.hostnqn, nvme::Nqn::parse(value));
}

std::string set_hostid(LineDraft& draft, std::string_view value) {
  return set_parsed(draft.spec.hostid, nvme::HostId::parse(value));
}

/// nvme-cli's users write the well-known discovery NQN here; every service has it, so it names no cluster.
std::string set_group(LineDraft& draft, std::string_view value) {
  base::Result<nvme::Nqn> nqn = nvme::Nqn::parse(value);
  if (!nqn) return nqn.error().message;
  if (!nqn->is_well_known_discovery()) draft.spec.group = nqn->str();
  return {};
}

std::string set_discovery_nqn(LineDraft& draft, std::string_view value) {
  return set_parsed(draft.spec.discovery_nqn, nvme::Nqn::parse(value));
}

std::string set_header_digest(LineDraft& draft, std::string_view) {
  draft.spec.header_digest = draft.spec.tunables.hdr_digest = true;
  return {};
}

std::string set_data_digest(LineDraft& draft, std::string_view) {
  draft.spec.data_digest = draft.spec.tunables.data_digest = true;
  return {};
}

using nvme::Tunables;
constexpr std::string_view kCommandLineOnly = "has no effect here (it is for nvme-cli's command line)";

constexpr LineOption kOptions[] = {
    // name, alias, letter, takes a value, setter, warning where there is no effect
    {"transport", "", 't', true, set_transport, ""},
    {"traddr", "", 'a', true, set_traddr, ""},
    {"trsvcid", "", 's', true, set_trsvcid, ""},
    {"host-traddr", "", 'w', true, set_host_traddr, ""},
    {"host-iface", "", 'f', true, set_host_iface, ""},
    {"hostnqn", "", 'q', true, set_hostnqn, ""},
    {"hostid", "", 'I', true, set_hostid, ""},
    {"nqn", "subsysnqn", 'n', true, set_group, ""},
    {"discovery-nqn", "", '\0', true, set_discovery_nqn, ""},
    {"nr-io-queues", "", 'i', true, set_queue_count<&Tunables::nr_io_queues>, ""},
    {"nr-write-queues", "", 'W', true, set_queue_count<&Tunables::nr_write_queues>, ""},
    {"nr-poll-queues", "", 'P', true, set_queue_count<&Tunables::nr_poll_queues>, ""},
    {"queue-size", "", 'Q', true, set_int<&Tunables::queue_size, 16, 1024>, ""},
    {"keep-alive-tmo", "", 'k', true, set_int<&Tunables::keep_alive_tmo, 0, kKatoMax>, ""},
    {"reconnect-delay", "", 'c', true, set_int<&Tunables::reconnect_delay, 1, kDay>, ""},
    {"ctrl-loss-tmo", "", 'l', true, set_int<&Tunables::ctrl_loss_tmo, -1, kYear>, ""},
    {"fast-io-fail-tmo", "", 'F', true, set_int<&Tunables::fast_io_fail_tmo, -1, kYear>, ""},
    {"tos", "", 'T', true, set_int<&Tunables::tos, 0, 255>, ""},
    {"hdr-digest", "", 'g', false, set_header_digest, ""},
    {"data-digest", "", 'G', false, set_data_digest, ""},
    {"duplicate-connect", "", 'D', false, set_flag<&Tunables::duplicate_connect>, ""},
    {"disable-sqflow", "", 'd', false, set_flag<&Tunables::disable_sqflow>, ""},
    {"dhchap-secret", "", 'S', true, set_secret<&Tunables::dhchap_secret>, ""},
    {"dhchap-ctrl-secret", "", 'C', true, set_secret<&Tunables::dhchap_ctrl_secret>, ""},
    {"tls", "", '\0', false, set_flag<&Tunables::tls>, ""},
    {"tls-key", "", '\0', true, set_serial<&Tunables::tls_key>, ""},
    {"keyring", "", '\0', true, set_serial<&Tunables::keyring>, ""},
    {"concat", "", '\0', false, set_flag<&Tunables::concat>, ""},
    {"persistent", "", 'p', false, nullptr, ""},  // every connection of ours is
    {"quiet", "", '\0', false, nullptr, kCommandLineOnly},
    {"verbose", "", 'v', false, nullptr, kCommandLineOnly},
    {"force", "", '\0', false, nullptr, kCommandLineOnly},
    {"matching", "", 'm', false, nullptr, kCommandLineOnly},
    {"output-format", "", 'o', true, nullptr, kCommandLineOnly},
    {"raw", "", 'r', true, nullptr, kCommandLineOnly},
    {"config", "", 'J', true, nullptr, kCommandLineOnly},
    {"dump-config", "", 'O', false, nullptr, kCommandLineOnly},
    {"device", "", '\0', true, nullptr, kCommandLineOnly},
    {"context", "", '\0', true, nullptr, kCommandLineOnly},
};

std::string with_hyphens(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', '-');
  return text;
}

}  // namespace

std::span<const LineOption> line_options() { return kOptions; }

const LineOption* find_line_option(std::string_view long_name) {
  std::string name = with_hyphens(long_name);
  auto named = [&](const LineOption& option) {
    return option.name == name || (!name.empty() && option.alias == name);
  };
  const auto* found = std::ranges::find_if(kOptions, named);
  return found == std::ranges::end(kOptions) ? nullptr : found;
}

const LineOption* find_line_option(char letter) {
  const auto* found = std::ranges::find(kOptions, letter, &LineOption::letter);
  return letter == '\0' || found == std::ranges::end(kOptions) ? nullptr : found;
}

std::string nearest_line_option(std::string_view word) {
  std::vector<std::string_view> names{};
  for (const LineOption& option : kOptions) {
    names.push_back(option.name);
    if (!option.alias.empty()) names.push_back(option.alias);
  }
  std::optional<std::string_view> name = base::nearest(with_hyphens(word), names);
  return name ? "--" + std::string(*name) : std::string();
}

}  // namespace config
