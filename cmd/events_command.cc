// discovery-client events: the agent's last changes, once, or as they come.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "cmd/ask_agent.h"
#include "cmd/commands.h"
#include "cmd/events.h"
#include "cmd/screen.h"
#include "cmd/status_json.h"
#include "cmd/table.h"

namespace cmd {
namespace {

struct EventsFlags {
  AgentFlags agent{};
  std::string output{};
  std::string interval{"1s"};
  bool follow{false};
};

/// Until Ctrl-C. An agent that does not answer is said once, and asked again.
int follow(const AgentClient& agent, const EventsFlags& flags, std::chrono::milliseconds interval) {
  EndingSignals signals;
  NewEvents news;
  bool silent = false;
  do {
    const base::Result<Json> document = agent.json("/events", kEventsSchema, kPollPatience);
    if (!document) {
      if (!silent) complain(document.error());
      silent = true;
      continue;
    }
    silent = false;
    const std::vector<const Json*> events = news.in(*document);
    if (wants_json(flags.output)) {
      for (const Json* event : events) std::cout << dump(*event, -1) << '\n';
    } else {
      std::cout << events_table(events, output_wants_colour());
    }
    if (!std::cout.flush()) return 1;
  } while (signals.none_within(interval));
  return 0;
}

int events(const EventsFlags& flags) {
  const base::Result<AgentClient> agent = AgentClient::from(flags.agent);
  if (!agent) return complain(agent.error());
  if (flags.follow) {
    const base::Result<std::chrono::milliseconds> interval = parse_interval(flags.interval, "1s");
    if (!interval) return complain(interval.error());
    return follow(*agent, flags, *interval);
  }
  const base::Result<Json> document = agent->json("/events", kEventsSchema);
  if (!document) return complain(document.error());
  NewEvents all;
  if (wants_json(flags.output)) std::cout << dump(*document) << '\n';
  else std::cout << events_table(all.in(*document), output_wants_colour());
  return 0;
}

}  // namespace

void add_events(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<EventsFlags>();
  CLI::App* command = app.add_subcommand("events",
      "Print the agent's last 1,000 changes, oldest first: when, what, before and after, and the cause.\n"
      "Exit status: 0, or 1 where no agent answers. With --follow: 0 when Ctrl-C ends it.");
  add_agent_flags(*command, flags->agent);
  add_output_flag(*command, flags->output);
  command->add_flag("-f,--follow", flags->follow, "Print new ones as they come, until Ctrl-C; with -o json one object a line");
  command->add_option("--interval", flags->interval, "How often --follow asks")->type_name("DURATION")->capture_default_str();
  command->callback([flags, &chosen] { chosen = [flags] { return events(*flags); }; });
}

}  // namespace cmd
