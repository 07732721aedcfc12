// One function for each kind of thing. Assignments only: `json j{x}` would make an array.
#include "cmd/status_json.h"

#include "cmd/verdict.h"
#include "cmd/version.h"
#include "reconcile/redundancy.h"

namespace cmd {
namespace {

using Json = nlohmann::ordered_json;
using reconcile::Status;
using reconcile::TimePoint;

double seconds(base::Duration duration) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<double>(ms) / 1000.0;
}

/// What every part needs to know: the moment that ages count from.
struct View {
  TimePoint now{};
  double since(TimePoint then) const { return then == TimePoint{} ? 0.0 : std::max(0.0, seconds(now - then)); }
  Json until(TimePoint then) const {
    if (then == base::kNever) return Json();
    return Json(std::max(0.0, seconds(then - now)));
  }
};

Json hold_json(const std::optional<reconcile::Hold>& hold, const View& view) {
  if (!hold) return Json();
  Json out = Json::object();
  out["reason"] = std::string(to_string(hold->reason));
  out["until_seconds"] = view.until(hold->until);
  out["detail"] = hold->detail;
  return out;
}

Json error_json(const std::optional<base::Error>& error) {
  if (!error) return Json();
  Json out = Json::object();
  out["kind"] = std::string(to_string(error->kind));
  out["message"] = error->message;
  out["code"] = error->code;
  out["permanent"] = error->permanent;
  return out;
}

void put_attempt(Json& out, const reconcile::Attempt& attempt, const View& view) {
  out["attempts"] = attempt.total;
  out["failures_in_a_row"] = attempt.failures;
  out["last_error"] = attempt.last_error ? Json(attempt.last_error->message) : Json();
  out["last_error_kind"] = attempt.last_error ? Json(std::string(to_string(attempt.last_error->kind))) : Json();
  out["last_error_code"] = attempt.last_error && attempt.last_error->code != 0 ? Json(attempt.last_error->code) : Json();
  out["last_error_permanent"] = attempt.last_error && attempt.last_error->permanent;
  out["last_attempt_seconds"] = attempt.total > 0 ? Json(view.since(attempt.last_at)) : Json();
}

void put_transport(Json& out, const nvme::TransportId& transport) {
  out["traddr"] = to_string(transport.traddr);
  out["trsvcid"] = transport.trsvcid;
  out["host_traddr"] = transport.host_traddr ? Json(to_string(*transport.host_traddr)) : Json();
  out["host_iface"] = transport.host_iface.empty() ? Json() : Json(transport.host_iface);
}

Json origin_json(const reconcile::Origin& origin) {
  Json out = Json::object();
  out["kind"] = std::string(to_string(origin.kind));
  if (!origin.where.file.empty()) out["where"] = to_string(origin.where);
  if (!origin.referrer.empty()) out["referrer"] = origin.referrer;
  return out;
}

Json log_json(const reconcile::EndpointStatus& endpoint, const View& view) {
  if (!endpoint.log) return Json();
  Json out = Json::object();
  out["genctr"] = endpoint.log->genctr;
  out["entries"] = endpoint.log->entries.size();
  out["age_seconds"] = endpoint.log_remembered ? Json() : Json(view.since(endpoint.log_read_at));
  out["remembered"] = endpoint.log_remembered;
  return out;
}

Json controller_json(const nvme::ControllerInfo& info) {
  Json out = Json::object();
  out["cntlid"] = info.cntlid;
  out["version"] = std::to_string(info.version >> 16) + "." + std::to_string((info.version >> 8) & 0xff) + "." +
                   std::to_string(info.version & 0xff);
  out["subnqn"] = info.subnqn;
  out["model"] = info.model;
  out["serial"] = info.serial;
  out["firmware"] = info.firmware;
  out["log_change_events"] = info.log_change_events;
  out["kato_seconds"] = seconds(info.kato);
  out["local_address"] = info.local_address;
  return out;
}

Json endpoint_json(const reconcile::EndpointStatus& endpoint, const View& view) {
  Json out = Json::object();
  out["address"] = to_string(endpoint.id);
  put_transport(out, endpoint.id.address);
  out["host"] = endpoint.host;
  out["group"] = endpoint.id.group;
  out["hostnqn"] = endpoint.id.hostnqn;
  out["session"] = std::string(to_string(endpoint.phase));
  out["since_seconds"] = view.since(endpoint.since);
  out["origins"] = Json::array();
  for (const auto& origin : endpoint.origins) out["origins"].push_back(origin_json(origin));
  out["depth"] = endpoint.depth;
  out["retired"] = endpoint.retired;
  out["hold"] = hold_json(endpoint.hold, view);
  put_attempt(out, endpoint.attempt, view);
  out["log"] = log_json(endpoint, view);
  out["controller"] = endpoint.phase == reconcile::SessionPhase::kUp ? controller_json(endpoint.info) : Json();
  out["events"] = endpoint.events;
  out["keep_alive_round_trip_seconds"] =
      endpoint.keep_alive_round_trip ? Json(static_cast<double>(endpoint.keep_alive_round_trip->count()) / 1e9) : Json();
  return out;
}

Json ana_json(const nvme::AnaCounts& counts) {
  Json out = Json::object();
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) out[std::string(to_string(static_cast<nvme::AnaState>(i)))] = counts[i];
  }
  return out;
}

