// The worst thing first: one example of what is wrong, with what happens next, beats a list.
#include "cmd/verdict.h"

#include <algorithm>

#include "base/text.h"

namespace cmd {
namespace {

using reconcile::EndpointStatus;
using reconcile::PathState;
using reconcile::PathStatus;
using reconcile::Status;
using reconcile::TimePoint;
using namespace std::chrono_literals;

std::string next_try(const std::optional<reconcile::Hold>& hold, TimePoint now) {
  if (!hold) return {};
  if (hold->until != base::kNever) return ", next try in " + about(hold->until - now);
  return {};
}

std::string why(const std::optional<reconcile::Hold>& hold, const reconcile::Attempt& attempt) {
  if (attempt.last_error) return attempt.last_error->message;
  if (!hold) return {};
  if (!hold->detail.empty()) return hold->detail;
  return std::string(to_string(hold->reason));
}

std::string problem_of(const PathStatus& path, TimePoint now) {
  std::string text = "portal " + nvme::host_port(path.path->transport.traddr, path.path->transport.trsvcid);
  text += path.state == PathState::kMissing ? "" : " is " + std::string(to_string(path.state));
  const std::string reason = why(path.hold, path.attempt);
  if (!reason.empty()) text += ": " + base::printable(reason);
  return text + next_try(path.hold, now);
}

std::string problem_of(const EndpointStatus& endpoint, TimePoint now) {
  std::string text = "discovery service " + (endpoint.host.empty() ? to_string(endpoint.id) : base::printable(endpoint.host) + ":" + std::to_string(endpoint.id.address.trsvcid));
  const std::string reason = why(endpoint.hold, endpoint.attempt);
  text += reason.empty() ? " has no session" : ": " + base::printable(reason);
  return text + next_try(endpoint.hold, now);
}

std::string live_of(const PathCount& count) {
  return std::to_string(count.live) + " of " + std::to_string(count.desired) + (count.desired == 1 ? " path live" : " paths live");
}

/// The first error, and how many more there are.
std::string configuration_failure(const Status& status) {
  std::string out;
  int more = -1;
  for (const config::Diagnostic& diagnostic : status.diagnostics) {
    if (diagnostic.severity != config::Severity::kError) continue;
    if (++more == 0) out = diagnostic.where.file.empty() ? diagnostic.message : to_string(diagnostic.where) + ": " + diagnostic.message;
  }
  if (more > 0) out += " (and " + std::to_string(more) + " more)";
  return out;
}

}  // namespace

std::string_view to_string(Verdict::Level level) {
  switch (level) {
    case Verdict::Level::kOk: return "ok";
    case Verdict::Level::kDegraded: return "degraded";
    case Verdict::Level::kNotReady: return "not-ready";
  }
  return "unknown";
}

PathCount count_paths(const Status& status) {
  PathCount count;
  for (const PathStatus& path : status.paths) {
    if (!path.desired) continue;
    ++count.desired;
    if (path.state == PathState::kLive) ++count.live;
  }
  return count;
}

Verdict verdict(const Status& status) {
  const PathCount count = count_paths(status);
  if (!status.synced || !status.not_ready.empty()) {
    std::string line = "NOT READY: " + live_of(count);
    line += "; " + (status.not_ready.empty() ? std::string("the first sync is not done yet") : base::printable(status.not_ready));
    return {Verdict::Level::kNotReady, std::move(line)};
  }
  const reconcile::Health health = reconcile::health(status);
  if (!health.degraded()) {
    if (status.endpoints.empty()) return {Verdict::Level::kOk, "OK: nothing to connect: no discovery service is configured"};
    return {Verdict::Level::kOk, "OK: " + live_of(count)};
  }
  std::string line = "DEGRADED: " + live_of(count);
  const auto lost = std::ranges::find_if(status.subsystems, [](const auto& s) { return s.desired > 0 && s.live == 0; });
  if (lost != status.subsystems.end()) line += "; no path to " + base::printable(lost->subnqn);
  const auto down = std::ranges::find_if(status.paths, [](const PathStatus& p) { return p.desired && p.state != PathState::kLive; });
  if (down != status.paths.end()) {
    line += "; " + problem_of(*down, status.now);
    if (health.paths_down > 1) line += " (and " + std::to_string(health.paths_down - 1) + " more)";
    return {Verdict::Level::kDegraded, std::move(line)};
  }
  const auto mute = std::ranges::find_if(status.endpoints, [](const EndpointStatus& e) {
    return reconcile::is_missing(e);
  });
  if (mute != status.endpoints.end()) line += "; " + problem_of(*mute, status.now);
  if (health.endpoints_down > 1) line += " (and " + std::to_string(health.endpoints_down - 1) + " more)";
  return {Verdict::Level::kDegraded, std::move(line)};
}

Readiness readiness(const Status* status, bool stopping) {
  Readiness out;
  const auto add = [&out](std::string_view name, std::string failure) { out.checks.push_back({name, base::printable(failure)}); };
  add("shutdown", stopping ? "the agent is shutting down" : "");
  if (status == nullptr) {
    add("first-sync", "the agent has not looked at anything yet");
  } else {
    const bool says_more = !status->not_ready.empty() && status->not_ready != status->fabrics_error;
    add("first-sync", status->synced ? "" : says_more ? status->not_ready : "the first sync is not done yet");
    add("configuration", configuration_failure(*status));
    add("kernel", status->fabrics_error);
  }
  out.ready = std::ranges::all_of(out.checks, [](const HealthCheck& check) { return check.failure.empty(); });
  return out;
}

std::string health_text(std::string_view endpoint, const std::vector<HealthCheck>& checks, bool verbose) {
  std::string out;
  bool well = true;
  for (const HealthCheck& check : checks) {
    well = well && check.failure.empty();
    if (verbose) out += check.failure.empty() ? "[+]" + std::string(check.name) + " ok\n" : "[-]" + std::string(check.name) + " failed: " + check.failure + "\n";
    else if (!check.failure.empty()) out += check.failure + "\n";
  }
  if (verbose) return out + std::string(endpoint) + (well ? " check passed\n" : " check failed\n");
  return well ? "ok\n" : out;
}

std::string about(base::Duration duration) {
  if (duration <= 0s) return "0 s";
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  if (ms < 1000) return std::to_string(ms) + " ms";
  const auto s = (ms + 500) / 1000;
  if (s < 120) return std::to_string(s) + " s";
  if (s < 120 * 60) return std::to_string(s / 60) + " min";
  if (s < 48 * 3600) return std::to_string(s / 3600) + " h";
  return std::to_string(s / 86400) + " d";
}

}  // namespace cmd
