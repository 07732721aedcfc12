// Both callbacks hop from the worker to the loop: only the loop logs and holds labels.
#include "cmd/cluster_link.h"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "cmd/logging.h"
#include "cmd/signals.h"
#include "cmd/version.h"
#include "config/auto_detect.h"
#include "kube/client.h"
#include "kube/objects.h"

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

base::Result<ClusterTie> find_tie(const config::KubernetesConfig& config, const config::Environment& environment) {
  using base::ErrorKind;
  if (!config.enabled) return base::fail(ErrorKind::kUnsupported, "kubernetes.enabled is false");
  base::Result<std::optional<kube::ClusterAccess>> access = kube::find_cluster(environment, config.service_account_dir);
  if (!access) return base::Failure(access.error());
  if (!*access && !environment("KUBERNETES_SERVICE_HOST")) return base::fail(ErrorKind::kUnsupported, "this is no pod of a Kubernetes cluster");
  if (!*access) return base::fail(ErrorKind::kUnsupported, "no service account token in " + config.service_account_dir);
  std::string node = environment("NODE_NAME").value_or("");
  if (node.empty()) return base::fail(ErrorKind::kInvalid, "NODE_NAME is not set (fieldRef spec.nodeName)");
  return ClusterTie{std::move(**access), std::move(node)};
}

base::Result<std::unique_ptr<ClusterLink>> ClusterLink::open(asio::io_context& loop, const config::KubernetesConfig& config,
                                                             const config::Environment& environment, std::uint64_t seed, OnLabels on_labels) {
  base::Result<ClusterTie> tie = find_tie(config, environment);
  if (!tie) return base::Failure(tie.error());
  info("Kubernetes is told how this node is doing", {kv("node", tie->node), kv("server", to_string(tie->access))});
  return std::make_unique<ClusterLink>(loop, std::move(tie->access), outbox_settings(config, std::move(tie->node)), seed, std::move(on_labels));
}

ClusterLink::ClusterLink(asio::io_context& loop, kube::ClusterAccess access, kube::OutboxSettings settings, std::uint64_t seed, OnLabels on_labels)
    : worker_(make_workers(1)),
      reporter_(worker_->get_executor(), make_client(std::move(access)),
                kube::ReporterOptions{.outbox = std::move(settings),
                                      .on_labels = [&loop, on_labels](const Labels& labels) { asio::post(loop, [on_labels, labels] { on_labels(labels); }); },
                                      .on_no_labels = [&loop, on_labels](const std::string& why) {
                                        asio::post(loop, [on_labels, why] { on_labels(base::fail(base::ErrorKind::kUnsupported, why)); });
                                      },
                                      .on_note = [&loop](const kube::Note& note) { asio::post(loop, [note] { log_note(note); }); },
                                      .seed = seed}) {}

config::NodeFacts node_facts(const config::AgentConfig& config, const config::Environment& environment) {
  config::NodeFacts facts;
  facts.name = environment("NODE_NAME").value_or("");
  base::Result<ClusterTie> tie = find_tie(config.kubernetes, environment);
  if (tie && !config.kubernetes.node_labels) tie = base::fail(base::ErrorKind::kUnsupported, "kubernetes.nodeLabels is false");
  if (!tie) {
    facts.why_no_labels = no_labels_text(tie.error());
    return facts;
  }
  const base::Result<config::Intent> intent = config::read_intent(config, facts);
  if (!intent || std::ranges::all_of(intent->endpoints, &std::string::empty, &config::EndpointSpec::held)) return facts;
  const kube::Answer answer = make_client(std::move(tie->access))->send(kube::get_node(tie->node));
  const base::Result<kube::NodeView> node = answer.body ? kube::parse_node(*answer.body) : base::Failure(answer.body.error());
  if (node) facts.labels = node->labels;
  else facts.why_no_labels = no_labels_text(node.error());
  return facts;
}

std::string no_labels_text(const base::Error& why) { return "the node's labels are not known: " + why.message; }

}  // namespace cmd
