// A kernel that remembers: one mutex for connects, controllers with states, EALREADY, reconnects,
// ctrl_loss_tmo, uevents. It also keeps watch: `violations` names every connect that the agent must never
// send.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcile/held_portals.h"
#include "reconcile/ports.h"
#include "tests/fakes/fabric.h"
#include "tests/fakes/timeline.h"

namespace fakes {

class FakeKernel final : public reconcile::Kernel {
 public:
  FakeKernel(Timeline& time, Fabric& fabric) : time_(time), fabric_(fabric) {}

  // What the agent calls.
  void read_features() override;
  void connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures& features) override;
  void scan() override;
  void look(const std::string& device) override;

  // What a test arranges.
  reconcile::Inbox* inbox{nullptr};                  ///< null while no agent runs
  std::function<void(const std::string&)> uevent{};  ///< null: events get lost
  bool has_fabrics{true};
  base::Duration connect_takes{std::chrono::milliseconds(50)};
  base::Duration scan_takes{std::chrono::milliseconds(5)};
  base::Duration look_takes{std::chrono::milliseconds(1)};
  base::Duration notices_loss_after{std::chrono::seconds(5)};  ///< keep alive
  base::Duration reconnect_every{std::chrono::seconds(10)};
  std::optional<int> ctrl_loss_tmo{};  ///< instead of the one asked for

  void refuse(const std::string& host_port, int times, base::Error error) {
    refusals_[host_port] = {times, std::move(error)};
  }
  std::set<std::string> vanishing{};  ///< controllers of these portals are gone as soon as they are made
  /// Connects there do not return until release().
  void block(const std::string& host_port) { blocked_.insert(host_port); }
  void release(const std::string& host_port);
  /// Releases and forgets everything that was arranged with connects.
  void mend();
  /// Empty where the kernel refuses it: it has that controller, or that host as another.
  std::string connect_by_hand(const std::string& host_port, const std::string& subnqn,
                              const std::string& hostnqn, const std::string& hostid);
  void remove(const std::string& device);
  void change(const std::string& device,
              const std::function<void(nvme::Controller&)>& how);  ///< without an event
  /// Its controllers lose their connection where their subsystem is not there any more.
  void portal_changed(const std::string& host_port);
  /// The agent was killed: its queued connects are gone, the one under way goes on without it.
  void agent_gone();

  // What a test asks.
  const std::vector<nvme::Controller>& controllers() const { return controllers_; }
  std::vector<std::string> live() const;             ///< "nqn at address:port", sorted
  int attempts(const std::string& host_port) const;  ///< connects that reached the kernel there
  int scans() const { return scans_; }
  int looks() const { return looks_; }
  const std::vector<std::string>& order() const {
    return order_;
  }  ///< connects in the order they were written
  std::vector<std::string> violations{};

 private:
  struct Request {
    nvme::ConnectOptions options;
    std::uint64_t life;
    base::TimePoint queued_at;
  };
  void work();
  void end_after(base::Duration takes);  ///< the connect under way
  void finish(const Request& request, base::Result<nvme::ConnectedController> result, base::TimePoint began);
  base::Result<nvme::ConnectedController> outcome(const Request& request);
  nvme::Controller& create(const reconcile::Path& path, const std::string& hostid,
                           std::optional<int> loss_tmo);
  bool has_already(const reconcile::Path& path, const std::string& hostid) const;
  bool knows_host_otherwise(const std::string& hostnqn, const std::string& hostid) const;
  nvme::Controller* by_device(const std::string& device);
  void lose(int instance, std::uint64_t birth);
  void retry(int instance, std::uint64_t birth, base::TimePoint lost_at);
  void tell(const std::string& device);

  Timeline& time_;
  Fabric& fabric_;
  std::vector<nvme::Controller> controllers_{};
  std::map<int, std::uint64_t> births_{};  ///< tells a controller from a later one with its number
  std::uint64_t birth_{0};
  std::deque<Request> queue_{};
  reconcile::HeldPortals held_{};
  std::optional<Request> busy_{};
  base::TimePoint busy_since_{};
  std::uint64_t life_{1};  ///< of the agent
  std::set<std::string> blocked_{};
  std::map<std::string, std::pair<int, base::Error>> refusals_{};
  std::map<std::string, int> attempts_{};
  std::set<std::uint64_t> shown_{};  ///< births of the controllers that the agent was told of
  std::vector<std::string> order_{};
  int scans_{0};
  int looks_{0};
  bool scanning_{false};
};

}  // namespace fakes
