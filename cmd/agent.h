// The composition root: makes the loop, the controller and everything around it, and owns each of them. Wires events
// to the controller's inputs; decides nothing itself.
#pragma once

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/async.h"
#include "cmd/change_log.h"
#include "cmd/cluster_link.h"
#include "cmd/device_watch.h"
#include "cmd/http_server.h"
#include "cmd/kernel_adapter.h"
#include "cmd/lock.h"
#include "cmd/memory_adapter.h"
#include "cmd/network_adapter.h"
#include "cmd/sd_notify.h"
#include "cmd/sessions_adapter.h"
#include "cmd/site.h"
#include "config/agent_config.h"
#include "config/directory.h"
#include "nvme/host_facts.h"
#include "nvme/uevent.h"
#include "reconcile/controller.h"

namespace cmd {

struct AgentOptions {
  config::LoadedConfig loaded{};
  std::function<base::Result<config::LoadedConfig>()> reload{};  ///< SIGHUP; none: settings stay
  bool acts{true};    ///< false: looks and discovers, but writes neither to the kernel nor to any file (`plan`)
  bool serves{true};  ///< false: one shot: no lock, no HTTP, no watching, no signals
  std::optional<config::Intent> intent{};  ///< one shot: this instead of the directory
  ServiceManager service{};                ///< whom to tell how the service is doing
  config::Environment environment{};       ///< none: outside any cluster
  config::NodeFacts node{};                ///< one shot: what serve asks the cluster
};

class Agent {
 public:
  explicit Agent(AgentOptions options);
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  /// Lock, directories, listeners, first inputs. What fails here ends the program, said once by the caller.
  base::Result<void> start();
  /// Runs until a signal ends it. Ends the process itself where a worker is stuck in the kernel.
  void serve();
  /// Runs until every endpoint answered or failed and nothing is under way; false when `limit` came first.
  /// Ends the sessions in order then, unless run_until_signal() follows.
  bool run_until_settled(base::Duration limit, bool then_goes_on = false);
  /// One shot, afterwards: goes on until SIGINT or SIGTERM.
  void run_until_signal();

  reconcile::Controller& controller() { return *controller_; }
  KernelAdapter& kernel() { return kernel_; }
  /// Joining the workers would wait for the kernel, a name server or the cluster's API server.
  bool stuck() const { return kernel_.busy() || network_.busy() || files_busy_ || !memory_.idle() || (cluster_ && cluster_->busy()); }

 private:
  const config::AgentConfig& config() const { return options_.loaded.config; }
  base::Result<void> open_for_serving();
  void make_controller();
  void end_sessions();
  void detect_services();
  base::TimePoint pass();
  void published(const reconcile::StatusPtr& status);
  void hand_over();
  void read_directories();
  void directory_read(base::Result<config::Intent> intent);
  bool is_news(std::string text);
  void log_new(const std::vector<config::Diagnostic>& diagnostics);
  void read_host_facts();
  void host_facts_read(const nvme::HostFacts& facts);
  void purge_logs();
  void watch_directories();
  void directory_settled(const std::string& directory, const std::set<std::string>& names);
  void watch_kernel();
  void join_cluster();
  void labels_read(base::Result<Labels> labels);
  void beat();
  void tell(const base::Result<void>& told);
  void look_again_later();
  void wait_for_signal();
  void take_signal(int number);
  void reload();
  void begin_stop(int number);
  void wait_for_stop(base::TimePoint deadline);

  AgentOptions options_;
  asio::io_context loop_{1};
  std::unique_ptr<asio::thread_pool> files_;
  SessionsAdapter sessions_;
  KernelAdapter kernel_;
  NetworkAdapter network_;
  MemoryAdapter memory_;
  std::unique_ptr<reconcile::Controller> controller_{};
  base::PacedWork passes_;
  asio::steady_timer beat_timer_;
  asio::steady_timer resync_timer_;
  asio::steady_timer stop_timer_;
  asio::signal_set signals_;
  std::optional<HostLock> lock_{};
  std::shared_ptr<Heartbeat> heartbeat_;
  std::unique_ptr<Site> site_{};
  std::unique_ptr<HttpServer> http_{};
  reconcile::StatusPtr unserved_{};  ///< the newest snapshot, until the HTTP thread has it
  bool serving_under_way_{false};
  std::vector<std::unique_ptr<config::DirectoryWatcher>> directory_watchers_{};
  std::unique_ptr<DeviceWatch> device_watch_{};
  std::unique_ptr<nvme::UeventListener> uevents_{};
  std::unique_ptr<ClusterLink> cluster_{};

  config::Intent intent_{};
  config::NodeFacts node_{};
  bool files_busy_{false};
  bool read_again_{false};
  std::set<std::string> unsettled_{};  ///< files that a writer has open
  std::set<std::string> said_{};
  ChangeLog changes_{};
  FailureLog failures_{};
  base::TimePoint fed_at_{};        ///< the service manager's watchdog
  std::string told_status_{};
  bool stopping_{false};
  std::function<bool()> done_{};  ///< one shot: asked after each pass
};

/// Flushes logs and standard output and ends the process at once, without waiting for any thread.
[[noreturn]] void leave(int status);

}  // namespace cmd
