// The agent's tie to a Kubernetes cluster: a worker thread that tells the API what snapshots say, and brings the Node's
// labels and what is to be logged back to the loop. Nothing waits for it; nothing is decided here.
#pragma once

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "config/agent_config.h"
#include "config/node_facts.h"
#include "kube/cluster_access.h"
#include "kube/reporter.h"
#include "reconcile/status.h"

namespace cmd {

/// Where the API server is, and which Node is ours.
struct ClusterTie {
  kube::ClusterAccess access{};
  std::string node{};
};
/// kUnsupported where it is switched off or there is no cluster, kInvalid where the pod lacks something.
base::Result<ClusterTie> find_tie(const config::KubernetesConfig& config, const config::Environment& environment);

/// For commands that run once: NODE_NAME, and the Node's labels where a line of discovery.d depends on them and there is
/// an API to ask, which blocks up to some 17 s.
config::NodeFacts node_facts(const config::AgentConfig& config, const config::Environment& environment);
/// For NodeFacts::why_no_labels.
std::string no_labels_text(const base::Error& why);

using Labels = std::map<std::string, std::string>;

/// The Node's labels, or an error where the first try to read them failed (they may still come). Runs on the loop.
using OnLabels = std::function<void(base::Result<Labels>)>;

class ClusterLink {
 public:
  /// Errors as find_tie()'s.
  static base::Result<std::unique_ptr<ClusterLink>> open(asio::io_context& loop, const config::KubernetesConfig& config,
                                                         const config::Environment& environment, std::uint64_t seed, OnLabels on_labels);

  ClusterLink(asio::io_context& loop, kube::ClusterAccess access, kube::OutboxSettings settings, std::uint64_t seed, OnLabels on_labels);

  void publish(const reconcile::StatusPtr& status) { reporter_.publish(status); }
  /// No further call begins; the one under way, if any, is not waited for.
  void stop() { reporter_.stop(); }
  /// A call is under way: destruction would wait for it, up to some 17 s where the API server is silent.
  bool busy() const { return reporter_.busy(); }

 private:
  std::unique_ptr<asio::thread_pool> worker_;
  kube::Reporter reporter_;
};

}  // namespace cmd
