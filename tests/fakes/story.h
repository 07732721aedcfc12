// One host, its agent and the fabric, in virtual time: what tests and scenarios are told in.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconcile/controller.h"
#include "tests/fakes/fabric.h"
#include "tests/fakes/kernel.h"
#include "tests/fakes/network.h"
#include "tests/fakes/rules.h"
#include "tests/fakes/sessions.h"
#include "tests/fakes/timeline.h"

namespace fakes {

inline constexpr const char* kHostNqn =
    "nqn.2014-08.org.nvmexpress:uuid:11111111-1111-4111-8111-111111111111";
inline constexpr const char* kHostId = "11111111-1111-4111-8111-111111111111";

class FakeMemory final : public reconcile::Memory {
 public:
  void save(config::Remembered remembered) override {
    if (not_ours) violations.push_back("not-remembered: an agent that keeps nothing saves");
    if (broken) return;
    saved = remembered;
    ++saves;
  }
  base::Result<nvme::HostId> host_id_for(const nvme::Nqn& hostnqn) override;
  std::optional<config::Remembered> saved{};
  int saves{0};
  bool broken{false};
  bool not_ours{false};  ///< the agent that runs is to leave it alone (keepRemembered off)
  std::vector<std::string> violations{};
};

class Story {
 public:
  Story();
  ~Story();

  /// discovery.d's text from now on; told to the agent if one runs.
  void config(const std::string& text);
  void config_unreadable();

  void start_agent();  ///< with the text and the memory that are there
  void kill_agent();   ///< SIGKILL: nothing is flushed
  void hang_up();      ///< SIGHUP: everything is read again
  /// Time goes by, and what comes in waits: the process does not run.
  void freeze(base::Duration duration);
  /// Everything is as it should be: all targets answer, nothing is refused, readable or writable things are.
  void heal();
  /// Empty, or the first thing that is not as it should be although nothing is in its way: each path that a reachable
  /// service lists and its portal has is live, each service has its session, nothing is degraded without a cause.
  std::string unwell();
  void restart_agent() {
    kill_agent();
    start_agent();
  }

  /// Runs passes, polls and jumps until `duration` has gone by.
  void run(base::Duration duration);
  /// Until `done` holds or `limit` has gone by; says whether it holds.
  bool run_until(const std::function<bool()>& done, base::Duration limit);

  reconcile::StatusPtr status() const { return agent->status(); }
  const reconcile::PathStatus* path(const std::string& host_port, const std::string& subnqn = {}) const;
  const reconcile::EndpointStatus* endpoint(const std::string& host_port) const;
  /// Everything that no agent may ever do; empty while all is well.
  std::vector<std::string> violations() const;
  /// Changes as text, newest last: for failures of a test.
  std::string told() const;

  Timeline time{};
  Fabric fabric{};
  FakeKernel kernel{time, fabric};
  FakeSessions sessions{time, fabric};
  FakeNetwork network{time, fabric};
  Rules rules{time, sessions, kernel, network};
  FakeMemory memory{};
  reconcile::Settings settings{};
  config::HostDefaults host{};
  bool uevents{true};  ///< false: they get lost
  base::Duration config_takes{};  ///< from the agent's start until the directory was read
  std::unique_ptr<reconcile::Controller> agent{};
  std::vector<reconcile::Change> changes{};
  std::uint64_t passes{0};
  std::uint64_t snapshots{0};
  base::Duration snapshot_takes{};  ///< the clock goes on that far while one is published
  std::uint64_t seed{1};  ///< of the next agent's chance

 private:
  base::Result<config::Intent> read_config() const;
  void tell_config();
  void make_pass();

  std::string text_{};
  bool readable_{true};
  bool raised_{false};
  bool frozen_{false};
  base::Duration spent_{};  ///< in the pass under way
  base::TimePoint wake_at_{base::kNever};
};

}  // namespace fakes
