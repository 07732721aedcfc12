// What the loop needs done elsewhere: four narrow doors. cmd/ implements them over nvme/, tests with fakes that
// remember. Every call returns at once; outcomes come back through Inbox, on the loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "config/remembered.h"
#include "reconcile/model.h"

namespace reconcile {

/// Outcomes, delivered on the loop thread. Each stores what it says and raises the trigger; none acts.
class Inbox {
 public:
  virtual ~Inbox() = default;
  virtual void session_up(const EndpointId& id, const nvme::ControllerInfo& info) = 0;
  virtual void session_log(const EndpointId& id, nvme::LogPage page) = 0;
  virtual void session_event(const EndpointId& id) = 0;
  virtual void session_keep_alive(const EndpointId& id, std::chrono::nanoseconds round_trip) = 0;
  virtual void session_down(const EndpointId& id, base::Error error) = 0;

  virtual void features_read(base::Result<nvme::FabricsFeatures> features) = 0;
  virtual void connect_started(const Path& path) = 0;  ///< the worker is at it now
  virtual void connect_ended(const Path& path, base::Result<nvme::ConnectedController> result, Duration took) = 0;
  virtual void scanned(nvme::SysfsSnapshot snapshot) = 0;
  /// One device looked at: nothing where it is gone.
  virtual void device_read(const std::string& device, std::optional<nvme::Controller> controller) = 0;

  virtual void probed(const nvme::TransportId& portal, base::Result<std::chrono::nanoseconds> result) = 0;
  virtual void resolved(const std::string& host, base::Result<std::vector<nvme::IpAddress>> addresses) = 0;
};

class Sessions {
 public:
  virtual ~Sessions() = default;
  virtual void start(const EndpointId& id, const nvme::SessionOptions& options) = 0;
  virtual void stop(const EndpointId& id) = 0;    ///< session_down(kCancelled) follows
  virtual void reread(const EndpointId& id) = 0;
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  virtual void read_features() = 0;
  /// Appended to the one fabrics worker's queue; connect_started and connect_ended follow for each, in order. Of what HeldPortals
  /// gives back only connect_ended(kCancelled).
  virtual void connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures& features) = 0;
  /// A scan that began after this call is reported by scanned(); calls before it begins coalesce.
  virtual void scan() = 0;
  /// Reads one controller anew (a uevent named it) after this call; device_read() follows. Calls before it begins coalesce.
  virtual void look(const std::string& device) = 0;
};

class Network {
 public:
  virtual ~Network() = default;
  virtual void probe(const nvme::TransportId& portal, const nvme::PreflightOptions& options) = 0;
  virtual void resolve(const std::string& host) = 0;
};

class Memory {
 public:
  virtual ~Memory() = default;
  virtual void save(config::Remembered remembered) = 0;   ///< writes internal.json; coalesces
  /// The kept host id of a host NQN, made and kept if there is none (config::HostIdBook).
  virtual base::Result<nvme::HostId> host_id_for(const nvme::Nqn& hostnqn) = 0;
};

struct Ports {
  Sessions& sessions;
  Kernel& kernel;
  Network& network;
  Memory& memory;
};

}  // namespace reconcile
