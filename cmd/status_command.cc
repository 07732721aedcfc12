// discovery-client status: asks the running agent and shows its answer, once or again and again, or says what would be
// lost without something.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/time.h"
#include "cmd/ask_agent.h"
#include "cmd/commands.h"
#include "cmd/json_fields.h"
#include "cmd/screen.h"
#include "cmd/status_json.h"
#include "cmd/status_table.h"
#include "cmd/table.h"
#include "cmd/without.h"
#include "cmd/yaml_text.h"

namespace cmd {
namespace {

struct StatusFlags {
  AgentFlags agent{};
  std::string output{};
  std::vector<std::string> without{};
  bool watch{false};
  std::string interval{"2s"};
};

int exit_status_of(const Json& status) { return text_of(object_of(status, "verdict"), "level") == "ok" ? 0 : 2; }

std::string shown(const Json& status, const StatusFlags& flags) {
  if (wants_json(flags.output)) return dump(status, flags.watch ? -1 : 2) + "\n";
  if (flags.output == "yaml") return (flags.watch ? "---\n" : "") + yaml_text(status);
  return status_table(status, {.colour = output_wants_colour(), .wide = flags.output == "wide"});
}

/// Until Ctrl-C, which is no error. An agent that does not answer is shown, over the last picture, and asked again.
int watch(const AgentClient& agent, const StatusFlags& flags, std::chrono::milliseconds interval) {
  Screen screen;
  const bool in_place = output_is_terminal();
  std::string last;
  do {
    const base::Result<Json> status = agent.json("/status", kStatusSchema, kPollPatience);
    const std::string now = base::to_string(base::wall_now());
    std::string text;
    if (status) {
      last = shown(*status, flags);
      text = in_place ? tinted(now + ", every " + base::to_string(interval) + ", Ctrl-C ends", Tint::kFaint, output_wants_colour()) + "\n" + last : last;
    } else if (in_place) {
      text = tinted(now + ": " + status.error().message, Tint::kBad, output_wants_colour()) + "\n" + last;
    } else {
      complain(status.error());
    }
    if (!screen.show(text)) return 1;
  } while (screen.wait(interval));
  return 0;
}

int without(const Json& status, const StatusFlags& flags) {
  std::vector<reconcile::Removal> removals;
  for (const std::string& name : flags.without) {
    const base::Result<std::vector<reconcile::Removal>> parsed = parse_removal(name, status);
    if (!parsed) return complain(parsed.error());
    removals.insert(removals.end(), parsed->begin(), parsed->end());
  }
  const reconcile::Losses losses = losses_without(paths_and_services(status), removals);
  const Json json = losses_json(losses, flags.without);
  if (wants_json(flags.output)) std::cout << dump(json) << '\n';
  else if (flags.output == "yaml") std::cout << yaml_text(json);
  else std::cout << losses_text(losses, flags.without, output_wants_colour());
  return losses.safe() ? 0 : 2;
}

int status(const StatusFlags& flags) {
  const base::Result<AgentClient> agent = AgentClient::from(flags.agent);
  if (!agent) return complain(agent.error());
  if (flags.watch) {
    if (!flags.without.empty()) return complain("--watch and --without don't go together");
    const base::Result<std::chrono::milliseconds> interval = parse_interval(flags.interval, "2s");
    if (!interval) return complain(interval.error());
    return watch(*agent, flags, *interval);
  }
  const base::Result<Json> json = agent->json("/status", kStatusSchema);
  if (!json) return complain(json.error());
  if (!flags.without.empty()) return without(*json, flags);
  std::cout << shown(*json, flags);
  return exit_status_of(*json);
}

}  // namespace

void add_status(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<StatusFlags>();
  CLI::App* command = app.add_subcommand("status",
      "Ask the running agent what is connected, what is not, and why.\n"
      "Exit status: 0 every path is live, 2 something is missing or not ready, 1 no agent answers.\n"
      "With --without: 0 safe, 2 some subsystem would lose its last path, 1 an error. With --watch: 0 when Ctrl-C ends it.");
  add_agent_flags(*command, flags->agent);
  add_format_flag(*command, flags->output, {"table", "wide", "yaml", "json"});
  command->add_flag("-w,--watch", flags->watch, "Show it again and again until Ctrl-C; with -o json one document a line");
  command->add_option("--interval", flags->interval, "How often --watch asks")->type_name("DURATION")->capture_default_str();
  command->add_option("--without", flags->without,
                      "What would be lost without this: a target's address, ADDR:PORT, a discovery service's name, or a local address or interface. "
                      "May be given several times: without all of them")
      ->type_name("ADDRESS")->expected(1)->take_all();
  command->callback([flags, &chosen] { chosen = [flags] { return status(*flags); }; });
}

}  // namespace cmd
