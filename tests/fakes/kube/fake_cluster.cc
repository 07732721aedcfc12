// Strict where an API server is strict: an unknown path, content type, patch or field manager is an error.
#include "tests/fakes/kube/fake_cluster.h"

#include <algorithm>

namespace fakes {

using nlohmann::json;

namespace {

constexpr const char* kNodes = "/api/v1/nodes";
constexpr std::string_view kEventSpaces = "/apis/events.k8s.io/v1/namespaces/";

ApiReply status_reply(int status, const std::string& reason, const std::string& message) {
  json body;
  body["kind"] = "Status";
  body["apiVersion"] = "v1";
  body["status"] = "Failure";
  body["reason"] = reason;
  body["message"] = message;
  body["code"] = status;
  return {status, body.dump(), 0};
}

std::string reason_of(int status) {
  switch (status) {
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 409: return "Conflict";
    case 410: return "Expired";
    case 422: return "Invalid";
    case 429: return "TooManyRequests";
    default: return "InternalError";
  }
}

bool begins(const ApiRequest& request, const std::string& what) { return to_string(request).starts_with(what); }

/// Strategic merge for what a Node has of it: lists of conditions merge by "type", everything else as a merge patch.
bool merge_conditions(json& node, const json& patch) {
  if (!patch.is_object() || patch.size() != 1 || !patch.contains("status")) return false;
  const json& status = patch["status"];
  if (!status.is_object() || status.size() != 1 || !status.contains("conditions")) return false;
  for (const json& condition : status["conditions"]) {
    json& conditions = node["status"]["conditions"];
    auto known = std::find_if(conditions.begin(), conditions.end(), [&](const json& c) { return c["type"] == condition["type"]; });
    if (known == conditions.end()) conditions.push_back(condition);
    else known->merge_patch(condition);
  }
  return true;
}

bool is_micro_time(const json& value) {
  return value.is_string() && value.get<std::string>().size() == 27 && value.get<std::string>()[19] == '.' && value.get<std::string>().back() == 'Z';
}

constexpr const char* kNoSuchSpace = "involvedObject.namespace: Invalid value: \"\": does not match event.namespace";

/// What ValidateEventCreate asks of events.k8s.io/v1; empty: fine.
std::string wrong_with(const json& event, const std::string& space) {
  auto text = [&](const char* key) { return event.contains(key) && event[key].is_string() ? event[key].get<std::string>() : std::string(); };
  if (text("apiVersion") != "events.k8s.io/v1" || text("kind") != "Event") return "no events.k8s.io/v1 Event";
  if (!is_micro_time(event.value("eventTime", json()))) return "eventTime: Required value";
  if (text("type") != "Normal" && text("type") != "Warning") return "type: has invalid value";
  for (const char* key : {"reportingController", "reportingInstance", "action", "reason"}) {
    if (text(key).empty()) return std::string(key) + ": Required value";
    if (text(key).size() > 128) return std::string(key) + ": can have at most 128 characters";
  }
  if (text("note").size() > 1024) return "note: can have at most 1024 characters";
  if (event.value("/metadata/namespace"_json_pointer, "") != space) return "the namespace of the provided object does not match";
  if (space != "default" && space != "kube-system") return kNoSuchSpace;
  if (event.contains("/regarding/namespace"_json_pointer)) return "regarding.namespace: a Node has none";
  if (!event.contains("series")) return {};
  if (event["series"].value("count", 0) < 2) return "series.count: should be at least 2";
  return is_micro_time(event["series"].value("lastObservedTime", json())) ? "" : "series.lastObservedTime: Required value";
}

}  // namespace

std::string to_string(const ApiRequest& request) { return request.method + " " + request.path; }

FakeCluster::FakeCluster(const std::string& node) { add_node(node, {{"kubernetes.io/hostname", node}}); }

void FakeCluster::add_node(const std::string& name, const std::map<std::string, std::string>& labels) {
  const std::lock_guard lock(mutex_);
  json node;
  node["kind"] = "Node";
  node["apiVersion"] = "v1";
  node["metadata"]["name"] = name;
  node["metadata"]["labels"] = labels;
  json ready;
  ready["type"] = "Ready";
  ready["status"] = "True";
  node["status"]["conditions"] = json::array();
  node["status"]["conditions"].push_back(ready);
  nodes_[name] = node;
}

void FakeCluster::edit(const std::string& node, const std::function<void(json&)>& change) {
  const std::lock_guard lock(mutex_);
  change(nodes_[node]);
}

json FakeCluster::node(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  return nodes_.at(name);
}

json FakeCluster::condition(const std::string& node_name) const {
  const json its = node(node_name);
  for (const json& condition : its["status"]["conditions"]) {
    if (condition["type"] == "NVMeFabricDegraded") return condition;
  }
  return nullptr;
}

std::vector<json> FakeCluster::events() const {
  const std::lock_guard lock(mutex_);
  std::vector<json> out;
  for (const std::string& name : event_order_) out.push_back(events_.at(name));
  return out;
}

void FakeCluster::events_in_kube_system_only() {
  const std::lock_guard lock(mutex_);
  kube_system_only_ = true;
}

void FakeCluster::forget_events() {
  const std::lock_guard lock(mutex_);
  events_.clear();
  event_order_.clear();
}

std::vector<std::string> FakeCluster::event_lines() const {
  std::vector<std::string> out;
  for (const json& event : events()) {
    std::string line = event["reason"].get<std::string>() + ": " + event["note"].get<std::string>();
    if (event.contains("series")) line += " x" + std::to_string(event["series"]["count"].get<int>());
    out.push_back(std::move(line));
  }
  return out;
}

std::vector<ApiRequest> FakeCluster::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int FakeCluster::count(const std::string& what) const {
  const std::vector<ApiRequest> all = requests();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const ApiRequest& request) { return begins(request, what); }));
}

