// Both callbacks hop from the worker to the loop: only the loop logs and holds labels.
#include "cmd/cluster_link.h"

#include <asio/post.hpp>
#include <utility>

#include "cmd/logging.h"
#include "cmd/signals.h"
#include "cmd/version.h"
#include "kube/client.h"

namespace cmd {
namespace {

void log_note(const kube::Note& note) {
  Fields fields;
  for (const auto& [key, value] : note.fields) fields.push_back(kv(key, value));
  switch (note.level) {
    case kube::Note::Level::kDebug: return debug(note.message, fields);
    case kube::Note::Level::kInfo: return info(note.message, fields);
    case kube::Note::Level::kWarning: return warn(note.message, fields);
  }
}

kube::OutboxSettings outbox_settings(const config::KubernetesConfig& config, std::string node) {
  kube::OutboxSettings settings;
  settings.node = std::move(node);
  settings.events = config.events;
  settings.condition = config.node_condition;
  settings.startup_taint = config.startup_taint;
  settings.hostnqn_check = config.hostnqn_check;
  settings.labels = config.node_labels;
  return settings;
}

std::unique_ptr<kube::Client> make_client(kube::ClusterAccess access) {
  kube::ClientOptions options;
  options.user_agent = std::string("discovery-client/") + kVersion;
  return std::make_unique<kube::Client>(std::move(access), std::move(options));
}

}  // namespace

std::unique_ptr<ClusterLink> ClusterLink::open(asio::io_context& loop, const config::KubernetesConfig& config,
                                               const config::Environment& environment, std::uint64_t seed,
                                               std::function<void(const Labels&)> on_labels) {
  if (!config.enabled) return nullptr;
  base::Result<std::optional<kube::ClusterAccess>> access = kube::find_cluster(environment, config.service_account_dir);
  if (!access) {
    warn("Kubernetes is not told anything", {kv("error", access.error())});
    return nullptr;
  }
  if (!*access) {
    if (environment("KUBERNETES_SERVICE_HOST")) info("Kubernetes is not told anything: no service account token", {kv("dir", config.service_account_dir)});
    return nullptr;
  }
  std::string node = environment("NODE_NAME").value_or("");
  if (node.empty()) {
    warn("Kubernetes is not told anything: NODE_NAME is not set (fieldRef spec.nodeName)");
    return nullptr;
  }
  info("Kubernetes is told how this node is doing", {kv("node", node), kv("server", to_string(**access))});
  return std::make_unique<ClusterLink>(loop, std::move(**access), outbox_settings(config, std::move(node)), seed, std::move(on_labels));
}

ClusterLink::ClusterLink(asio::io_context& loop, kube::ClusterAccess access, kube::OutboxSettings settings, std::uint64_t seed,
                         std::function<void(const Labels&)> on_labels)
    : worker_(make_workers(1)),
      reporter_(worker_->get_executor(), make_client(std::move(access)),
                kube::ReporterOptions{.outbox = std::move(settings),
                                      .on_labels = [&loop, tell = std::move(on_labels)](const Labels& labels) {
                                        asio::post(loop, [tell, labels] { tell(labels); });
                                      },
                                      .on_note = [&loop](const kube::Note& note) { asio::post(loop, [note] { log_note(note); }); },
                                      .seed = seed}) {}

}  // namespace cmd
