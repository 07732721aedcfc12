// Questions that tests ask of a Record.
#include "tests/target/record.h"

#include <algorithm>

namespace target {

std::string_view to_string(Ending ending) {
  switch (ending) {
    case Ending::kOpen: return "open";
    case Ending::kHostClosed: return "closed by the host";
    case Ending::kHostReset: return "reset by the host";
    case Ending::kKeepAliveExpired: return "keep alive expired";
    case Ending::kProtocolError: return "protocol error";
    case Ending::kDropped: return "dropped by the target";
  }
  return "unknown";
}

std::size_t AssociationRecord::count(std::uint8_t opcode, int fctype) const {
  const auto matches = [&](const ReceivedCommand& command) {
    return command.opcode == opcode && (fctype < 0 || command.fctype == fctype);
  };
  return static_cast<std::size_t>(std::ranges::count_if(commands, matches));
}

std::size_t Record::connected() const {
  const auto live = [](const AssociationRecord& a) { return a.open() && a.connected; };
  return static_cast<std::size_t>(std::ranges::count_if(associations, live));
}

std::size_t Record::connected(std::size_t listener) const {
  const auto live = [&](const AssociationRecord& a) { return a.open() && a.connected && a.listener == listener; };
  return static_cast<std::size_t>(std::ranges::count_if(associations, live));
}

std::size_t Record::subscribed() const {
  const auto waits = [](const AssociationRecord& a) {
    return a.open() && a.connected && a.events_enabled && a.aers_waiting > 0;
  };
  return static_cast<std::size_t>(std::ranges::count_if(associations, waits));
}

std::string Record::complaints() const {
  std::string text;
  for (const AssociationRecord& association : associations) {
    const std::string prefix = "association " + std::to_string(association.id) + ": ";
    if (!association.protocol_error.empty()) text += prefix + association.protocol_error + "\n";
    for (const std::string& violation : association.violations) text += prefix + violation + "\n";
  }
  return text;
}

}  // namespace target