void FakeCluster::fail(const std::string& what, int status, int times, int retry_after) {
  const std::lock_guard lock(mutex_);
  failures_.push_back({what, status, times, retry_after});
}

void FakeCluster::forgive() {
  const std::lock_guard lock(mutex_);
  failures_.clear();
}

void FakeCluster::before(std::function<void(const ApiRequest&)> hook) {
  const std::lock_guard lock(mutex_);
  hook_ = std::move(hook);
}

std::optional<ApiReply> FakeCluster::failure_for(const ApiRequest& request) {
  for (Failure& failure : failures_) {
    if (failure.times == 0 || !begins(request, failure.what)) continue;
    if (failure.times > 0) --failure.times;
    ApiReply reply = status_reply(failure.status, reason_of(failure.status), to_string(request) + " fails as the test wants it");
    reply.retry_after = failure.retry_after;
    return reply;
  }
  return std::nullopt;
}

ApiReply FakeCluster::serve(const ApiRequest& request) {
  std::function<void(const ApiRequest&)> hook;
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    hook = hook_;
  }
  if (hook) hook(request);
  const std::lock_guard lock(mutex_);
  if (std::optional<ApiReply> failure = failure_for(request)) return *failure;
  return route(request);
}

ApiReply FakeCluster::route(const ApiRequest& request) {
  const std::string& path = request.path;
  const bool writes = request.method != "GET";
  if (writes && (!request.query.contains("fieldManager") || request.query.at("fieldManager") != "discovery-client")) {
    return status_reply(400, "BadRequest", "the test wants fieldManager=discovery-client");
  }
  if (request.method == "GET" && path == kNodes) return list_nodes(request);
  if (path.starts_with(std::string(kNodes) + "/")) {
    std::string name = path.substr(std::string(kNodes).size() + 1);
    const bool status_only = name.ends_with("/status");
    if (status_only) name.resize(name.size() - 7);
    const auto node = nodes_.find(name);
    if (node == nodes_.end()) return status_reply(404, "NotFound", "nodes \"" + name + "\" not found");
    if (request.method == "GET" && !status_only) return {200, node->second.dump(), 0};
    if (request.method == "PATCH") return patch_node(request, node->second, status_only);
  }
  if (path.starts_with(kEventSpaces)) {
    const std::string rest = path.substr(kEventSpaces.size());
    const std::string space = rest.substr(0, rest.find('/'));
    const std::string events = space + "/events";
    if (request.method == "POST" && rest == events) return create_event(request, space);
    if (request.method == "PATCH" && rest.starts_with(events + "/")) return patch_event(request, rest.substr(events.size() + 1));
  }
  return status_reply(404, "NotFound", "the server could not find the requested resource");
}

