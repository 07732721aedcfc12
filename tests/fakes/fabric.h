// The storage side of a test: portals that answer, refuse, swallow packets or hang, with the subsystems and
// log pages they offer. Sessions, kernel and probes of a test all meet the same one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nvme/log_page.h"

namespace fakes {

enum class Mood {
  kUp,
  kRefusing,  ///< the machine answers, nobody listens
  kSilent,    ///< packets are swallowed
  kHanging,   ///< answers ICReq and then nothing: 60 s of the kernel's mutex
};

struct Portal {
  Mood mood{Mood::kUp};
  std::set<std::string> subsystems{};
  nvme::LogPage page{};
  bool discovery{false};
  std::optional<base::Error> unreadable{};  ///< what reading its page ends with
};

class Fabric {
 public:
  /// "10.0.0.1:4420" or "[fd00::1]:4420"; aborts the test run on other text.
  static nvme::TransportId address(const std::string& host_port);

  Portal& portal(const std::string& host_port) { return portals_[host_port]; }
  Portal* find(const nvme::TransportId& where);

  /// The subsystem can be connected at `io` and `service` lists it.
  void serve(const std::string& service, const std::string& io, const std::string& subnqn);
  /// `service` lists it, whether or not it is there.
  void list(const std::string& service, const std::string& io, const std::string& subnqn);
  /// The subsystem is not at `io` any more, whatever services list.
  void withdraw(const std::string& io, const std::string& subnqn);
  void unlist(const std::string& service, const std::string& io, const std::string& subnqn);
  void refer(const std::string& service, const std::string& to);
  void unrefer(const std::string& service, const std::string& to);
  void name_itself(const std::string& service, const std::string& nqn);
  void add(const std::string& service, nvme::LogEntry entry);
  void set(const std::string& host_port, Mood mood);
  /// Its generation counter begins anew, as after a reboot; nobody is told.
  void forget_generation(const std::string& service) { portals_[service].page.genctr = 0; }
  /// From now on its page can't be read, for this reason; without one it can.
  void make_unreadable(const std::string& service, std::optional<base::Error> why);
  /// The portal answers and has the subsystem.
  bool has(const nvme::TransportId& where, const std::string& subnqn);
  std::vector<std::string> addresses() const;

  /// Called after a page or a mood changed.
  std::function<void(const std::string& host_port)> page_changed{};
  std::function<void(const std::string& host_port)> mood_changed{};

 private:
  void changed(const std::string& service);
  std::map<std::string, Portal> portals_{};
};

nvme::LogEntry entry(nvme::Subtype subtype, const std::string& host_port, const std::string& subnqn);

}  // namespace fakes
