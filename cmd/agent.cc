// Construction and wiring; the loop's run; what an outside event leads to. Stopping is in agent_stop.cc.
#include "cmd/agent.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/file.h"
#include "cmd/logging.h"
#include "cmd/notices.h"
#include "cmd/rotating_log.h"
#include "cmd/settings_from_config.h"
#include "cmd/signals.h"
#include "cmd/verdict.h"
#include "cmd/target_flags.h"
#include "config/auto_detect.h"
#include "config/identity.h"
#include "nvme/host_facts.h"

namespace cmd {
namespace {

constexpr base::Duration kShutdownLimit = std::chrono::milliseconds(600);  // a session takes 500 ms at most

std::uint64_t random_seed() {
  const nvme::HostId id = random_host_id();
  std::uint64_t seed = 0;
  for (int i = 0; i < 6; ++i) seed = seed << 8 | id.bytes()[static_cast<std::size_t>(i)];
  return seed;
}

}  // namespace

Agent::Agent(AgentOptions options)
    : options_(std::move(options)),
      files_(make_workers(1)),
      sessions_(loop_),
      kernel_(loop_, {config().fabrics_device, config().sysfs_root, options_.acts}),
      network_(loop_),
      memory_(loop_, *files_, config().internal_dir, options_.acts),
      passes_(loop_.get_executor(), [this] { return pass(); }),
      beat_timer_(loop_),
      resync_timer_(loop_),
      stop_timer_(loop_),
      signals_(loop_),
      heartbeat_(std::make_shared<Heartbeat>()) {}

Agent::~Agent() { files_->join(); }

base::Result<void> Agent::start() {
  if (options_.serves) {
    if (base::Result<void> opened = open_for_serving(); !opened) return opened;
  }
  if (options_.acts) {
    if (base::Result<void> made = base::make_directories(config().internal_dir, 0755); !made) {
      warn("internalDir can't be made; a restart will know the files only", {kv("error", made.error())});
    }
  }
  if (options_.serves && options_.acts) detect_services();
  make_controller();
  config::HostDefaults host = config::read_host_defaults(config(), options_.acts);
  if (!options_.acts && !host.identity) {
    host.identity = random_identity();
    host.source = "made up for this run; serve would make and keep one";
  }
  log_new(options_.loaded.diagnostics);
  log_new(host.diagnostics);
  config::LoadedRemembered remembered = memory_.load();
  config::apply_freshness(remembered, config::changed_at(config().client_config_dirs));
  log_new(remembered.diagnostics);
  controller_->host_read(host);
  controller_->restore(remembered.remembered);
  join_cluster();
  if (options_.intent) {
    directory_read(*options_.intent);
  } else if (options_.serves) {
    watch_directories();
    read_directories();
  } else {
    base::Result<config::Intent> intent = config::read_intent(config(), node_);
    // serve makes a missing directory and finds it empty.
    if (!intent && intent.error().kind == base::ErrorKind::kNotFound) intent = config::Intent{};
    if (!intent) return base::Failure(std::move(intent.error()).with_context("clientConfigDir"));
    directory_read(std::move(intent));
  }
  if (options_.acts) watch_kernel();
  if (options_.serves) {
    read_host_facts();
    look_again_later();
    beat();
    wait_for_signal();
  }
  passes_.raise();
  return {};
}

base::Result<void> Agent::open_for_serving() {
  base::Result<HostLock> lock = HostLock::take(config().run_dir);
  if (!lock) return base::Failure(lock.error());
  lock_.emplace(std::move(*lock));
  for (const std::string& directory : config().client_config_dirs) {
    base::Result<void> made = base::make_directories(directory, 0755);
    if (!made) return base::Failure(std::move(made.error()).with_context("clientConfigDir"));
  }
  if (config().debug.endpoint.empty()) return {};
  const base::Result<HttpAddress> address = parse_http_address(config().debug.endpoint);
  if (!address) return base::Failure(base::Error(address.error()).with_context("debug.endpoint"));
  site_ = std::make_unique<Site>(heartbeat_, config().debug.metrics, config().debug.enable_pprof);
  auto answer = [site = site_.get()](const HttpRequest& request) { return site->answer(request); };
  base::Result<std::unique_ptr<HttpServer>> http = HttpServer::open(*address, {}, std::move(answer));
  if (!http) return base::Failure(http.error());
  http_ = std::move(*http);
  return {};
}

void Agent::make_controller() {
  reconcile::ControllerEvents events;
  events.wake = [this] { passes_.raise(); };
  events.wake_by = [this](base::TimePoint when) { passes_.raise_by(when); };
  events.now = [] { return base::Clock::now(); };
  events.wall = [] { return base::wall_now(); };
  events.publish = [this](const reconcile::StatusPtr& status) { published(status); };
  events.changed = [this](const reconcile::Change& change) {
    if (const std::optional<LogLine> line = changes_.line_for(change, base::Clock::now())) log(line->level, line->message, line->fields);
  };
  const reconcile::Ports ports{sessions_, kernel_, network_, memory_};
  reconcile::Settings settings = settings_from(config());
  // One shot: internal.json is the running agent's, and what it remembers is not what was asked for.
  if (options_.acts && !options_.serves) settings.keep_remembered = false;
  controller_ = std::make_unique<reconcile::Controller>(std::move(settings), ports, std::move(events), random_seed());
  sessions_.deliver_to(*controller_);
  kernel_.deliver_to(*controller_);
  network_.deliver_to(*controller_);
}

/// Everything that says what to connect is gone, but controllers are there: their addresses tell where to ask.
void Agent::detect_services() {
  if (!config().auto_detect.enabled || !config::nothing_configured(config().client_config_dirs, config().internal_dir)) return;
  const config::Detected detected = config::detect_endpoints(nvme::Sysfs(config().sysfs_root).scan(), config().auto_detect);
  if (detected.endpoints.empty()) return;
  const base::Result<std::string> path = config::write_detected(detected, config());
  if (path) info("no configuration, but controllers: discovery services assumed on their addresses", {kv("file", *path), kv("endpoints", detected.endpoints.size())});
  else warn("discovery services were detected from controllers, and can't be written down", {kv("error", path.error())});
}

base::TimePoint Agent::pass() {
  if (stopping_) return base::kNever;
  const base::TimePoint now = base::Clock::now();
  heartbeat_->beat(now);
  const base::TimePoint next = controller_->pass(now);
  if (done_ && done_()) loop_.stop();
  return next;
}

void Agent::published(const reconcile::StatusPtr& status) {
  for (const LogLine& line : failures_.lines_for(*status)) log(line.level, line.message, line.fields);
  unserved_ = status;
  hand_over();
  if (cluster_) cluster_->publish(status);
  if (!options_.service.listens() || stopping_) return;
  std::string line = verdict(*status).line;
  if (line == told_status_) return;
  told_status_ = std::move(line);
  tell(options_.service.status(told_status_));
}

/// One snapshot at a time: a thread that gets no turn for a while finds the newest one then, not a queue of all.
void Agent::hand_over() {
  if (!http_ || serving_under_way_ || !unserved_) return;
  serving_under_way_ = true;
  http_->post([this, status = std::exchange(unserved_, nullptr)]() mutable {
    site_->publish(std::move(status));
    asio::post(loop_, [this] {
      serving_under_way_ = false;
      hand_over();
    });
  });
}

void Agent::read_directories() {
  if (files_busy_) {
    read_again_ = true;
    return;
  }
  files_busy_ = true;
  auto work = [config = config(), node = node_, last = intent_, unsettled = unsettled_] { return config::read_intent(config, node, last, unsettled); };
  auto done = [this](base::Result<config::Intent> intent) {
    files_busy_ = false;
    directory_read(std::move(intent));
    if (std::exchange(read_again_, false)) read_directories();
  };
  base::run_on(*files_, loop_.get_executor(), std::move(work), std::move(done));
}

void Agent::directory_read(base::Result<config::Intent> intent) {
  if (!intent) {
    if (is_news(intent.error().message)) {
      warn("configuration not read; what was known stays", {kv("error", intent.error())});
    }
    controller_->config_read(std::move(intent));
    return;
  }
  if (!(*intent == intent_)) {
    info("configuration read", {kv("files", intent->files), kv("endpoints", intent->endpoints.size()), kv("diagnostics", intent->diagnostics.size())});
  }
  intent_ = *intent;
  log_new(intent->diagnostics);
  intent->diagnostics.insert(intent->diagnostics.begin(), options_.loaded.diagnostics.begin(), options_.loaded.diagnostics.end());
  controller_->config_read(std::move(intent));
}

/// A thousand texts are remembered; then all are forgotten, since saying one twice is better than growing for ever.
bool Agent::is_news(std::string text) {
  constexpr std::size_t kSaidKept = 1000;
  if (said_.size() >= kSaidKept) said_.clear();
  return said_.insert(std::move(text)).second;
}

void Agent::log_new(const std::vector<config::Diagnostic>& diagnostics) {
  for (const config::Diagnostic& diagnostic : diagnostics) {
    if (!is_news(to_string(diagnostic))) continue;
    log(diagnostic.severity == config::Severity::kError ? LogLevel::kError : LogLevel::kWarn, "configuration",
        {kv("where", to_string(diagnostic.where)), kv("says", diagnostic.message)});
  }
}

void Agent::read_host_facts() {
  const nvme::HostPlaces places{.fabrics_device = config().fabrics_device, .sysfs_root = config().sysfs_root};
  auto work = [places] { return nvme::read_host_facts(places, ::getpid()); };
  auto done = [this](const nvme::HostFacts& facts) { host_facts_read(facts); };
  base::run_on(*files_, loop_.get_executor(), std::move(work), std::move(done));
}

void Agent::purge_logs() {
  auto work = [logging = config().logging] { return purge_rotated(logging.filename, logging.max_age, base::wall_now()); };
  base::run_on(*files_, loop_.get_executor(), std::move(work), [](int) {});
}

void Agent::host_facts_read(const nvme::HostFacts& facts) {
  const std::string_view multipath = !facts.native_multipath ? "unknown" : *facts.native_multipath ? "on" : "off";
  const Fields fields{kv("kernel", facts.kernel_release), kv("nvme_tcp", to_string(facts.nvme_tcp)), kv("native_multipath", multipath)};
  if (is_news(log_text("host", fields))) info("host", fields);
  const std::vector<std::string> notices = notices_of(facts);
  for (const std::string& notice : notices) {
    if (is_news(notice)) warn("host", {kv("says", notice)});
  }
  controller_->set_notices(notices);
}

void Agent::watch_directories() {
  directory_watchers_.clear();
  unsettled_.clear();
  const auto settle = std::chrono::duration_cast<std::chrono::milliseconds>(config().settle);
  for (const std::string& directory : config().client_config_dirs) {
    auto settled = [this, directory](const std::set<std::string>& names) { directory_settled(directory, names); };
    auto watcher = config::DirectoryWatcher::open(loop_.get_executor(), directory, settle, std::move(settled));
    if (watcher) directory_watchers_.push_back(std::move(*watcher));
    else warn("a directory of clientConfigDir is not watched; it is read again every resyncInterval", {kv("error", watcher.error())});
  }
}

/// `names`: what a writer still has open in that directory.
void Agent::directory_settled(const std::string& directory, const std::set<std::string>& names) {
  const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  std::erase_if(unsettled_, [&](const std::string& file) { return file.starts_with(prefix); });
  for (const std::string& name : names) unsettled_.insert(prefix + name);
  read_directories();
}

void Agent::watch_kernel() {
  auto on_event = [this](const nvme::Uevent& event) { controller_->device_changed(event.device); };
  auto on_overrun = [this] { controller_->events_lost(); };
  auto listener = nvme::UeventListener::open(loop_.get_executor(), std::move(on_event), std::move(on_overrun));
  if (listener) uevents_ = std::move(*listener);
  else warn("no kernel events; sysfs is looked at now and then instead", {kv("error", listener.error())});
  auto device_changed = [this] {
    kernel_.read_features();
    read_host_facts();
  };
  auto watch = DeviceWatch::open(loop_, config().fabrics_device, std::move(device_changed));
  if (watch) device_watch_ = std::move(*watch);
  else debug("the fabrics device is not watched", {kv("error", watch.error())});
}

void Agent::join_cluster() {
  node_ = options_.node;
  if (!options_.environment) return;
  node_.name = options_.environment("NODE_NAME").value_or("");
  auto on_labels = [this](base::Result<Labels> labels) { labels_read(std::move(labels)); };
  base::Result<std::unique_ptr<ClusterLink>> link = ClusterLink::open(loop_, config().kubernetes, options_.environment, random_seed(), std::move(on_labels));
  if (!link) {
    node_.why_no_labels = no_labels_text(link.error());
    const bool wrong = link.error().kind != base::ErrorKind::kUnsupported;
    const bool in_a_pod = options_.environment("KUBERNETES_SERVICE_HOST") && config().kubernetes.enabled;
    log(wrong ? LogLevel::kWarn : in_a_pod ? LogLevel::kInfo : LogLevel::kDebug, "Kubernetes is not told anything", {kv("why", link.error())});
    return;
  }
  cluster_ = std::move(*link);
  node_.labels_may_come = config().kubernetes.node_labels;
  node_.why_no_labels = node_.labels_may_come ? "the node's labels have been asked for" : "kubernetes.nodeLabels is false";
}

void Agent::labels_read(base::Result<Labels> labels) {
  if (stopping_) return;
  node_.labels_may_come = false;
  if (labels) node_.labels = std::move(*labels);
  else node_.why_no_labels = no_labels_text(labels.error());
  read_directories();
}

void Agent::beat() {
  const base::TimePoint now = base::Clock::now();
  heartbeat_->beat(now);
  for (const LogLine& line : changes_.due(now)) log(line.level, line.message, line.fields);
  const std::optional<base::Duration> period = options_.service.watchdog_period();
  if (period && now - fed_at_ >= std::max(*period - kBeat, base::Duration::zero())) {
    fed_at_ = now;
    tell(options_.service.alive());
  }
  beat_timer_.expires_after(period ? std::min<base::Duration>(kBeat, *period) : kBeat);
  beat_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) beat();
  });
}

