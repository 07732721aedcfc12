// What no agent may ever do, whatever happens around it. Stands between the agent and the fakes, sees every call and every
// outcome, and keeps its own account of them. Each rule has a name, with which its violation begins; tests/scenario/README.md
// lists them. Changes nothing of what it sees.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconcile/controller.h"
#include "tests/fakes/kernel.h"
#include "tests/fakes/knowledge.h"
#include "tests/fakes/timeline.h"

namespace fakes {

class Rules final : public reconcile::Inbox,
                    public reconcile::Sessions,
                    public reconcile::Kernel,
                    public reconcile::Network {
 public:
  Rules(Timeline& time, reconcile::Sessions& sessions, FakeKernel& kernel, reconcile::Network& network)
      : time_(time), sessions_(sessions), kernel_(kernel), network_(network) {}

  void agent_started(reconcile::Controller& agent, const reconcile::Settings& settings, const std::string& hostnqn,
                     const config::Remembered& remembered);
  void agent_gone() { agent_ = nullptr; }
  void config_told(const base::Result<config::Intent>& intent);
  void told_to_reread();  ///< HUP: timers of holds are forgotten
  void before_pass();
  void after_pass();
  std::vector<std::string> violations{};

  // What the agent calls.
  void start(const reconcile::EndpointId& id, const nvme::SessionOptions& options) override;
  void stop(const reconcile::EndpointId& id) override;
  void reread(const reconcile::EndpointId& id) override { sessions_.reread(id); }
  void read_features() override { kernel_.read_features(); }
  void connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures& features) override;
  void scan() override;
  void look(const std::string& device) override { kernel_.look(device); }
  void probe(const nvme::TransportId& portal, const nvme::PreflightOptions& options) override;
  void resolve(const std::string& host) override { network_.resolve(host); }

  // What comes back.
  void session_up(const reconcile::EndpointId& id, const nvme::ControllerInfo& info) override;
  void session_log(const reconcile::EndpointId& id, nvme::LogPage page) override;
  void session_event(const reconcile::EndpointId& id) override;
  void session_keep_alive(const reconcile::EndpointId& id, std::chrono::nanoseconds round_trip) override;
  void session_down(const reconcile::EndpointId& id, base::Error error) override;
  void features_read(base::Result<nvme::FabricsFeatures> features) override;
  void connect_started(const reconcile::Path& path) override;
  void connect_ended(const reconcile::Path& path, base::Result<nvme::ConnectedController> result,
                     base::Duration took) override;
  void scanned(nvme::SysfsSnapshot snapshot) override;
  void device_read(const std::string& device, std::optional<nvme::Controller> controller) override;
  void probed(const nvme::TransportId& portal, base::Result<std::chrono::nanoseconds> result) override;
  void resolved(const std::string& host, base::Result<std::vector<nvme::IpAddress>> addresses) override;

 private:
  /// Tries of one thing: the wait after the nth failure is at least 0.8 × 1 s × 2^(n-1), up to 40 s; after the nth refusal in a row
  /// that only new input mends at least 0.8 × 10 s × 2^(n-1), up to 40 s, however many other failures came before.
  struct Tries {
    int failures{0};
    int refusals{0};
    base::TimePoint ended_at{};  ///< of the last try, or since when it is up
    bool up{false};              ///< the last try went well, and it has not been seen to end
    bool excused{true};          ///< something happened that allows the next try at once
    base::TimePoint counted_from{};
    int count{0};  ///< of tries since then
  };
  struct PortalAccount {
    Tries probes{};
    bool answers{false};
    bool held{false};  ///< the last connect there held the kernel and failed
    base::TimePoint answered_at{};
    base::TimePoint forced_until{};  ///< 5 minutes after it was, less where the kernel was held and not met with silence
    base::TimePoint hung_until{};  ///< what held the kernel waits five times as long as it did, 5 minutes at most, and where it was silent
  };
  void fail(std::string what) { violations.push_back(std::move(what)); }
  base::TimePoint earliest(const Tries& tries) const;
  void saw(const nvme::Controller& controller);
  void saw_not_live(const reconcile::Path& path);
  void saw_gone(const reconcile::Path& path);
  static void count_failure(Tries& tries, const base::Error& error);
  void check_view(const reconcile::DesiredState& desired);
  void check_once(const reconcile::Plan& plan);
  void check_connects(const reconcile::Plan& plan, const reconcile::DesiredState& desired);
  void check_portal(const reconcile::ConnectPath& action, bool alone);
  void check_try(const reconcile::Path& path);
  void check_reasons(const reconcile::Plan& plan, const reconcile::DesiredState& desired);
  void check_states();
  void forget_the_unwanted(const reconcile::DesiredState& desired);

  Timeline& time_;
  reconcile::Sessions& sessions_;
  FakeKernel& kernel_;
  reconcile::Network& network_;
  reconcile::Controller* agent_{nullptr};
  reconcile::Settings settings_{};
  Knowledge knowledge_{};
  std::map<reconcile::Path, Tries> paths_{};
  std::map<reconcile::EndpointId, Tries> services_{};
  std::map<nvme::TransportId, PortalAccount> portals_{};
  std::map<nvme::TransportId, base::TimePoint> heard_{};  ///< discovery sessions that are up
  std::set<reconcile::EndpointId> running_{};
  std::set<reconcile::EndpointId> stopping_{};
  std::set<reconcile::Path> in_flight_{};
  std::set<reconcile::Path> sent_{};                              ///< in this pass
  std::map<std::string, std::set<reconcile::Path>> seen_live_{};  ///< by device: what sysfs once showed as live
  struct Life {
    std::string device{};
    base::TimePoint since{};
    bool live{true};  ///< by what the agent was last told
  };
  std::map<reconcile::Path, Life> lives_{};       ///< what the kernel has and was live once, whoever connected it
  std::set<std::string> looked_{};                ///< devices told of since the scan began: that is no older
  std::map<reconcile::Path, base::TimePoint> returned_{};  ///< connects that ended so that the kernel has it; no scan began since
  base::TimePoint scan_began_{};
  std::vector<std::pair<std::string, bool>> before_{};            ///< the kernel's controllers; live
};

}  // namespace fakes
