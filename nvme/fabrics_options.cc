// The kernel's option table and option strings: one table says for each option how its value is written and
// whether it may be left out. Every value is checked again here, whoever made it; refuses to print a secret.
#include <array>
#include <climits>

#include "base/text.h"
#include "nvme/fabrics.h"

namespace nvme {
namespace {

using base::ErrorKind;
using base::fail;
/// Nothing: not asked for. Empty text: a flag. Otherwise the value.
using Value = base::Result<std::optional<std::string>>;

/// The kernel splits at ',' and '\n' (fabrics.c, nvmf_parse_options); blanks and controls are in no valid
/// value.
bool is_safe(std::string_view value) {
  for (const char c : value)
    if (c <= ' ' || c >= 0x7f || c == ',') return false;
  return true;
}

Value number(const std::optional<int>& value, int low, int high) {
  if (!value) return std::nullopt;
  if (*value >= low && *value <= high) return std::to_string(*value);
  std::string range = high == INT_MAX ? std::to_string(low) + " or more"
                                      : std::to_string(low) + " to " + std::to_string(high);
  return fail(ErrorKind::kInvalid, std::to_string(*value) + " is out of range (" + range + ")");
}

Value flag(bool wanted) { return wanted ? std::optional<std::string>("") : std::nullopt; }

Value nqn(const std::string& text, bool may_be_discovery) {
  base::Result<Nqn> parsed = Nqn::parse(text);
  if (!parsed) return std::unexpected(std::move(parsed.error()));
  if (parsed->is_well_known_discovery() && !may_be_discovery)
    return fail(ErrorKind::kInvalid, "the well-known discovery NQN is never given to the kernel");
  return parsed->str();
}

Value address(const IpAddress& address) {
  if (address.is_unspecified()) return fail(ErrorKind::kInvalid, to_string(address) + " names no host");
  return to_string(address);
}

Value serial(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::string_view digits = *text;
  const bool hexadecimal = digits.starts_with("0x") || digits.starts_with("0X");
  if (hexadecimal) digits.remove_prefix(2);
  const std::string_view allowed = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
  // A key serial is a positive 32-bit number; a leading 0 would be read as octal.
  const bool fits = !digits.empty() && digits.size() <= (hexadecimal ? 8u : 10u) &&
                    digits.find_first_not_of(allowed) == std::string_view::npos &&
                    digits.find_first_not_of('0') != std::string_view::npos &&
                    (hexadecimal || digits.front() != '0');
  if (fits) return *text;
  return fail(ErrorKind::kInvalid, "'" + base::printable(*text, 32) +
                                       "' is no key serial (decimal, or 0x and hexadecimal digits)");
}

Value secret(const base::Secret& secret) {
  if (secret.empty()) return std::nullopt;
  if (secret.reveal().starts_with("DHHC-1:") && is_safe(secret.reveal())) return std::string(secret.reveal());
  return fail(ErrorKind::kInvalid, "the secret is not of the form DHHC-1:<hash>:<base64>:");
}

enum class IfMissing : std::uint8_t { kLeaveOut, kRefuse };

struct OptionRow {
  std::string_view name;
  IfMissing if_missing;
  Value (*value)(const ConnectOptions&);
};

using O = const ConnectOptions&;
constexpr IfMissing kLeaveOut = IfMissing::kLeaveOut;
constexpr IfMissing kRefuse = IfMissing::kRefuse;

// kRefuse: without it the kernel would connect to somewhere else, as somebody else, or less protected than
// asked for.
constexpr OptionRow kOptionRows[] = {
    {"nqn", kRefuse, [](O o) -> Value { return nqn(o.path.subnqn, false); }},
    {"transport", kRefuse, [](O) -> Value { return std::string("tcp"); }},
    {"traddr", kRefuse, [](O o) -> Value { return address(o.path.transport.traddr); }},
    {"host_traddr", kRefuse,
     [](O o) -> Value {
       if (!o.path.transport.host_traddr) return std::nullopt;
       return address(*o.path.transport.host_traddr);
     }},
    {"host_iface", kRefuse,
     [](O o) -> Value {
       const std::string& name = o.path.transport.host_iface;
       if (name.empty()) return std::nullopt;
       if (is_interface_name(name)) return name;
       return fail(ErrorKind::kInvalid, "'" + base::printable(name, 32) + "' is no interface name");
     }},
    {"trsvcid", kRefuse,
     [](O o) -> Value {
       if (o.path.transport.trsvcid != 0) return std::to_string(o.path.transport.trsvcid);
       return fail(ErrorKind::kInvalid, "port 0 is no port to connect to");
     }},
    {"hostnqn", kRefuse, [](O o) -> Value { return nqn(o.path.hostnqn, true); }},
    {"hostid", kRefuse, [](O o) -> Value { return to_string(o.hostid); }},
    {"queue_size", kLeaveOut, [](O o) { return number(o.tunables.queue_size, 16, 1024); }},
    {"nr_io_queues", kLeaveOut, [](O o) { return number(o.tunables.nr_io_queues, 1, INT_MAX); }},
    {"nr_write_queues", kLeaveOut, [](O o) { return number(o.tunables.nr_write_queues, 1, INT_MAX); }},
    {"nr_poll_queues", kLeaveOut, [](O o) { return number(o.tunables.nr_poll_queues, 1, INT_MAX); }},
    {"keep_alive_tmo", kLeaveOut, [](O o) { return number(o.tunables.keep_alive_tmo, 0, INT_MAX); }},
    {"reconnect_delay", kLeaveOut, [](O o) { return number(o.tunables.reconnect_delay, 1, INT_MAX); }},
    {"ctrl_loss_tmo", kLeaveOut, [](O o) { return number(o.tunables.ctrl_loss_tmo, -1, INT_MAX); }},
    {"fast_io_fail_tmo", kLeaveOut, [](O o) { return number(o.tunables.fast_io_fail_tmo, -1, INT_MAX); }},
    {"tos", kLeaveOut, [](O o) { return number(o.tunables.tos, 0, 255); }},
    {"duplicate_connect", kLeaveOut, [](O o) { return flag(o.tunables.duplicate_connect); }},
    {"disable_sqflow", kLeaveOut, [](O o) { return flag(o.tunables.disable_sqflow); }},
    {"hdr_digest", kRefuse, [](O o) { return flag(o.tunables.hdr_digest); }},
    {"data_digest", kRefuse, [](O o) { return flag(o.tunables.data_digest); }},
    {"tls", kRefuse, [](O o) { return flag(o.tunables.tls); }},
    {"concat", kRefuse, [](O o) { return flag(o.tunables.concat); }},
    {"keyring", kRefuse, [](O o) { return serial(o.tunables.keyring); }},
    {"tls_key", kRefuse, [](O o) { return serial(o.tunables.tls_key); }},
    {"dhchap_secret", kRefuse, [](O o) { return secret(o.tunables.dhchap_secret); }},
    {"dhchap_ctrl_secret", kRefuse, [](O o) { return secret(o.tunables.dhchap_ctrl_secret); }},
};

// Linux 5.4, drivers/nvme/host/fabrics.c, opt_tokens.
constexpr std::string_view kOldestOptions[] = {"transport",
                                               "traddr",
                                               "trsvcid",
                                               "nqn",
                                               "queue_size",
                                               "nr_io_queues",
                                               "reconnect_delay",
                                               "ctrl_loss_tmo",
                                               "keep_alive_tmo",
                                               "hostnqn",
                                               "host_traddr",
                                               "hostid",
                                               "duplicate_connect",
                                               "disable_sqflow",
                                               "hdr_digest",
                                               "data_digest",
                                               "nr_write_queues",
                                               "nr_poll_queues",
                                               "tos"};

bool is_option_name(std::string_view name) {
  if (name.empty() || name.size() > 64) return false;
  return name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string_view::npos;
}

}  // namespace

base::Result<FabricsFeatures> FabricsFeatures::parse(std::string_view text) {
  FabricsFeatures features;
  std::string_view rest = base::trim(text);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string_view pattern = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const std::string_view name = pattern.substr(0, pattern.find('='));
    if (!is_option_name(name))
      return fail(ErrorKind::kInvalid,
                  "not an option list of nvme-fabrics: '" + base::printable(pattern, 64) + "'");
    if (name != "instance" && name != "cntlid") features.options_.emplace(name);
  }
  for (const std::string_view needed : {"transport", "traddr", "nqn"})
    if (!features.has(needed))
      return fail(ErrorKind::kInvalid,
                  "not an option list of nvme-fabrics: no '" + std::string(needed) + "' in it");
  return features;
}

