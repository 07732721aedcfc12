// A kernel in memory, in virtual time: one worker that connects in order, controllers with states, a purge
// after ctrl_loss_tmo, and rules for what goes wrong. It remembers what was asked of it, so that tests tell a
// story. Nothing happens inside a call: outcomes are delivered by run_until().
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "reconcile/ports.h"

namespace fakes {

using base::Duration;
using base::TimePoint;
using nvme::Path;

class FakeKernel final : public reconcile::Kernel {
 public:
  /// Lists every option of Linux 6.12. `now` is where virtual time begins.
  explicit FakeKernel(TimePoint now);
  /// Needed before the first run_until().
  void deliver_to(reconcile::Inbox& inbox) { inbox_ = &inbox; }
  /// Called for every change of a controller, as a uevent would be.
  void on_uevent(std::function<void(const std::string& device)> on_uevent) {
    on_uevent_ = std::move(on_uevent);
  }

  // Rules. Those for a path come before those for its portal (traddr and port).
  void refuse(const Path& path, int times, base::Error error = nobody_listens());
  void refuse_portal(const nvme::TransportId& portal,
                     base::Error error = nobody_listens());  ///< until accept_portal()
  void accept_portal(const nvme::TransportId& portal);
  /// The connect of this path holds the worker, and with it all that follow, until released.
  void block(const Path& path);
  void release(const Path& path, base::Result<void> outcome = {});
  void connects_take(Duration duration) { connect_time_ = duration; }
  void scans_take(Duration duration) { scan_time_ = duration; }
  void without_fabrics(bool missing) { fabrics_missing_ = missing; }  ///< no /dev/nvme-fabrics
  void offers(nvme::FabricsFeatures features) { features_ = std::move(features); }

  // What others, or the network, do to controllers.
  std::string connect_by_hand(const Path& path, const std::string& hostid);  ///< the device it became
  void lose(const Path& path);     ///< live → connecting; purged ctrl_loss_tmo later (-1: never)
  void recover(const Path& path);  ///< connecting → live
  void remove(const Path& path);   ///< deleted by hand, or purged
  void set_state(const Path& path, nvme::ControllerState state);

  // What it remembers.
  std::vector<Path> live() const;  ///< sorted
  std::optional<nvme::Controller> controller(const Path& path) const;
  std::size_t controllers() const { return controllers_.size(); }
  int attempts(const Path& path) const;  ///< writes, good and bad
  const std::vector<nvme::ConnectOptions>& connects() const {
    return connects_;
  }  ///< in the order they were begun
  int scans() const { return scans_; }
  bool is_busy() const { return !queue_.empty(); }

  // reconcile::Kernel
  void read_features() override;
  void connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures& features) override;
  void scan() override;
  void look(const std::string& device) override;

  /// When something is due next; base::kNever for nothing (a blocked connect is due never).
  TimePoint next_due() const;
  /// Delivers what is due by `now`, oldest first, also what that brings about; true if there was anything.
  bool run_until(TimePoint now);

  static base::Error nobody_listens();

 private:
  struct Job {
    nvme::ConnectOptions options;
    std::optional<TimePoint> started{};
  };
  struct Held {
    nvme::Controller controller{};
    std::optional<TimePoint> purge_at{};
  };
  struct Later {
    TimePoint at{};
    std::function<void()> what{};
  };
  struct Refusal {
    int times{0};
    base::Error error{};
  };

  void later(Duration delay, std::function<void()> what);
  bool step(TimePoint until);
  void begin_connect();
  void end_connect();
  base::Result<nvme::ConnectedController> outcome_of(const nvme::ConnectOptions& options);
  nvme::Controller& add(const Path& path, const std::string& hostid, int ctrl_loss_tmo);
  const Held* held(const Path& path) const;
  Held* held(const Path& path);
  void announce(const std::string& device);
  nvme::SysfsSnapshot snapshot() const;

  TimePoint now_;
  reconcile::Inbox* inbox_{nullptr};
  std::function<void(const std::string&)> on_uevent_{};
  nvme::FabricsFeatures features_;
  bool fabrics_missing_{false};
  bool scan_waits_{false};
  Duration connect_time_{std::chrono::milliseconds{20}};
  Duration scan_time_{std::chrono::milliseconds{1}};
  std::map<Path, Refusal> refusals_{};
  std::map<std::string, base::Error> refused_portals_{};  ///< by host_port
  std::set<Path> blocked_{};
  std::map<int, Held> controllers_{};  ///< by instance
  std::deque<Job> queue_{};            ///< the front one is at the worker once started
  std::vector<Later> later_{};         ///< in the order they were put in
  std::vector<nvme::ConnectOptions> connects_{};
  std::map<Path, int> attempts_{};
  int scans_{0};
};

}  // namespace fakes