ApiReply FakeCluster::list_nodes(const ApiRequest& request) const {
  json list;
  list["kind"] = "NodeList";
  list["apiVersion"] = "v1";
  list["items"] = json::array();
  const auto selector = request.query.find("labelSelector");
  const auto limit = request.query.find("limit");
  if (selector == request.query.end() || limit == request.query.end()) return status_reply(400, "BadRequest", "the test wants a selector and a limit");
  const std::size_t equals = selector->second.find('=');
  const std::string key = selector->second.substr(0, equals);
  const std::string value = selector->second.substr(equals + 1);
  for (const auto& [name, node] : nodes_) {
    if (list["items"].size() >= std::stoul(limit->second)) break;
    const json labels = node["metadata"]["labels"];
    if (labels.contains(key) && labels[key] == value) list["items"].push_back(node);
  }
  return {200, list.dump(), 0};
}

ApiReply FakeCluster::patch_node(const ApiRequest& request, json& node, bool status_only) {
  const json patch = json::parse(request.body, nullptr, false);
  if (patch.is_discarded()) return status_reply(400, "BadRequest", "the body is no JSON");
  if (request.content_type == "application/json-patch+json" && !status_only) {
    try {
      node = node.patch(patch);
    } catch (const json::exception& error) {
      return status_reply(422, "Invalid", error.what());
    }
    return {200, node.dump(), 0};
  }
  if (request.content_type == "application/merge-patch+json" && !status_only) {
    node.merge_patch(patch);
    return {200, node.dump(), 0};
  }
  if (request.content_type == "application/strategic-merge-patch+json" && status_only) {
    if (!merge_conditions(node, patch)) return status_reply(400, "BadRequest", "this patch touches more than conditions");
    return {200, node.dump(), 0};
  }
  return status_reply(415, "UnsupportedMediaType", request.content_type + " is not taken here");
}

ApiReply FakeCluster::create_event(const ApiRequest& request, const std::string& space) {
  if (request.content_type != "application/json") return status_reply(415, "UnsupportedMediaType", request.content_type);
  const json event = json::parse(request.body, nullptr, false);
  if (!event.is_object()) return status_reply(400, "BadRequest", "the body is no object");
  if (kube_system_only_ && space != "kube-system") return status_reply(422, "Invalid", kNoSuchSpace);
  if (const std::string wrong = wrong_with(event, space); !wrong.empty()) return status_reply(422, "Invalid", wrong);
  const std::string name = event["metadata"]["name"];
  if (events_.contains(name)) return status_reply(409, "AlreadyExists", "events \"" + name + "\" already exists");
  events_[name] = event;
  event_order_.push_back(name);
  return {201, event.dump(), 0};
}

ApiReply FakeCluster::patch_event(const ApiRequest& request, const std::string& name) {
  const auto event = events_.find(name);
  if (event == events_.end()) return status_reply(404, "NotFound", "events \"" + name + "\" not found");
  if (request.content_type != "application/strategic-merge-patch+json") return status_reply(415, "UnsupportedMediaType", request.content_type);
  const json patch = json::parse(request.body, nullptr, false);
  if (!patch.is_object() || patch.size() != 1 || !patch.contains("series")) return status_reply(422, "Invalid", "field is immutable");
  json changed = event->second;
  changed.merge_patch(patch);
  if (const std::string wrong = wrong_with(changed, changed["metadata"]["namespace"]); !wrong.empty()) return status_reply(422, "Invalid", wrong);
  event->second = std::move(changed);
  return {200, event->second.dump(), 0};
}

}  // namespace fakes
