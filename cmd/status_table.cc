// Clusters -> endpoints -> subsystems -> paths, in 80 to 120 columns; what is wrong stands beside what it concerns.
#include "cmd/status_table.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cmd/table.h"
#include "cmd/verdict.h"

namespace cmd {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& object, const char* key) {
  const auto it = object.find(key);
  if (it == object.end()) return {};
  if (it->is_string()) return base::printable(it->get<std::string>());
  if (it->is_number_integer()) return std::to_string(it->get<std::int64_t>());
  return {};
}
bool flag_of(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_boolean() && it->get<bool>();
}
double number_of(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_number() ? it->get<double>() : 0.0;
}
const Json& list_of(const Json& object, const char* key) {
  static const Json kNothing = Json::array();
  const auto it = object.find(key);
  return it != object.end() && it->is_array() ? *it : kNothing;
}
std::string age_of(double seconds) {
  // A JSON that is not ours may hold anything: bounded to 100 years before it becomes a duration.
  const double bounded = std::clamp(seconds, 0.0, 3.2e9);
  return about(std::chrono::milliseconds(static_cast<std::int64_t>(bounded * 1000.0)));
}

std::string hold_text(const Json& item) {
  const auto it = item.find("hold");
  if (it == item.end() || !it->is_object()) return {};
  std::string out = text_of(*it, "reason");
  std::string detail = text_of(*it, "detail");
  if (detail.empty()) detail = text_of(item, "last_error");
  if (!detail.empty()) out += ": " + detail;
  const auto until = it->find("until_seconds");
  if (until != it->end() && until->is_number()) out += "; next try in " + age_of(until->get<double>());
  return out;
}

std::string portal_of(const Json& item) {
  std::string address = text_of(item, "traddr");
  if (address.find(':') != std::string::npos) address = "[" + address + "]";
  std::string out = address + ":" + text_of(item, "trsvcid");
  if (const std::string from = text_of(item, "host_traddr"); !from.empty()) out += " from " + from;
  if (const std::string via = text_of(item, "host_iface"); !via.empty()) out += " via " + via;
  return out;
}

Tint tint_of_state(const std::string& state, bool desired) {
  if (state == "live" || state == "up") return Tint::kGood;
  if (!desired) return Tint::kFaint;
  if (state == "new" || state == "connecting" || state == "resetting" || state == "starting") return Tint::kWarn;
  return Tint::kBad;
}

std::string origin_text(const Json& endpoint) {
  const Json& origins = list_of(endpoint, "origins");
  if (origins.empty() || !origins.front().is_object()) return {};
  const Json& first = origins.front();
  std::string out = text_of(first, "kind");
  if (const std::string where = text_of(first, "where"); !where.empty()) out += " " + where;
  if (const std::string referrer = text_of(first, "referrer"); !referrer.empty()) out += " of " + referrer;
  if (origins.size() > 1) out += " (+" + std::to_string(origins.size() - 1) + ")";
  return out;
}

std::string log_text_of(const Json& endpoint) {
  const auto it = endpoint.find("log");
  if (it == endpoint.end() || !it->is_object()) return "no log page yet";
  std::string out = text_of(*it, "entries") + " entries, genctr " + text_of(*it, "genctr");
  return out + (flag_of(*it, "remembered") ? ", remembered" : ", " + age_of(number_of(*it, "age_seconds")) + " old");
}

std::string endpoints_text(const Json& status, bool colour) {
  std::map<std::string, std::vector<const Json*>> clusters;
  for (const Json& endpoint : list_of(status, "endpoints")) {
    if (endpoint.is_object()) clusters[text_of(endpoint, "group")].push_back(&endpoint);
  }
  std::string out;
  for (const auto& [group, endpoints] : clusters) {
    out += "\n" + tinted("cluster " + (group.empty() ? std::string("(no name)") : group), Tint::kBold, colour) + "\n";
    Table table(2);
    for (const Json* endpoint : endpoints) {
      const std::string session = flag_of(*endpoint, "retired") ? "retired" : text_of(*endpoint, "session");
      const std::string host = text_of(*endpoint, "host");
      std::string address = portal_of(*endpoint);
      if (!host.empty() && host != text_of(*endpoint, "traddr")) address += " (" + host + ")";
      const std::string hold = hold_text(*endpoint);
      table.row({{address}, {session, tint_of_state(session, session != "retired")}, {age_of(number_of(*endpoint, "since_seconds"))},
                 {log_text_of(*endpoint)}, {origin_text(*endpoint), Tint::kFaint}});
      if (!hold.empty()) table.note({"-> " + hold, Tint::kWarn});
    }
    out += table.text(colour);
  }
  return out;
}

