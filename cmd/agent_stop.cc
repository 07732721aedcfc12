// Signals: TERM, INT and QUIT end the agent within two seconds, HUP reads everything again. Nothing is disconnected.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "cmd/agent.h"
#include "cmd/cpu_profile.h"
#include "cmd/joined.h"
#include "cmd/logging.h"
#include "cmd/settings_from_config.h"
#include "cmd/verdict.h"
#include "cmd/version.h"

namespace cmd {
namespace {

constexpr base::Duration kStopLimit = std::chrono::milliseconds(1500);  // sessions take 500 ms; 2 s are promised
constexpr base::Duration kKernelHoldsAWrite = std::chrono::seconds(65);  // 60.6 s were seen: an admin command's time-out
constexpr base::Duration kStopPoll = std::chrono::milliseconds(10);
constexpr int kSignalExit = 128;  // as shells say it

const char* signal_name(int number) {
  switch (number) {
    case SIGTERM: return "SIGTERM";
    case SIGINT: return "SIGINT";
    case SIGQUIT: return "SIGQUIT";
    case SIGHUP: return "SIGHUP";
    default: return "signal";
  }
}

/// Keys that are read at start only, and differ.
std::string needs_restart(const config::AgentConfig& before, const config::AgentConfig& after) {
  std::string out;
  const auto add = [&out](bool differs, const char* key) {
    if (differs) out += (out.empty() ? "" : " ") + std::string(key);
  };
  add(before.cores != after.cores, "cores");
  add(before.internal_dir != after.internal_dir, "internalDir");
  add(before.run_dir != after.run_dir, "runDir");
  add(before.fabrics_device != after.fabrics_device, "fabricsDevice");
  add(before.sysfs_root != after.sysfs_root, "sysfsRoot");
  add(!(before.debug == after.debug), "debug");
  add(!(before.kubernetes == after.kubernetes), "kubernetes");
  return out;
}

}  // namespace

void leave(int status) {
  flush_logs();
  std::fflush(nullptr);
  ::_exit(status);
}

void Agent::wait_for_signal() {
  asio::error_code ignored;
  for (const int number : {SIGTERM, SIGINT, SIGQUIT, SIGHUP}) signals_.add(number, ignored);
  signals_.async_wait([this](const asio::error_code& error, int number) {
    if (error) return;
    wait_for_signal();
    take_signal(number);
  });
}

void Agent::take_signal(int number) {
  if (number == SIGHUP) {
    if (!stopping_) reload();
    return;
  }
  if (stopping_) {
    warn("a second signal: ending at once", {kv("signal", signal_name(number))});
    leave(kSignalExit + number);
  }
  begin_stop(number);
}

void Agent::reload() {
  info("reading everything again", {kv("signal", "SIGHUP")});
  tell(options_.service.reloading(base::Clock::now()));
  said_.clear();
  if (options_.reload) {
    base::Result<config::LoadedConfig> loaded = options_.reload();
    if (!loaded) {
      error("settings not read; the old ones stay", {kv("error", loaded.error())});
      options_.loaded.diagnostics.assign(1, config::Diagnostic{{}, config::Severity::kError, "settings not read; the old ones stay: " + loaded.error().message});
    } else {
      if (const std::string keys = needs_restart(config(), loaded->config); !keys.empty()) {
        warn("some settings take effect after a restart", {kv("keys", keys)});
      }
      options_.loaded = std::move(*loaded);
      if (base::Result<void> set = set_up_logging(config().logging); !set) error("logging", {kv("error", set.error())});
      log_new(options_.loaded.diagnostics);
      controller_->settings_changed(settings_from(config()));
      watch_directories();
      look_again_later();
    }
  }
  const config::HostDefaults host = config::read_host_defaults(config(), true);
  log_new(host.diagnostics);
  controller_->host_read(host);
  read_directories();
  read_host_facts();
  controller_->reread_everything();
  tell(options_.service.ready(told_status_));
}

void Agent::begin_stop(int number) {
  info("stopping; controllers stay connected", {kv("signal", signal_name(number))});
  stopping_ = true;
  tell(options_.service.stopping("stopping; controllers stay connected"));
  if (http_) http_->post([site = site_.get()] { site->stopping(); });
  if (cluster_) cluster_->stop();
  passes_.cancel();
  resync_timer_.cancel();
  directory_watchers_.clear();
  device_watch_.reset();
  uevents_.reset();
  kernel_.close();
  controller_->shut_down();
  wait_for_stop(base::Clock::now() + kStopLimit);
}

void Agent::wait_for_stop(base::TimePoint deadline) {
  if ((sessions_.idle() && memory_.idle()) || base::Clock::now() >= deadline) {
    loop_.stop();
    return;
  }
  stop_timer_.expires_after(kStopPoll);
  stop_timer_.async_wait([this, deadline](const asio::error_code& error) {
    if (!error) wait_for_stop(deadline);
  });
}

void Agent::serve() {
  info("agent started", {kv("version", kVersion), kv("pid", ::getpid()), kv("clientConfigDir", joined(config().client_config_dirs, ",")),
                         kv("http", config().debug.endpoint.empty() ? std::string("none") : config().debug.endpoint)});
  CpuProfile::watch_this_thread();
  // Ready means "on duty": it must not wait for remote services, or an outage would fail the unit's start.
  tell(options_.service.ready("first sync under way"));
  loop_.run();
  http_.reset();
  if (const std::optional<KernelAdapter::Write> write = kernel_.write_under_way()) {
    warn("the kernel holds a connect; it may finish after the agent is gone",
         {kv("path", to_string(write->path)), kv("since", about(base::Clock::now() - write->since))});
    tell(options_.service.extend_timeout(kKernelHoldsAWrite));
  }
  if (!sessions_.idle()) warn("some discovery services did not answer the shutdown", {});
  info("stopped");
  if (stuck()) leave(0);
}

}  // namespace cmd