FabricsFeatures FabricsFeatures::oldest() {
  FabricsFeatures features;
  for (const std::string_view name : kOldestOptions) features.options_.emplace(name);
  return features;
}

base::Result<OptionString> option_string(const ConnectOptions& options, const FabricsFeatures& features) {
  OptionString out;
  for (const OptionRow& row : kOptionRows) {
    Value value = row.value(options);
    if (!value) return std::unexpected(std::move(value.error()).with_context(row.name));
    if (!value->has_value()) continue;
    if (!features.has(row.name)) {
      if (row.if_missing == IfMissing::kRefuse)
        return fail(ErrorKind::kUnsupported,
                    "this kernel does not know the option " + std::string(row.name) +
                        ", and connecting without it would not be what was asked for");
      out.left_out.emplace_back(row.name);
      continue;
    }
    const std::string& text = **value;
    if (!is_safe(text))  // for example a zone that came through IpAddress::v6; the value may be a secret: not
                         // shown
      return fail(ErrorKind::kInvalid,
                  std::string(row.name) + ": a comma, blank or control byte in the value");
    if (!out.text.empty()) out.text += ',';
    out.text += row.name;
    if (!text.empty()) (out.text += '=') += text;
  }
  if (out.text.size() > kOptionStringMax)
    return fail(ErrorKind::kInvalid, "the options take " + std::to_string(out.text.size()) +
                                         " bytes; the kernel takes " + std::to_string(kOptionStringMax));
  return out;
}

std::string OptionString::loggable() const {
  std::string shown;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view option = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    if (!shown.empty()) shown += ',';
    // Whatever is called secret is one, also in options that a later kernel may add.
    const std::string_view name = option.substr(0, option.find('='));
    if (name.contains("secret")) (shown += name) += "=***";
    else shown += option;
  }
  return shown;
}

}  // namespace nvme
