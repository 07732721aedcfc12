// Clusters -> endpoints -> subsystems -> paths, in 80 to 120 columns; what is wrong stands beside what it concerns.
#include "cmd/status_table.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cmd/json_fields.h"
#include "cmd/status_tree.h"
#include "cmd/table.h"

namespace cmd {
namespace {

Tint tint_of_state(const std::string& state, bool desired) {
  if (state == "live" || state == "up") return Tint::kGood;
  if (!desired) return Tint::kFaint;
  if (state == "new" || state == "connecting" || state == "resetting" || state == "starting") return Tint::kWarn;
  return Tint::kBad;
}

std::string counted(int count, const std::string& word) { return std::to_string(count) + " " + word + (count == 1 ? "" : "s"); }

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
  const Json& log = object_of(endpoint, "log");
  if (log.empty()) return "no log page yet";
  std::string out = text_of(log, "entries") + " entries, genctr " + text_of(log, "genctr");
  return out + (flag_of(log, "remembered") ? ", remembered" : ", " + age_of(number_of(log, "age_seconds")) + " old");
}

std::string tries_text(const Json& item) {
  const std::string attempts = text_of(item, "attempts");
  const std::string failures = text_of(item, "failures_in_a_row");
  if (attempts.empty() || attempts == "0") return "never tried";
  return attempts + (attempts == "1" ? " try" : " tries") + (failures.empty() || failures == "0" ? "" : ", the last " + failures + " failed");
}

/// What the service says of itself, and how fast it answers.
std::string controller_text(const Json& endpoint) {
  const Json& controller = object_of(endpoint, "controller");
  if (controller.empty()) return {};
  std::string out = text_of(controller, "subnqn");
  for (const char* key : {"model", "firmware"}) {
    if (const std::string text = text_of(controller, key); !text.empty()) out += (out.empty() ? "" : " ") + text;
  }
  out += ", NVMe " + text_of(controller, "version");
  if (!flag_of(controller, "log_change_events")) out += ", sends no events";
  if (const auto trip = some_number(endpoint, "keep_alive_round_trip_seconds")) {
    out += ", keep alive " + std::to_string(static_cast<std::int64_t>(std::clamp(*trip, 0.0, 1e9) * 1e6)) + " us";
  }
  return out;
}

std::string endpoints_text(const ClusterBranch& cluster, const StatusTableOptions& options) {
  Table table(2);
  for (const Json* endpoint : cluster.endpoints) {
    const std::string session = flag_of(*endpoint, "retired") ? "retired" : text_of(*endpoint, "session");
    const std::string host = text_of(*endpoint, "host");
    std::string address = portal_of(*endpoint);
    if (!host.empty() && host != text_of(*endpoint, "traddr")) address += " (" + host + ")";
    std::vector<Cell> cells{{address}, {session, tint_of_state(session, session != "retired")}, {age_of(number_of(*endpoint, "since_seconds"))},
                            {log_text_of(*endpoint)}, {origin_text(*endpoint), Tint::kFaint}};
    if (options.wide) cells.insert(cells.end(), {{tries_text(*endpoint)}, {"as " + text_of(*endpoint, "hostnqn"), Tint::kFaint}});
    table.row(std::move(cells));
    if (const std::string hold = hold_text(*endpoint); !hold.empty()) table.note({"-> " + hold, Tint::kWarn});
    if (const std::string says = options.wide ? controller_text(*endpoint) : std::string(); !says.empty()) table.note({says, Tint::kFaint});
  }
  return table.text(options.colour);
}

std::string marks_of(const Json& path) {
  std::string out = flag_of(path, "desired") ? "" : "unlisted";
  const auto add = [&out](const char* word) { out += out.empty() ? word : std::string(", ") + word; };
  if (flag_of(path, "left_behind")) add("left behind");
  if (flag_of(path, "stale")) add("stale");
  if (flag_of(path, "purged")) add("purged");
  return out;
}

std::string named_by_text(const Json& path) {
  std::string out;
  for (const Json& address : list_of(path, "named_by")) {
    if (address.is_string()) out += (out.empty() ? "named by " : ", ") + base::printable(address.get<std::string>());
  }
  return out;
}

std::string subsystem_text(const SubsystemBranch& subsystem, const std::string& own_hostnqn, const StatusTableOptions& options) {
  const bool listed = subsystem.desired > 0;
  const Tint tint = !listed ? Tint::kFaint : subsystem.live == subsystem.desired ? Tint::kGood : subsystem.live > 0 ? Tint::kWarn : Tint::kBad;
  const std::string count = !listed ? "no service lists it"
                                    : std::to_string(subsystem.live) + " of " + counted(subsystem.desired, "path");
  std::string out = "  " + tinted("subsystem " + base::printable(subsystem.subnqn), Tint::kBold, options.colour) + "  " + tinted(count, tint, options.colour);
  if (!subsystem.hangs_on.empty()) out += tinted(", hangs on " + base::printable(subsystem.hangs_on), subsystem.desired > 1 ? Tint::kWarn : Tint::kFaint, options.colour);
  if (subsystem.purged) out += tinted(", its last path was given up: what was mounted stays broken (docs/purge.md)", Tint::kBad, options.colour);
  out += "\n";
  if (subsystem.hostnqn != own_hostnqn || options.wide) out += "    as " + base::printable(subsystem.hostnqn) + "\n";
  Table table(4);
  for (const Json* path : subsystem.paths) {
    const std::string state = text_of(*path, "state");
    const std::string device = text_of(*path, "device");
    std::vector<Cell> cells{{portal_of(*path)}, {state, tint_of_state(state, flag_of(*path, "desired"))}, {device.empty() ? "-" : device},
                            {age_of(number_of(*path, "since_seconds"))}};
    if (options.wide) cells.insert(cells.end(), {{tries_text(*path)}, {flag_of(*path, "adopted") ? "adopted" : ""}, {named_by_text(*path), Tint::kFaint}});
    cells.push_back({marks_of(*path), Tint::kFaint});
    table.row(std::move(cells));
    if (const std::string hold = hold_text(*path); !hold.empty()) table.note({"-> " + hold, Tint::kWarn});
  }
  return out + table.text(options.colour);
}

std::string tree_text(const Json& status, const StatusTableOptions& options) {
  const std::string own = raw_text(object_of(status, "identity"), "hostnqn");
  std::string out;
  for (const ClusterBranch& cluster : status_tree(status)) {
    std::string title;
    for (const std::string& group : cluster.groups) title += (title.empty() ? "cluster " : " + ") + (group.empty() ? std::string("(no name)") : base::printable(group));
    if (cluster.groups.empty()) title = "not listed by any service";
    out += "\n" + tinted(title, Tint::kBold, options.colour) + "\n" + endpoints_text(cluster, options);
    for (const SubsystemBranch& subsystem : cluster.subsystems) out += "\n" + subsystem_text(subsystem, own, options);
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
  const Json& verdict = object_of(status, "verdict");
  const std::string level = text_of(verdict, "level");
  const Tint tint = level == "ok" ? Tint::kGood : level == "degraded" ? Tint::kBad : Tint::kWarn;
  const std::string line = verdict.contains("line") ? base::printable(raw_text(verdict, "line"), 2048) : std::string("no verdict");
  std::string out = tinted(line, tint, colour) + "\n";
  out += tree_text(status, options);

  Table refused(2);
  for (const Json& item : list_of(status, "refused")) {
    refused.row({{text_of(item, "endpoint")}, {"entry " + text_of(item, "index")}, {text_of(object_of(item, "error"), "message")}});
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
