// The texts of sysfs attributes as values: states, addresses. Pure; refuses to guess at what it does not
// know.
#include <string>

#include "base/text.h"
#include "nvme/nqn.h"
#include "nvme/sysfs.h"

namespace nvme {

using base::ErrorKind;
using base::fail;

std::string_view to_string(ControllerState state) {
  switch (state) {
    case ControllerState::kNew:
      return "new";
    case ControllerState::kLive:
      return "live";
    case ControllerState::kResetting:
      return "resetting";
    case ControllerState::kConnecting:
      return "connecting";
    case ControllerState::kDeleting:
      return "deleting";
    case ControllerState::kDead:
      return "dead";
    case ControllerState::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(AnaState state) {
  switch (state) {
    case AnaState::kOptimized: return "optimized";
    case AnaState::kNonOptimized: return "non-optimized";
    case AnaState::kInaccessible: return "inaccessible";
    case AnaState::kPersistentLoss: return "persistent-loss";
    case AnaState::kChange: return "change";
    case AnaState::kUnknown: return "unknown";
  }
  return "unknown";
}

AnaState parse_ana_state(std::string_view text) {
  for (std::size_t i = 0; i < kAnaStates; ++i) {
    if (const auto state = static_cast<AnaState>(i); to_string(state) == text) return state;
  }
  return AnaState::kUnknown;
}

ControllerState parse_controller_state(std::string_view text) {
  text = base::trim(text);
  if (text == "live") return ControllerState::kLive;
  if (text == "connecting" || text == "reconnecting")
    return ControllerState::kConnecting;  // Linux < 4.17 said reconnecting
  if (text == "new") return ControllerState::kNew;
  if (text == "resetting") return ControllerState::kResetting;
  if (text == "deleting" || text == "deleting (no IO)") return ControllerState::kDeleting;
  if (text == "dead") return ControllerState::kDead;
  return ControllerState::kUnknown;
}

bool Controller::is_discovery() const {
  // Before Linux 5.18 there is no cntrltype, and then no unique discovery NQN either.
  if (!cntrltype.empty() && cntrltype != "reserved") return cntrltype == "discovery";
  return subsysnqn == kDiscoveryNqn;
}

base::Result<ParsedAddress> parse_address(std::string_view text) {
  ParsedAddress out;
  bool has_traddr = false;
  std::string_view rest = base::trim(text);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view pair = base::trim(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (key == "traddr") {
      base::Result<IpAddress> address = IpAddress::parse(value);
      if (!address) return std::unexpected(std::move(address.error()).with_context("traddr"));
      out.transport.traddr = std::move(*address);
      has_traddr = true;
    } else if (key == "trsvcid") {
      const base::Result<std::uint16_t> port = parse_port(value);
      if (!port) return std::unexpected(base::Error(port.error()).with_context("trsvcid"));
      out.transport.trsvcid = *port;
    } else if (key == "host_traddr") {
      base::Result<IpAddress> address = IpAddress::parse(value);
      if (!address) return std::unexpected(std::move(address.error()).with_context("host_traddr"));
      out.transport.host_traddr = std::move(*address);
    } else if (key == "host_iface" && !value.empty()) {
      if (!is_interface_name(value))
        return fail(ErrorKind::kInvalid,
                    "host_iface: '" + base::printable(value, 32) + "' is no interface name");
      out.transport.host_iface = value;
    } else if (key == "src_addr") {
      // Only informative, so a form we don't know costs nothing but itself.
      if (base::Result<IpAddress> address = IpAddress::parse(value)) out.src_addr = std::move(*address);
    }
  }
  if (has_traddr) return out;
  return fail(ErrorKind::kInvalid, "no traddr in '" + base::printable(text, 80) + "'");
}

}  // namespace nvme
