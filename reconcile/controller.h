// The loop's one owner of state: takes outcomes in, makes a pass (observe, plan, apply, publish), says when to wake.
// Runs on the loop thread only; asks no clock but through its argument; does nothing blocking.
#pragma once

#include <functional>
#include <memory>

#include "base/backoff.h"
#include "config/directory.h"
#include "config/identity.h"
#include "config/remembered.h"
#include "reconcile/plan.h"
#include "reconcile/ports.h"
#include "reconcile/settings.h"
#include "reconcile/status.h"

namespace reconcile {

/// What the controller tells its owner.
struct ControllerEvents {
  std::function<void()> wake{};                    ///< something came in: make a pass soon (base::PacedWork)
  std::function<void(TimePoint)> wake_by{};        ///< something came in that only a reader waits for: a pass by then
  std::function<TimePoint()> now{};                ///< for stamping inputs
  std::function<base::WallTime()> wall{};
  std::function<void(StatusPtr)> publish{};
  std::function<void(const Change&)> changed{};    ///< once per change: the log line
};

class Controller final : public Inbox {
 public:
  Controller(Settings settings, Ports ports, ControllerEvents events, std::uint64_t seed);
  ~Controller() override;

  // Inputs besides Inbox.
  void restore(const config::Remembered& remembered);        ///< once, before the first pass
  void config_read(base::Result<config::Intent> intent);     ///< an error keeps what was known and is shown
  void host_read(config::HostDefaults host);
  void settings_changed(Settings settings);                  ///< HUP
  void reread_everything();                                  ///< HUP: rescan, re-read logs, resolve, forget holds' timers
  void device_changed(const std::string& device);            ///< uevent
  void events_lost();                                        ///< netlink overrun
  void set_notices(std::vector<std::string> notices);

  /// One pass at `now`; returns when the next one is due even if nothing comes in.
  TimePoint pass(TimePoint now);

  const Plan& last_plan() const;
  const DesiredState& last_desired() const;
  const nvme::SysfsSnapshot& last_kernel() const;
  const KernelView& last_view() const;  ///< of the last pass
  StatusPtr status() const;
  /// Endpoints all answered or failed at least once since start, and no action is under way: one-shot commands end here.
  bool settled() const;
  /// Sessions are stopped; nothing is disconnected; no further actions.
  void shut_down();

  // Inbox
  void session_up(const EndpointId& id, const nvme::ControllerInfo& info) override;
  void session_log(const EndpointId& id, nvme::LogPage page) override;
  void session_event(const EndpointId& id) override;
  void session_keep_alive(const EndpointId& id, std::chrono::nanoseconds round_trip) override;
  void session_down(const EndpointId& id, base::Error error) override;
  void features_read(base::Result<nvme::FabricsFeatures> features) override;
  void connect_started(const Path& path) override;
  void connect_ended(const Path& path, base::Result<nvme::ConnectedController> result, Duration took) override;
  void scanned(nvme::SysfsSnapshot snapshot) override;
  void device_read(const std::string& device, std::optional<nvme::Controller> controller) override;
  void probed(const nvme::TransportId& portal, base::Result<std::chrono::nanoseconds> result) override;
  void resolved(const std::string& host, base::Result<std::vector<nvme::IpAddress>> addresses) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace reconcile
