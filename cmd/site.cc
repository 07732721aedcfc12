// Short answers at once; the long ones are rendered on the second thread, at most once a second for one snapshot,
// so that a thousand scrapers cost one rendering.
#include "cmd/site.h"

#include "cmd/cpu_profile.h"
#include "cmd/metrics.h"
#include "cmd/page.h"
#include "cmd/profiling.h"
#include "cmd/status_json.h"
#include "cmd/verdict.h"
#include "cmd/version.h"

namespace cmd {
namespace {

constexpr base::Duration kRenderedGoodFor = std::chrono::seconds(1);
constexpr const char* kJson = "application/json; charset=utf-8";
constexpr const char* kMetricsText = "text/plain; version=0.0.4; charset=utf-8";

HttpResponse json_response(std::string text) {
  HttpResponse response = text_response(200, std::move(text));
  response.content_type = kJson;
  return response;
}

/// "verbose" among the query's words, with or without a value.
bool wants_verbose(std::string_view query) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view word = query.substr(0, end);
    if (word.substr(0, word.find('=')) == "verbose") return true;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return false;
}

}  // namespace

struct Site::Rendered {
  struct Page {
    std::weak_ptr<const reconcile::Status> of{};  ///< nobody keeps a snapshot for a text that is there already
    bool ready{false};
    base::TimePoint at{};
    std::shared_ptr<const std::string> body{};
  };
  std::array<Page, kLongAnswers> pages{};
};

Site::Site(std::shared_ptr<const Heartbeat> heartbeat, bool metrics, bool profiling)
    : heartbeat_(std::move(heartbeat)), metrics_(metrics), profiling_(profiling), rendered_(std::make_shared<Rendered>()) {}
Site::~Site() = default;

void Site::publish(reconcile::StatusPtr status) { status_ = std::move(status); }

HttpRender Site::render(LongAnswer which) const {
  const bool ready = readiness(status_.get(), stopping_).ready;
  return [rendered = rendered_, status = status_, ready, which] {
    const base::TimePoint now = base::Clock::now();
    Rendered::Page& page = rendered->pages[which];
    if (page.of.lock() != status || page.ready != ready || !page.body || now - page.at > kRenderedGoodFor) {
      const base::Duration elapsed = status ? now - status->now : base::Duration{};
      std::string text;
      switch (which) {
        case kMetrics: text = metrics_text(status.get(), elapsed, ready, read_process_usage()); break;
        case kStatus: text = dump(status_json(*status, elapsed)) + "\n"; break;
        case kEvents: text = dump(events_json(*status->history)) + "\n"; break;
      }
      page = {status, ready, now, std::make_shared<const std::string>(std::move(text))};
    }
    HttpResponse response;
    response.content_type = which == kMetrics ? kMetricsText : kJson;
    response.body = page.body;
    return response;
  };
}

/// /debug/pprof/…, as Go's net/http/pprof spells it.
HttpResponse Site::profile(const HttpRequest& request) const {
  if (!profiling_) return text_response(404, "profiles are switched off (debug.enablepprof)\n");
  if (!is_loopback_peer(request.peer)) return text_response(403, "profiles are for this host only: taking one costs it time\n");
  if (!is_local_host_header(request.host)) return text_response(403, "ask by address or as localhost\n");
  const auto refused = [](int status, const base::Error& error) { return text_response(status, error.message + "\n"); };
  const auto bytes = [](std::string profile) {
    HttpResponse response = text_response(200, std::move(profile));
    response.content_type = "application/octet-stream";
    return response;
  };
  if (request.path == "/debug/pprof/heap") {
    base::Result<std::string> heap = heap_profile();
    return heap ? bytes(std::move(*heap)) : refused(501, heap.error());
  }
  if (request.path != "/debug/pprof/profile") return text_response(request.path == "/debug/pprof/" ? 200 : 404, "/debug/pprof/profile?seconds=30 /debug/pprof/heap\n");
  const base::Result<std::chrono::seconds> duration = profile_duration(request.query);
  if (!duration) return refused(400, duration.error());
  base::Result<CpuProfile> started = CpuProfile::start();
  if (!started) return refused(503, started.error());
  HttpResponse response;
  response.later = *duration;
  response.finish = [running = std::make_shared<CpuProfile>(std::move(*started)), bytes] { return bytes(running->finish()); };
  return response;
}

std::variant<HttpResponse, HttpRender> Site::answer(const HttpRequest& request) {
  if (request.path == "/livez" || request.path == "/healthz") {
    const base::Duration silence = heartbeat_->silence(base::Clock::now());
    const bool moves = silence <= kLivenessLimit;
    const std::vector<HealthCheck> checks{{"loop", moves ? "" : "the event loop has not moved for " + about(silence)}};
    return text_response(moves ? 200 : 503, health_text(std::string_view(request.path).substr(1), checks, wants_verbose(request.query)));
  }
  if (request.path == "/readyz") {
    const Readiness ready = readiness(status_.get(), stopping_);
    return text_response(ready.ready ? 200 : 503, health_text("readyz", ready.checks, wants_verbose(request.query)));
  }
  if (request.path == "/version") {
    nlohmann::ordered_json version = nlohmann::ordered_json::object();
    version["version"] = kVersion;
    version["compiler"] = __VERSION__;
    return json_response(dump(version) + "\n");
  }
  if (request.path == "/metrics") {
    if (!metrics_) return text_response(404, "metrics are switched off (debug.metrics)\n");
    return render(kMetrics);
  }
  if (request.path == "/status" || request.path == "/events") {
    if (!is_loopback_peer(request.peer)) return text_response(403, request.path + " answers this host only: it names addresses, NQNs and files\n");
    if (!is_local_host_header(request.host)) return text_response(403, "ask by address or as localhost\n");
    if (!status_) return text_response(503, "the agent has not looked at anything yet\n");
    return render(request.path == "/status" ? kStatus : kEvents);
  }
  if (request.path.starts_with("/debug/pprof")) return profile(request);
  if (request.path == "/" && is_loopback_peer(request.peer) && is_local_host_header(request.host)) return page_response();
  if (request.path == "/") return text_response(200, "discovery-client: /status /events /metrics /healthz /livez /readyz /version\n");
  return text_response(404, "no such page; there are /status /events /metrics /healthz /livez /readyz /version\n");
}

}  // namespace cmd
