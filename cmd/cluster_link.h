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
#include "kube/cluster_access.h"
#include "kube/reporter.h"
#include "reconcile/status.h"

namespace cmd {

using Labels = std::map<std::string, std::string>;

class ClusterLink {
 public:
  /// Nothing, said once in the log, where it is switched off or there is no cluster. `on_labels` runs on the loop.
  static std::unique_ptr<ClusterLink> open(asio::io_context& loop, const config::KubernetesConfig& config,
                                           const config::Environment& environment, std::uint64_t seed,
                                           std::function<void(const Labels&)> on_labels);

  ClusterLink(asio::io_context& loop, kube::ClusterAccess access, kube::OutboxSettings settings, std::uint64_t seed,
              std::function<void(const Labels&)> on_labels);

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
