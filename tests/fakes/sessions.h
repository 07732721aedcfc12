// Discovery sessions as a target and a network would make them: up in 2 ms, an event and the page when it
// changes, end of file when the service stops, a keep-alive timeout when it swallows packets.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reconcile/ports.h"
#include "tests/fakes/fabric.h"
#include "tests/fakes/timeline.h"

namespace fakes {

class FakeSessions final : public reconcile::Sessions {
 public:
  FakeSessions(Timeline& time, Fabric& fabric) : time_(time), fabric_(fabric) {}

  void start(const reconcile::EndpointId& id, const nvme::SessionOptions& options) override;
  void stop(const reconcile::EndpointId& id) override;
  void reread(const reconcile::EndpointId& id) override;

  reconcile::Inbox* inbox{nullptr};
  std::vector<std::string> violations{};
  int starts(const std::string& host_port) const;
  /// The options of the last start there; aborts where there was none.
  const nvme::SessionOptions& last_options(const std::string& host_port) const {
    return options_.at(host_port);
  }
  bool up(const std::string& host_port) const;

  void page_changed(const std::string& host_port);
  void mood_changed(const std::string& host_port);
  void agent_gone();

 private:
  struct Running {
    std::uint64_t birth{0};
    bool up{false};
  };
  bool alive(const reconcile::EndpointId& id, std::uint64_t birth) const;
  /// Its log page as it is, or why it can't be read, which ends the session.
  void tell_page(const reconcile::EndpointId& id, std::uint64_t birth);
  void end(const reconcile::EndpointId& id, std::uint64_t birth, base::Error error);

  Timeline& time_;
  Fabric& fabric_;
  std::uint64_t birth_{0};
  std::map<reconcile::EndpointId, Running> running_{};
  std::map<std::string, int> starts_{};
  std::map<std::string, nvme::SessionOptions> options_{};
};

}  // namespace fakes
