// discovery-client connect-all: one shot of what serve does all the time. Connects what is missing, then says what is
// live and what is not; disconnects nothing.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

#include "cmd/agent.h"
#include "cmd/cluster_link.h"
#include "cmd/commands.h"
#include "cmd/lock.h"
#include "cmd/logging.h"
#include "cmd/seed_commands.h"
#include "cmd/status_json.h"
#include "cmd/table.h"
#include "cmd/target_flags.h"

namespace cmd {
namespace {

// Every path may be a portal that swallows packets, and the kernel takes 3 s for each, one at a time.
constexpr auto kConnectAllLimit = std::chrono::minutes(10);

struct ConnectAllFlags {
  TargetFlags target{};
  std::string config{};
  std::string output{"json"};
  int max_queues{0};                   ///< 0: as the settings say
  std::optional<int> ctrl_loss_tmo{};  ///< not given: -1 with -a, as the seed; else as the settings and the lines say
  bool persistent{false};
};

struct Made {
  nvme::Path path{};
  nvme::ConnectedController controller{};
};

std::string device_of(const Made& made) { return "/dev/nvme" + std::to_string(made.controller.instance); }

void print_made(const std::vector<Made>& made, const std::string& output) {
  if (wants_json(output)) {
    nlohmann::ordered_json out = nlohmann::ordered_json::array();
    for (const Made& each : made) {
      nlohmann::ordered_json item = nlohmann::ordered_json::object();
      item["Instance"] = each.controller.instance;
      item["Cntlid"] = each.controller.cntlid;
      item["Device"] = device_of(each);
      out.push_back(item);
    }
    std::cout << dump(out) << '\n';
    return;
  }
  Table table;
  for (const Made& each : made) {
    table.row({{device_of(each), Tint::kGood}, {each.path.subnqn}, {to_string(each.path.transport)}, {"cntlid " + std::to_string(each.controller.cntlid)}});
  }
  std::cout << (made.empty() ? "nothing new was connected\n" : table.text(output_wants_colour()));
}

/// What is not as it should be, one line each on standard error.
int complain_about_missing(const reconcile::Status& status, bool settled) {
  int missing = 0;
  for (const auto& endpoint : status.endpoints) {
    if (endpoint.phase == reconcile::SessionPhase::kUp || endpoint.retired) continue;
    std::string why = endpoint.attempt.last_error ? endpoint.attempt.last_error->message : endpoint.hold ? endpoint.hold->detail : "no answer yet";
    if (why.empty() && endpoint.hold) why = to_string(endpoint.hold->reason);
    complain("discovery service " + to_string(endpoint.id) + ": " + why);
  }
  for (const auto& path : status.paths) {
    if (!path.desired || path.state == reconcile::PathState::kLive) continue;
    ++missing;
    std::string why = path.attempt.last_error ? path.attempt.last_error->message : path.hold ? path.hold->detail : "";
    if (why.empty() && path.hold) why = to_string(path.hold->reason);
    complain("not live: " + to_string(*path.path) + " is " + std::string(to_string(path.state)) + (why.empty() ? "" : ": " + why));
  }
  if (!settled) complain("gave up waiting");
  const bool nobody_answered = !status.endpoints.empty() && std::ranges::none_of(status.endpoints, [](const auto& e) { return e.log != nullptr; });
  if (nobody_answered) return 1;
  return missing > 0 || !settled ? 2 : 0;
}

int connect_all(const ConnectAllFlags& flags) {
  base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  if (base::Result<void> set = set_up_logging({.level = "fatal"}); !set) return complain(set.error());
  AgentOptions options;
  if (!flags.target.traddr.empty()) {
    base::Result<config::EndpointSpec> spec = parse_target(flags.target);
    if (!spec) return complain(spec.error());
    spec->tunables.ctrl_loss_tmo = flags.ctrl_loss_tmo.value_or(-1);
    if (spec->tunables.keep_alive_tmo == 0) spec->tunables.keep_alive_tmo.reset();  // as the seed: not given
    options.intent.emplace().endpoints.push_back(*spec);
  }
  if (const int holder = HostLock::holder(loaded->config.run_dir); holder != 0) {
    complain("note: an agent runs here (pid " + std::to_string(holder) + ") and connects by itself what its configuration names");
  }
  if (flags.max_queues > 0) loaded->config.max_io_queues = flags.max_queues;
  if (flags.ctrl_loss_tmo) loaded->config.ctrl_loss_tmo = *flags.ctrl_loss_tmo;
  options.loaded = std::move(*loaded);
  options.serves = false;
  if (!options.intent) options.node = node_facts(options.loaded.config, process_environment);
  Agent agent(std::move(options));
  std::vector<Made> made;
  bool settled_once = false;
  agent.kernel().on_connected([&](const nvme::Path& path, const nvme::ConnectedController& controller) {
    made.push_back({path, controller});
    if (!settled_once) return;
    print_made({made.back()}, flags.output);
    std::cout.flush();
  });
  if (base::Result<void> started = agent.start(); !started) return complain(started.error());
  const bool settled = agent.run_until_settled(kConnectAllLimit, flags.persistent);
  const reconcile::StatusPtr status = agent.controller().status();
  if (!status) return complain("nothing could be looked at in time");
  for (const config::Diagnostic& diagnostic : status->diagnostics) std::cerr << to_string(diagnostic) << '\n';
  print_made(made, flags.output);
  std::cout.flush();
  if (!status->fabrics_available && !status->not_ready.empty()) complain(status->not_ready);
  const int exit_status = complain_about_missing(*status, settled);
  if (flags.persistent) {
    settled_once = true;
    agent.run_until_signal();
  }
  if (agent.stuck()) leave(exit_status);
  return exit_status;
}

}  // namespace

void add_connect_all(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<ConnectAllFlags>();
  CLI::App* command = app.add_subcommand("connect-all",
      "Connect once everything that the configured discovery services (or the one given with -a) list, referrals included.\n"
      "Exit status: 0 every listed path is live, 2 some are not, 1 an error.");
  add_target_flags(*command, flags->target);
  command->add_option("-m,--max-queues", flags->max_queues, "I/O queues of each controller; 0: as the settings say")
      ->check(CLI::Range(0, 65535))->type_name("N");
  command->add_option("--ctrl-loss-tmo", flags->ctrl_loss_tmo, "Seconds until the kernel gives a lost controller up; -1: never (default with -a)")
      ->check(CLI::Range(-1, 31'536'000))->type_name("SECONDS");
  command->add_flag("-p,--persistent,--persistant", flags->persistent, "Go on connecting what gets listed, until it is interrupted");
  add_config_flag(*command, flags->config);
  add_json_first_output_flag(*command, flags->output);
  command->callback([flags, &chosen] { chosen = [flags] { return connect_all(*flags); }; });
}

}  // namespace cmd
