// JSON of the Kubernetes API. `dump` with `replace`, since it throws on bytes that are not UTF-8.
#include "kube/objects.h"

#include <nlohmann/json.hpp>

namespace kube {
namespace {

using base::ErrorKind;
using nlohmann::json;

constexpr std::size_t kInstanceLimit = 128;   // reportingInstance, events.k8s.io/v1
constexpr std::size_t kMessageLimit = 2048;   // of our condition: `kubectl describe` prints it in one line

std::string text_of(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

const json* member(const json* object, const char* key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto it = object->find(key);
  return it == object->end() ? nullptr : &*it;
}

std::string text_member(const json* object, const char* key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

std::string node_path(const std::string& node) { return "/api/v1/nodes/" + percent_encoded(node); }
std::string managed(const std::string& path) { return path + "?fieldManager=" + std::string(kFieldManager); }

std::string events_path(EventNamespace space) {
  return "/apis/events.k8s.io/v1/namespaces/" + std::string(to_string(space)) + "/events";
}

Request write(Verb verb, std::string path, const json& body, std::string_view type) {
  return {verb, managed(path), text_of(body), type, kMetadataOnly};
}

void read_taint(NodeView& out, const json* taints) {
  if (taints == nullptr || !taints->is_array()) return;
  for (std::size_t i = 0; i < taints->size(); ++i) {
    const json& taint = (*taints)[i];
    if (text_member(&taint, "key") != kStartupTaint || text_member(&taint, "effect") != "NoSchedule") continue;
    out.taint_index = i;
    out.taint_json = text_of(taint);
    return;
  }
}

}  // namespace

std::string_view to_string(EventReason reason) {
  switch (reason) {
    case EventReason::kPathLost: return "PathLost";
    case EventReason::kPathRecovered: return "PathRecovered";
    case EventReason::kEndpointRefused: return "EndpointRefused";
    case EventReason::kEndpointUnreachable: return "EndpointUnreachable";
    case EventReason::kEndpointRecovered: return "EndpointRecovered";
    case EventReason::kEntryRefused: return "EntryRefused";
    case EventReason::kBadConfiguration: return "BadConfiguration";
    case EventReason::kHostNqnConflict: return "HostNQNConflict";
    case EventReason::kSubsystemPurged: return "SubsystemPurged";
  }
  return "Unknown";
}

std::string_view event_type(EventReason reason) {
  return reason == EventReason::kPathRecovered || reason == EventReason::kEndpointRecovered ? "Normal" : "Warning";
}

std::string_view event_action(EventReason reason) {
  switch (reason) {
    case EventReason::kPathLost:
    case EventReason::kPathRecovered:
    case EventReason::kSubsystemPurged: return "Connect";
    case EventReason::kEndpointRefused:
    case EventReason::kEndpointUnreachable:
    case EventReason::kEndpointRecovered:
    case EventReason::kEntryRefused: return "Discover";
    case EventReason::kBadConfiguration: return "ReadConfiguration";
    case EventReason::kHostNqnConflict: return "CompareHostNQN";
  }
  return "Connect";
}

std::string_view to_string(ConditionStatus status) {
  switch (status) {
    case ConditionStatus::kFalse: return "False";
    case ConditionStatus::kTrue: return "True";
    case ConditionStatus::kUnknown: return "Unknown";
  }
  return "Unknown";
}

base::Result<NodeView> parse_node(std::string_view text) {
  const json node = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const json* metadata = member(&node, "metadata");
  if (text_member(metadata, "name").empty()) return base::fail(ErrorKind::kProtocol, "the API's answer is no Node");
  NodeView out;
  if (const json* labels = member(metadata, "labels"); labels != nullptr && labels->is_object()) {
    for (const auto& [key, value] : labels->items()) {
      if (value.is_string()) out.labels.emplace(key, value.get<std::string>());
    }
  }
  read_taint(out, member(member(&node, "spec"), "taints"));
  if (const json* conditions = member(member(&node, "status"), "conditions"); conditions != nullptr && conditions->is_array()) {
    for (const json& condition : *conditions) {
      if (text_member(&condition, "type") != kConditionType) continue;
      out.condition_status = text_member(&condition, "status");
      out.condition_since = text_member(&condition, "lastTransitionTime");
    }
  }
  return out;
}

base::Result<std::vector<std::string>> parse_node_names(std::string_view text) {
  const json list = json::parse(text, nullptr, /*allow_exceptions=*/false);
  const json* items = member(&list, "items");
  // Go writes an empty list of some kinds as null.
  if (items == nullptr || !(items->is_array() || items->is_null())) {
    return base::fail(ErrorKind::kProtocol, "the API's answer is no list of nodes");
  }
  std::vector<std::string> out;
  for (const json& item : *items) {
    std::string name = text_member(member(&item, "metadata"), "name");
    if (!name.empty()) out.push_back(std::move(name));
  }
  return out;
}

Request get_node(const std::string& node) { return {Verb::kGet, node_path(node), {}, {}, kJson}; }

Request list_nodes_with(const std::string& hash) {
  const std::string selector = percent_encoded(std::string(kHostNqnLabel) + "=" + hash);
  return {Verb::kGet, "/api/v1/nodes?labelSelector=" + selector + "&limit=2", {}, {}, kMetadataListOnly};
}

Request patch_condition(const std::string& node, const Condition& condition, const std::string& since, base::WallTime now) {
  json ours;
  ours["type"] = kConditionType;
  ours["status"] = to_string(condition.status);
  ours["reason"] = condition.reason;
  ours["message"] = clean_text(condition.message, kMessageLimit);
  ours["lastHeartbeatTime"] = time_text(now);
  ours["lastTransitionTime"] = since;
  json body;
  body["status"]["conditions"] = json::array();
  body["status"]["conditions"].push_back(std::move(ours));
  return write(Verb::kPatch, node_path(node) + "/status", body, kStrategicMergePatch);
}

Request remove_taint(const std::string& node, const NodeView& seen) {
  const std::string where = "/spec/taints/" + std::to_string(*seen.taint_index);
  json test;
  test["op"] = "test";
  test["path"] = where;
  test["value"] = json::parse(seen.taint_json, nullptr, /*allow_exceptions=*/false);
  json removal;
  removal["op"] = "remove";
  removal["path"] = where;
  json body = json::array();
  body.push_back(std::move(test));
  body.push_back(std::move(removal));
  return write(Verb::kPatch, node_path(node), body, kJsonPatch);
}

Request set_label(const std::string& node, const std::string& hash) {
  json body;
  body["metadata"]["labels"][std::string(kHostNqnLabel)] = hash;
  return write(Verb::kPatch, node_path(node), body, kMergePatch);
}

std::string_view to_string(EventNamespace space) {
  switch (space) {
    case EventNamespace::kDefault: return "default";
    case EventNamespace::kKubeSystem: return "kube-system";
  }
  return "default";
}

bool wants_kube_system(const base::Error& error) {
  return error.code == 422 && error.message.contains("involvedObject.namespace");
}

Request create_event(EventNamespace space, const std::string& node, const std::string& name, const Event& event, const Occurrences& seen) {
  json body;
  body["apiVersion"] = "events.k8s.io/v1";
  body["kind"] = "Event";
  body["metadata"]["name"] = name;
  body["metadata"]["namespace"] = to_string(space);
  body["eventTime"] = micro_time_text(seen.first);
  body["reportingController"] = kReportingController;
  body["reportingInstance"] = node.substr(0, kInstanceLimit);
  body["action"] = event_action(event.reason);
  body["reason"] = to_string(event.reason);
  body["type"] = event_type(event.reason);
  body["note"] = clean_text(event.note, kNoteLimit);
  body["regarding"]["apiVersion"] = "v1";
  body["regarding"]["kind"] = "Node";
  body["regarding"]["name"] = node;
  body["regarding"]["uid"] = node;
  if (seen.count > 1) {
    body["series"]["count"] = seen.count;
    body["series"]["lastObservedTime"] = micro_time_text(seen.last);
  }
  return write(Verb::kPost, events_path(space), body, kJson);
}

Request patch_event_series(EventNamespace space, const std::string& name, int count, base::WallTime last) {
  json body;
  body["series"]["count"] = count;
  body["series"]["lastObservedTime"] = micro_time_text(last);
  return write(Verb::kPatch, events_path(space) + "/" + percent_encoded(name), body, kStrategicMergePatch);
}

}  // namespace kube
