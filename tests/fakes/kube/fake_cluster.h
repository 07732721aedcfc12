// The few parts of a Kubernetes API server that the agent meets, in memory: Nodes and Events, the patch types with
// their content types, the validation that events.k8s.io/v1 does, RBAC, failures on request. Remembers every request.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace fakes {

struct ApiRequest {
  std::string method{};
  std::string path{};                          ///< decoded, without the query
  std::map<std::string, std::string> query{};  ///< decoded
  std::string content_type{};
  std::string accept{};
  std::string authorization{};
  std::string host{};
  std::string body{};
};
/// "PATCH /api/v1/nodes/a/status".
std::string to_string(const ApiRequest& request);

struct ApiReply {
  int status{200};
  std::string body{};
  int retry_after{0};  ///< seconds; 0: no such header
};

/// Safe to use from the server's threads and the test's at once.
class FakeCluster {
 public:
  explicit FakeCluster(const std::string& node);

  ApiReply serve(const ApiRequest& request);

  /// The next `times` requests whose "METHOD /path" begins with `what` fail; -1: all of them, until forgive().
  void fail(const std::string& what, int status, int times = -1, int retry_after = 0);
  void forgive();
  /// Runs when a request was noted and before it is answered: to change something in between.
  void before(std::function<void(const ApiRequest&)> hook);

  void add_node(const std::string& name, const std::map<std::string, std::string>& labels);
  /// Changes a Node in place.
  void edit(const std::string& node, const std::function<void(nlohmann::json&)>& change);
  nlohmann::json node(const std::string& name) const;
  /// Our condition on that node, or null.
  nlohmann::json condition(const std::string& node) const;
  /// All Events, oldest first.
  std::vector<nlohmann::json> events() const;
  void forget_events();
  /// From now on as Kubernetes 1.20.2 was seen: Events about a Node are taken in kube-system only.
  void events_in_kube_system_only();
  /// "Reason: note" of each, with " xN" behind where it is a series.
  std::vector<std::string> event_lines() const;

  std::vector<ApiRequest> requests() const;
  /// How many requests began with `what`.
  int count(const std::string& what) const;

 private:
  struct Failure {
    std::string what{};
    int status{500};
    int times{-1};
    int retry_after{0};
  };
  ApiReply route(const ApiRequest& request);
  ApiReply list_nodes(const ApiRequest& request) const;
  ApiReply patch_node(const ApiRequest& request, nlohmann::json& node, bool status_only);
  ApiReply create_event(const ApiRequest& request, const std::string& space);
  ApiReply patch_event(const ApiRequest& request, const std::string& name);
  std::optional<ApiReply> failure_for(const ApiRequest& request);

  mutable std::mutex mutex_{};
  std::map<std::string, nlohmann::json> nodes_{};
  std::map<std::string, nlohmann::json> events_{};
  std::vector<std::string> event_order_{};
  std::vector<ApiRequest> requests_{};
  std::vector<Failure> failures_{};
  bool kube_system_only_{false};
  std::function<void(const ApiRequest&)> hook_{};
};

}  // namespace fakes
