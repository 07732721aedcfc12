// A hand-made snapshot for tests of everything that shows one: two services, four paths in different trouble, hostile
// text where the network could put some.
#pragma once

#include "reconcile/status.h"

namespace cmd_test {

inline nvme::IpAddress ip(const char* text) { return *nvme::IpAddress::parse(text); }

inline reconcile::Path path(const char* subnqn, const char* address, std::uint16_t port) {
  return {{ip(address), port, std::nullopt, {}}, subnqn, "nqn.host"};
}

inline void go_from(reconcile::PathStatus& status, const char* host_traddr, const char* host_iface) {
  nvme::Path path = *status.path;
  path.transport.host_traddr = ip(host_traddr);
  path.transport.host_iface = host_iface;
  status.path = path;
}

inline reconcile::EndpointId endpoint_id(const char* address, std::uint16_t port, const char* group) {
  return {{ip(address), port, std::nullopt, {}}, "nqn.host", group};
}

inline reconcile::Status sample_status() {
  using namespace std::chrono_literals;
  reconcile::Status s;
  s.now = base::TimePoint(1000s);
  s.wall = base::WallTime(std::chrono::milliseconds(1'700'000'000'000));
  s.started = s.wall - 90s;
  s.synced = true;
  s.fabrics_available = true;
  s.native_multipath = true;
  s.hostnqn = "nqn.host";
  s.hostid = "0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001";
  s.identity_source = "/etc/nvme/hostnqn and /etc/nvme/hostid";
  s.config_files = 1;

  reconcile::EndpointStatus up;
  up.id = endpoint_id("10.0.0.1", 8009, "cluster-a");
  up.host = "10.0.0.1";
  up.origins = {{reconcile::OriginKind::kConfigured, {"a.conf", 1, 1}, {}}};
  up.phase = reconcile::SessionPhase::kUp;
  up.since = s.now - 60s;
  up.events = 3;
  auto log = std::make_shared<nvme::LogPage>();
  log->genctr = 7;
  log->entries.resize(4);
  up.log = log;
  up.log_read_at = s.now - 5s;
  up.keep_alive_round_trip = 1500us;
  reconcile::EndpointStatus down;
  down.id = endpoint_id("10.0.0.2", 8009, "cluster-a");
  down.host = "storage.example";
  down.origins = {{reconcile::OriginKind::kReferral, {}, "10.0.0.1:8009"}};
  down.depth = 1;
  down.since = s.now - 30s;
  down.attempt = {2, 2, base::Error{base::ErrorKind::kRefused, "10.0.0.2:8009: connect: Connection refused (ECONNREFUSED)", 111, false}, s.now - 1s, s.now + 3s};
  down.hold = reconcile::Hold{reconcile::HoldReason::kBackoff, s.now + 3s, "Connection refused (ECONNREFUSED)"};
  s.endpoints = {up, down};

  reconcile::PathStatus live;
  live.path = path("nqn.a", "10.0.0.1", 4420);
  live.state = reconcile::PathState::kLive;
  live.device = "nvme0";
  live.subsystem = "nvme-subsys0";
  live.desired = true;
  live.named_by = std::vector{up.id};
  live.since = s.now - 50s;
  reconcile::PathStatus refused = live;
  refused.path = path("nqn.a", "10.0.0.2", 4420);
  refused.state = reconcile::PathState::kMissing;
  refused.device.clear();
  refused.subsystem.clear();
  refused.since = s.now - 20s;
  refused.attempt = {3, 3, base::Error{base::ErrorKind::kRefused, "Connection refused (ECONNREFUSED)", 111, false}, s.now - 1s, s.now + 3s};
  refused.hold = reconcile::Hold{reconcile::HoldReason::kBackoff, s.now + 3s, "Connection refused (ECONNREFUSED)"};
  reconcile::PathStatus v6 = live;
  v6.path = path("nqn.b", "fd00::1", 4420);
  v6.state = reconcile::PathState::kConnecting;
  v6.device = "nvme12";
  v6.since = s.now - 200s;
  v6.hold = reconcile::Hold{reconcile::HoldReason::kKernelReconnecting, base::kNever, ""};
  reconcile::PathStatus unlisted = live;
  unlisted.path = path("nqn.old", "10.0.0.9", 4420);
  unlisted.device = "nvme3";
  unlisted.desired = false;
  unlisted.named_by = {};
  s.paths = {live, refused, v6, unlisted};
  s.subsystems = {{"nqn.a", "nqn.host", 2, 1, false}, {"nqn.b", "nqn.host", 1, 0, false}};
  s.refused = {{up.id, 3, base::Error{base::ErrorKind::kInvalid, "subnqn: byte 0x2c at 4 \xff\x1b[31m", 0, false}}};
  s.diagnostics = {{{"a.conf", 2, 5}, config::Severity::kError, "--traddr needs a value"}};
  reconcile::HistoryRing history;
  history.add({s.wall - 1s, reconcile::ChangeKind::kPath, "nqn.a at 10.0.0.2:4420", "live", "missing", "removed \xc3\x28"});
  s.history = history.view();
  s.changes = history.counts();
  s.counters.connects_ok = 2;
  s.counters.connects_failed = 3;
  s.counters.events = 3;
  s.wake_at = s.now + 3s;
  return s;
}

}  // namespace cmd_test
