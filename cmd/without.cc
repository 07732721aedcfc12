// Addresses are compared as addresses; names and interfaces as they stand in the status.
#include "cmd/without.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "cmd/near.h"
#include "cmd/table.h"

namespace cmd {
namespace {

using reconcile::Loss;
using reconcile::Losses;
using reconcile::Removal;
using reconcile::SubsystemName;

std::optional<nvme::TransportId> transport_of(const Json& item) {
  const base::Result<nvme::IpAddress> traddr = nvme::IpAddress::parse(raw_text(item, "traddr"));
  const auto port = base::parse_int(raw_text(item, "trsvcid"), 0, 65535);
  if (!traddr || !port) return std::nullopt;
  nvme::TransportId out{*traddr, static_cast<std::uint16_t>(*port), std::nullopt, raw_text(item, "host_iface")};
  if (const auto from = nvme::IpAddress::parse(raw_text(item, "host_traddr"))) out.host_traddr = *from;
  return out;
}

/// "10.0.0.1", "10.0.0.1:4420", "fd00::1", "[fd00::1]:4420".
std::optional<Removal> parse_place(const std::string& text) {
  const auto bare = text.starts_with('[') && text.ends_with(']') ? text.substr(1, text.size() - 2) : text;
  if (const auto address = nvme::IpAddress::parse(bare)) return Removal{.address = *address};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const auto address = nvme::IpAddress::parse(host);
  const auto port = nvme::parse_port(text.substr(colon + 1));
  if (!address || !port) return std::nullopt;
  return Removal{.address = *address, .trsvcid = *port};
}

bool somebody_goes_there(const reconcile::Status& status, const Removal& removal) {
  const auto path = [&removal](const reconcile::PathStatus& p) { return goes_with(p.path->transport, removal); };
  const auto service = [&removal](const reconcile::EndpointStatus& e) { return goes_with(e.id.address, removal); };
  return std::ranges::any_of(status.paths, path) || std::ranges::any_of(status.endpoints, service);
}

std::vector<std::string> places_of(const Json& status) {
  std::set<std::string> out;
  for (const char* list : {"endpoints", "paths"}) {
    for (const Json& item : list_of(status, list)) {
      for (const char* key : {"traddr", "host_traddr", "host_iface", "host"}) out.insert(text_of(item, key));
    }
  }
  out.erase("");
  return {out.begin(), out.end()};
}

Json name_json(const SubsystemName& name) {
  Json out = Json::object();
  out["subnqn"] = name.subnqn;
  out["hostnqn"] = name.hostnqn;
  return out;
}

Json loss_list(const std::vector<Loss>& losses) {
  Json out = Json::array();
  for (const Loss& loss : losses) {
    Json item = name_json(loss.subsystem);
    item["before"] = loss.before;
    item["after"] = loss.after;
    out.push_back(item);
  }
  return out;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + base::printable(word);
  return out;
}

std::string counted(std::size_t count, const std::string& word) { return std::to_string(count) + " " + word + (count == 1 ? "" : "s"); }

void put_list(std::string& out, const std::string& title, const std::vector<Loss>& losses, Tint tint, bool colour) {
  if (losses.empty()) return;
  Table table(2);
  for (const Loss& loss : losses) {
    table.row({{loss.subsystem.subnqn}, {std::to_string(loss.before) + " -> " + counted(static_cast<std::size_t>(loss.after), "path"), tint}});
  }
  out += "\n" + tinted(title, Tint::kBold, colour) + "\n" + table.text(colour);
}

}  // namespace

reconcile::Status paths_and_services(const Json& status) {
  reconcile::Status out;
  for (const Json& item : list_of(status, "paths")) {
    const auto transport = transport_of(item);
    if (!transport) continue;
    reconcile::PathStatus& path = out.paths.emplace_back();
    path.path = nvme::Path{*transport, raw_text(item, "subnqn"), raw_text(item, "hostnqn")};
    path.desired = flag_of(item, "desired");
    if (raw_text(item, "state") == to_string(reconcile::PathState::kLive)) path.state = reconcile::PathState::kLive;
  }
  for (const Json& item : list_of(status, "endpoints")) {
    const auto transport = transport_of(item);
    if (!transport) continue;
    reconcile::EndpointStatus& endpoint = out.endpoints.emplace_back();
    endpoint.id = {*transport, raw_text(item, "hostnqn"), raw_text(item, "group")};
    endpoint.host = raw_text(item, "host");
    endpoint.retired = flag_of(item, "retired");
    if (raw_text(item, "session") == to_string(reconcile::SessionPhase::kUp)) endpoint.phase = reconcile::SessionPhase::kUp;
    if (raw_text(object_of(item, "hold"), "reason") == to_string(reconcile::HoldReason::kStandby)) {
      endpoint.hold = reconcile::Hold{.reason = reconcile::HoldReason::kStandby};
    }
  }
  return out;
}

base::Result<std::vector<Removal>> parse_removal(const std::string& text, const Json& status) {
  const reconcile::Status known = paths_and_services(status);
  std::vector<Removal> out;
  if (const auto place = parse_place(text)) {
    if (somebody_goes_there(known, *place)) out.push_back(*place);
  } else {
    for (const auto& endpoint : known.endpoints) {
      if (endpoint.host == text) out.push_back({.address = endpoint.id.address.traddr});
    }
    if (const Removal local{.host_iface = text}; out.empty() && !text.empty() && somebody_goes_there(known, local)) out.push_back(local);
  }
  if (!out.empty()) return out;
  return base::fail(base::ErrorKind::kNotFound, "--without " + base::printable(text) + ": no path and no discovery service goes there" +
                                                    near_words(text, places_of(status)));
}

Json losses_json(const Losses& losses, const std::vector<std::string>& names) {
  Json out = Json::object();
  out["schema"] = kWithoutSchema;
  out["without"] = names;
  out["safe"] = losses.safe();
  out["last"] = loss_list(losses.last);
  out["fewer"] = loss_list(losses.fewer);
  out["already"] = Json::array();
  for (const SubsystemName& name : losses.already) out["already"].push_back(name_json(name));
  out["untouched"] = losses.untouched;
  out["paths"] = losses.paths;
  out["services"] = losses.services;
  out["mute"] = losses.mute;
  return out;
}

std::string losses_text(const Losses& losses, const std::vector<std::string>& names, bool colour) {
  const std::string without = " without " + joined(names, " and ");
  std::string out;
  if (!losses.safe()) {
    out = tinted("NOT SAFE" + without + ": " + counted(losses.last.size(), "subsystem") + (losses.last.size() == 1 ? " loses its" : " lose their") + " last path",
                 Tint::kBad, colour);
  } else {
    out = tinted("SAFE" + without + ": " + (losses.paths > 0 ? "every subsystem that has a path keeps one" : "no live path goes there"), Tint::kGood, colour);
  }
  out += "\n";
  put_list(out, "would lose the last path", losses.last, Tint::kBad, colour);
  put_list(out, "would keep fewer paths", losses.fewer, Tint::kWarn, colour);
  Table already(2);
  for (const SubsystemName& name : losses.already) already.row({{name.subnqn}});
  if (!already.empty()) out += "\n" + tinted("without any path even now", Tint::kBold, colour) + "\n" + already.text(colour);
  out += "\n";
  if (losses.untouched > 0) out += counted(static_cast<std::size_t>(losses.untouched), "subsystem") + " not touched.\n";
  if (!losses.mute.empty()) {
    out += "No discovery service left for " + joined(losses.mute, ", ") + ": what is connected stays, changes go unnoticed.\n";
  } else if (losses.services > 0) {
    out += counted(static_cast<std::size_t>(losses.services), "discovery service") + " less; others answer for the cluster.\n";
  }
  return out;
}

}  // namespace cmd
