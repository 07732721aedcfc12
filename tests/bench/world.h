// What benchmarks of deciding share: a host with services and thousands of paths, as values, and ports that do nothing.
#pragma once

#include <string>
#include <vector>

#include "reconcile/controller.h"

namespace bench {

inline constexpr reconcile::TimePoint kNow{std::chrono::hours(10)};
inline constexpr const char* kHostId = "11111111-1111-4111-8111-111111111111";

/// `services` services of one cluster; each lists every one of `paths` paths, two to a subsystem, over 16 portals.
reconcile::ObservedState world(int services, int paths, bool connected);

struct Quiet final : reconcile::Sessions, reconcile::Kernel, reconcile::Network, reconcile::Memory {
  void start(const reconcile::EndpointId& id, const nvme::SessionOptions&) override { started.push_back(id); }
  void stop(const reconcile::EndpointId&) override {}
  void reread(const reconcile::EndpointId&) override {}
  void read_features() override {}
  void connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures&) override { sent.push_back(options.path); }
  void scan() override {}
  void look(const std::string&) override {}
  void probe(const nvme::TransportId& where, const nvme::PreflightOptions&) override { probed.push_back(where); }
  void resolve(const std::string&) override {}
  void save(config::Remembered) override {}
  base::Result<nvme::HostId> host_id_for(const nvme::Nqn&) override;

  std::vector<reconcile::EndpointId> started{};
  std::vector<reconcile::Path> sent{};
  std::vector<nvme::TransportId> probed{};
};

/// An agent that was told everything `world(1, paths, connected)` holds and has made its first passes.
class ToldAgent {
 public:
  ToldAgent(int paths, bool connected);
  reconcile::Controller& operator*() { return agent_; }
  reconcile::Controller* operator->() { return &agent_; }

  Quiet ports{};
  reconcile::TimePoint now{kNow};
  reconcile::ObservedState told;

 private:
  reconcile::Controller agent_;
};

}  // namespace bench