std::string paths_text(const Json& status, bool colour) {
  struct Subsystem {
    int desired{0}, live{0};
    std::vector<const Json*> paths{};
  };
  std::map<std::pair<std::string, std::string>, Subsystem> subsystems;
  for (const Json& path : list_of(status, "paths")) {
    if (!path.is_object()) continue;
    Subsystem& subsystem = subsystems[{text_of(path, "subnqn"), text_of(path, "hostnqn")}];
    subsystem.paths.push_back(&path);
    if (!flag_of(path, "desired")) continue;
    ++subsystem.desired;
    if (text_of(path, "state") == "live") ++subsystem.live;
  }
  std::string out;
  for (const auto& [key, subsystem] : subsystems) {
    const Tint tint = subsystem.desired == 0 ? Tint::kFaint : subsystem.live == subsystem.desired ? Tint::kGood : subsystem.live > 0 ? Tint::kWarn : Tint::kBad;
    const std::string count = subsystem.desired == 0
                                  ? "no service lists it"
                                  : std::to_string(subsystem.live) + " of " + std::to_string(subsystem.desired) + (subsystem.desired == 1 ? " path" : " paths");
    out += "\n" + tinted("subsystem " + key.first, Tint::kBold, colour) + "  " + tinted(count, tint, colour) + "\n";
    const std::string own = text_of(status.contains("identity") ? status["identity"] : Json::object(), "hostnqn");
    if (key.second != own) out += "  as " + key.second + "\n";
    Table table(2);
    for (const Json* path : subsystem.paths) {
      const bool desired = flag_of(*path, "desired");
      const std::string state = text_of(*path, "state");
      std::string marks = desired ? "" : "unlisted";
      if (flag_of(*path, "left_behind")) marks += ", left behind";
      if (flag_of(*path, "stale")) marks += marks.empty() ? "stale" : ", stale";
      if (flag_of(*path, "purged")) marks += marks.empty() ? "purged" : ", purged";
      table.row({{portal_of(*path)}, {state, tint_of_state(state, desired)}, {text_of(*path, "device").empty() ? "-" : text_of(*path, "device")},
                 {age_of(number_of(*path, "since_seconds"))}, {marks, Tint::kFaint}});
      if (const std::string hold = hold_text(*path); !hold.empty()) table.note({"-> " + hold, Tint::kWarn});
    }
    out += table.text(colour);
  }
  return out;
}

std::string section(const std::string& title, const Table& table, bool colour) {
  return table.empty() ? std::string() : "\n" + tinted(title, Tint::kBold, colour) + "\n" + table.text(colour);
}

}  // namespace

std::string status_table(const Json& status, const StatusTableOptions& options) {
  if (!status.is_object()) return "no status\n";
  const bool colour = options.colour;
  const Json verdict = status.value("verdict", Json::object());
  const std::string level = verdict.is_object() ? text_of(verdict, "level") : std::string();
  const Tint tint = level == "ok" ? Tint::kGood : level == "degraded" ? Tint::kBad : Tint::kWarn;
  std::string line = verdict.is_object() && verdict.contains("line") && verdict["line"].is_string()
                         ? base::printable(verdict["line"].get<std::string>(), 2048) : std::string("no verdict");
  std::string out = tinted(line, tint, colour) + "\n";
  out += endpoints_text(status, colour);
  out += paths_text(status, colour);

  Table refused(2);
  for (const Json& item : list_of(status, "refused")) {
    const Json error = item.is_object() ? item.value("error", Json::object()) : Json::object();
    refused.row({{text_of(item, "endpoint")}, {"entry " + text_of(item, "index")}, {error.is_object() ? text_of(error, "message") : ""}});
  }
  out += section("refused log page entries", refused, colour);
  Table diagnostics(2);
  for (const Json& item : list_of(status, "diagnostics")) {
    if (!item.is_object()) continue;
    const std::string severity = text_of(item, "severity");
    diagnostics.row({{text_of(item, "where")}, {severity, severity == "error" ? Tint::kBad : Tint::kWarn}, {text_of(item, "message")}});
  }
  out += section("configuration", diagnostics, colour);
  Table notices(2);
  for (const Json& item : list_of(status, "notices")) {
    if (item.is_string()) notices.row({{item.get<std::string>(), Tint::kWarn}});
  }
  out += section("notices", notices, colour);
  Table changes(2);
  const Json& all = list_of(status, "history");
  const std::size_t shown = std::min<std::size_t>(all.size(), static_cast<std::size_t>(std::max(0, options.newest_changes)));
  for (std::size_t i = all.size() - shown; i < all.size(); ++i) {
    const Json& item = all[i];
    if (!item.is_object()) continue;
    std::string step = text_of(item, "before") + " -> " + text_of(item, "after");
    if (const std::string cause = text_of(item, "cause"); !cause.empty()) step += " (" + cause + ")";
    changes.row({{text_of(item, "at"), Tint::kFaint}, {text_of(item, "kind") + " " + text_of(item, "subject")}, {step}});
  }
  return out + section("last changes", changes, colour);
}

}  // namespace cmd
