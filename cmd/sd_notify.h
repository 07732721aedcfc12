// What systemd is told about this service, and how often it wants to hear: datagrams to NOTIFY_SOCKET, without
// libsystemd. Does nothing where nobody asked. Protocol: sd_notify(3), sd_watchdog_enabled(3).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"
#include "config/agent_config.h"

namespace cmd {

class ServiceManager {
 public:
  /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID (another process's watchdog is not ours to feed).
  static ServiceManager from_environment(const config::Environment& environment);

  bool listens() const { return !socket_.empty(); }
  /// Half of what systemd allows; nothing where it does not watch us.
  std::optional<base::Duration> watchdog_period() const { return watchdog_period_; }

  // One datagram each; never blocks. Errors name the socket; without a socket all succeed.
  base::Result<void> ready(std::string_view status) const;    ///< after the start and after each reload
  base::Result<void> reloading(base::TimePoint now) const;    ///< `now` goes along as MONOTONIC_USEC
  base::Result<void> stopping(std::string_view status) const;
  base::Result<void> alive() const;                           ///< feeds the watchdog
  base::Result<void> status(std::string_view text) const;     ///< one line for `systemctl status`
  base::Result<void> extend_timeout(base::Duration by) const; ///< stopping takes longer: the kernel holds a write

 private:
  base::Result<void> send(const std::string& text) const;

  std::string socket_{};  ///< "@name" is an abstract address
  std::optional<base::Duration> watchdog_period_{};
};

}  // namespace cmd
