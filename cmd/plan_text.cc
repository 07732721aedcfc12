// The status' JSON, cut down to what is missing, with what would be done about it.
#include "cmd/plan_text.h"

#include <map>
#include <set>

#include "base/text.h"
#include "cmd/json_fields.h"
#include "cmd/status_json.h"
#include "cmd/table.h"
#include "cmd/verdict.h"

namespace cmd {
namespace {

/// Not known to be for this node: nothing is waited for.
bool is_held(const Json& endpoint) { return text_of(object_of(endpoint, "hold"), "reason") == "selection"; }

/// Without "next try in": a plan is of one moment.
std::string reason_of(const Json& item) {
  const Json& hold = object_of(item, "hold");
  std::string out = text_of(hold, "reason");
  std::string detail = text_of(hold, "detail");
  if (detail.empty()) detail = text_of(item, "last_error");
  return out.empty() || detail.empty() ? out : out + ": " + detail;
}

}  // namespace

Json status_with_actions(const reconcile::Status& status, const std::vector<nvme::ConnectOptions>& noted) {
  std::set<nvme::Path> wanted;
  for (const nvme::ConnectOptions& options : noted) wanted.insert(options.path);
  Json out = status_json(status);
  for (std::size_t i = 0; i < status.paths.size(); ++i) {
    const reconcile::PathStatus& path = status.paths[i];
    Json& item = out["paths"][i];
    const bool live = path.state == reconcile::PathState::kLive;
    const bool connect = !live && wanted.contains(*path.path);
    // That it was not written is no failure.
    if (connect) item["hold"] = item["last_error"] = item["last_error_kind"] = item["last_error_code"] = Json();
    item["action"] = connect ? "connect" : live || !path.desired ? "none" : "wait";
  }
  return out;
}

Json plan_json(const reconcile::Status& status, const std::vector<nvme::ConnectOptions>& noted, bool settled) {
  std::map<nvme::Path, std::size_t> order;
  for (const nvme::ConnectOptions& options : noted) order.try_emplace(options.path, order.size());
  const Json whole = status_with_actions(status, noted);
  Json out = Json::object();
  out["schema"] = kStatusSchema;
  out["settled"] = settled;
  out["not_ready"] = status.not_ready;
  out["identity"] = whole["identity"];
  out["endpoints"] = whole["endpoints"];
  std::map<std::size_t, Json> connects;
  Json others = Json::array();
  for (std::size_t i = 0; i < status.paths.size(); ++i) {
    Json item = whole["paths"][i];
    for (const char* key : {"attempts", "failures_in_a_row", "purged", "since_seconds", "last_error_kind", "last_error_code", "last_error_permanent", "last_attempt_seconds"}) item.erase(key);
    if (item["action"] == "connect") connects[order.at(*status.paths[i].path)] = item;
    else others.push_back(item);
  }
  out["paths"] = Json::array();
  for (auto& [place, item] : connects) out["paths"].push_back(item);
  for (auto& item : others) out["paths"].push_back(item);
  out["refused"] = whole["refused"];
  out["diagnostics"] = whole["diagnostics"];
  return out;
}

std::string plan_text(const Json& plan, bool colour) {
  std::map<std::string, int> count;
  Table paths(2);
  for (const Json& path : plan["paths"]) {
    const std::string action = path["action"];
    ++count[action];
    const bool desired = path["desired"];
    const std::string what = action == "connect" ? "connect" : action == "wait" ? "wait" : desired ? "live" : "unlisted, left alone";
    const Tint tint = action == "connect" ? Tint::kWarn : action == "wait" ? Tint::kBad : desired ? Tint::kGood : Tint::kFaint;
    const std::string device = path["device"].is_string() ? path["device"].get<std::string>() : "";
    paths.row({{what, tint}, {path["subnqn"]}, {portal_of(path)}, {device}});
    if (const std::string hold = reason_of(path); !hold.empty()) paths.note({"-> " + hold, Tint::kWarn});
  }
  Table endpoints(2);
  for (const Json& endpoint : plan["endpoints"]) {
    const bool up = endpoint["session"] == "up";
    std::string says = up ? "answers" : endpoint["retired"] == true ? "retired" : is_held(endpoint) ? "held" : "does not answer";
    if (endpoint["log"].is_object()) {
      says += ": " + std::to_string(endpoint["log"]["entries"].get<std::uint64_t>()) + " entries";
      if (endpoint["log"]["remembered"] == true) says += " (remembered)";
    }
    endpoints.row({{portal_of(endpoint)}, {says, up ? Tint::kGood : Tint::kBad}});
    if (const std::string hold = reason_of(endpoint); !hold.empty()) endpoints.note({"-> " + hold, Tint::kWarn});
  }
  std::string out = std::to_string(count["connect"]) + " to connect, " + std::to_string(count["wait"]) + " to wait for, " +
                    std::to_string(count["none"]) + " to leave as they are\n";
  if (plan["settled"] != true) out += "not everything answered in time: the plan may be incomplete\n";
  if (const std::string why = plan["not_ready"]; !why.empty()) out += base::printable(why) + "\n";
  if (!endpoints.empty()) out += "\ndiscovery services\n" + endpoints.text(colour);
  if (!paths.empty()) out += "\npaths\n" + paths.text(colour);
  Table refused(2);
  for (const Json& item : plan["refused"]) {
    refused.row({{item["endpoint"]}, {"entry " + std::to_string(item["index"].get<std::uint64_t>())}, {item["error"]["message"]}});
  }
  if (!refused.empty()) out += "\nrefused log page entries\n" + refused.text(colour);
  return out;
}

int plan_exit_status(const Json& plan) {
  bool work = plan["settled"] != true;
  for (const Json& path : plan["paths"]) work = work || path["action"] != "none";
  for (const Json& endpoint : plan["endpoints"]) work = work || (endpoint["session"] != "up" && endpoint["retired"] != true && !is_held(endpoint));
  return work ? 2 : 0;
}

}  // namespace cmd