void Agent::tell(const base::Result<void>& told) {
  if (!told && is_news(told.error().message)) warn("the service manager does not listen", {kv("error", told.error())});
}

void Agent::look_again_later() {
  resync_timer_.expires_after(config().resync_interval);
  resync_timer_.async_wait([this](const asio::error_code& error) {
    if (error || stopping_) return;
    if (directory_watchers_.size() < config().client_config_dirs.size()) watch_directories();
    read_directories();
    read_host_facts();
    purge_logs();
    ::malloc_trim(0);  // what thousands of paths needed while they changed goes back to the system
    look_again_later();
  });
}

void Agent::run_until_signal() {
  done_ = nullptr;
  stop_timer_.cancel();
  asio::error_code ignored;
  for (const int number : {SIGINT, SIGTERM}) signals_.add(number, ignored);
  signals_.async_wait([this](const asio::error_code& error, int) {
    if (!error) loop_.stop();
  });
  loop_.restart();
  passes_.raise();
  loop_.run();
  end_sessions();
}

bool Agent::run_until_settled(base::Duration limit, bool then_goes_on) {
  done_ = [this] { return controller_->settled(); };
  stop_timer_.expires_after(limit);
  stop_timer_.async_wait([this](const asio::error_code& error) {
    if (!error) loop_.stop();
  });
  loop_.run();
  const bool settled = controller_->settled();
  if (!then_goes_on) end_sessions();
  return settled;
}

void Agent::end_sessions() {
  stopping_ = true;
  kernel_.close();
  controller_->shut_down();
  loop_.restart();
  wait_for_stop(base::Clock::now() + kShutdownLimit);
  loop_.run();
}

}  // namespace cmd