Json path_json(const reconcile::PathStatus& path, const View& view) {
  Json out = Json::object();
  out["subnqn"] = path.path->subnqn;
  out["hostnqn"] = path.path->hostnqn;
  out["hostid"] = *path.hostid;
  put_transport(out, path.path->transport);
  out["state"] = std::string(to_string(path.state));
  out["device"] = path.device.empty() ? Json() : Json(path.device);
  out["desired"] = path.desired;
  out["stale"] = path.stale;
  out["left_behind"] = path.left_behind;
  out["adopted"] = path.adopted;
  out["purged"] = path.purged;
  out["since_seconds"] = view.since(path.since);
  out["purge_in_seconds"] = path.purge_at ? view.until(*path.purge_at) : Json();
  out["subsystem_device"] = path.subsystem.empty() ? Json() : Json(path.subsystem);
  out["namespaces"] = ana_json(path.ana);
  out["hold"] = hold_json(path.hold, view);
  put_attempt(out, path.attempt, view);
  out["named_by"] = Json::array();
  for (const auto& id : *path.named_by) out["named_by"].push_back(to_string(id));
  return out;
}

Json counters_json(const reconcile::Counters& counters) {
  Json out = Json::object();
  out["passes"] = counters.passes;
  out["connects_ok"] = counters.connects_ok;
  out["connects_failed"] = counters.connects_failed;
  out["probes_ok"] = counters.probes_ok;
  out["probes_failed"] = counters.probes_failed;
  out["scans"] = counters.scans;
  out["overruns"] = counters.overruns;
  out["events"] = counters.events;
  out["log_reads"] = counters.log_reads;
  out["purges"] = counters.purges;
  out["pass_seconds"] = static_cast<double>(std::chrono::nanoseconds(counters.pass_durations.sum).count()) / 1e9;
  return out;
}

Json kernel_json(const Status& status, const View& view) {
  Json out = Json::object();
  out["fabrics_available"] = status.fabrics_available;
  out["native_multipath"] = status.native_multipath ? Json(*status.native_multipath) : Json();
  out["connecting"] = Json();
  if (status.at_the_kernel) {
    Json at = Json::object();
    at["path"] = to_string(*status.at_the_kernel);
    at["since_seconds"] = view.since(status.at_the_kernel_since);
    out["connecting"] = at;
  }
  return out;
}

Json history_json(const reconcile::History& history) {
  Json out = Json::array();
  for (const auto& change : history) {
    Json item = Json::object();
    item["at"] = base::to_string(change->at);
    item["kind"] = std::string(to_string(change->kind));
    item["subject"] = change->subject;
    item["before"] = change->before;
    item["after"] = change->after;
    item["cause"] = change->cause;
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace

Json events_json(const reconcile::History& history) {
  Json out = Json::object();
  out["schema"] = kStatusSchema;
  out["events"] = history_json(history);
  return out;
}

Json status_json(const Status& status, base::Duration elapsed) {
  const View view{status.now + elapsed};
  const Verdict judged = verdict(status);
  const PathCount count = count_paths(status);
  const reconcile::Health health = reconcile::health(status);
  Json out = Json::object();
  out["schema"] = kStatusSchema;
  out["version"] = kVersion;
  out["at"] = base::to_string(status.wall + std::chrono::duration_cast<std::chrono::milliseconds>(elapsed));
  out["started"] = base::to_string(status.started);
  out["uptime_seconds"] = seconds(status.wall - status.started + elapsed);
  out["verdict"] = Json::object();
  out["verdict"]["level"] = std::string(to_string(judged.level));
  out["verdict"]["line"] = judged.line;
  out["ready"] = status.synced && status.not_ready.empty();
  out["not_ready"] = status.not_ready;
  out["paths_desired"] = count.desired;
  out["paths_live"] = count.live;
  out["endpoints_down"] = health.endpoints_down;
  Json identity = Json::object();
  identity["hostnqn"] = status.hostnqn;
  identity["hostid"] = status.hostid;
  identity["source"] = status.identity_source;
  out["identity"] = identity;
  out["kernel"] = kernel_json(status, view);
  out["config_files"] = status.config_files;
  out["config_lines"] = status.config_lines;
  for (const char* list : {"endpoints", "subsystems", "paths", "refused", "diagnostics", "notices"}) out[list] = Json::array();
  for (const auto& endpoint : status.endpoints) out["endpoints"].push_back(endpoint_json(endpoint, view));
  for (const auto& path : status.paths) out["paths"].push_back(path_json(path, view));
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> hangs_on;
  const std::vector<reconcile::AtTheEdge> edge = one_failure_away(status);
  for (const auto& at : edge) hangs_on[{at.subsystem.subnqn, at.subsystem.hostnqn}] = at.hangs_on;
  for (const auto& subsystem : status.subsystems) {
    Json item = Json::object();
    item["subnqn"] = subsystem.subnqn;
    item["hostnqn"] = subsystem.hostnqn;
    item["desired"] = subsystem.desired;
    item["live"] = subsystem.live;
    item["purged"] = subsystem.purged;
    const auto leg = hangs_on.find({subsystem.subnqn, subsystem.hostnqn});
    item["hangs_on"] = leg == hangs_on.end() ? Json() : Json(leg->second);
    out["subsystems"].push_back(item);
  }
  for (const auto& refused : status.refused) {
    Json item = Json::object();
    item["endpoint"] = to_string(refused.endpoint);
    item["index"] = refused.index;
    item["error"] = error_json(refused.error);
    out["refused"].push_back(item);
  }
  for (const auto& diagnostic : status.diagnostics) {
    Json item = Json::object();
    item["where"] = to_string(diagnostic.where);
    item["severity"] = diagnostic.severity == config::Severity::kError ? "error" : "warning";
    item["message"] = diagnostic.message;
    out["diagnostics"].push_back(item);
  }
  for (const std::string& notice : status.notices) out["notices"].push_back(notice);
  out["history"] = history_json(*status.history);
  out["counters"] = counters_json(status.counters);
  out["next_look_seconds"] = view.until(status.wake_at);
  return out;
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace cmd
