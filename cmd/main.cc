// discovery-client: picks the subcommand. Everything else is in the file of its name.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cmd/arguments.h"
#include "cmd/commands.h"
#include "cmd/seed_commands.h"
#include "cmd/signals.h"

namespace {

constexpr const char* kAbout =
    "Keeps this host connected to every NVMe/TCP controller that its discovery services name.\n"
    "Exit status: 0 fine, 1 an error, 2 where a command's help says so.";

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) names.push_back(command->get_name());
  return names;
}

int unknown_command(const std::string& word, const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::optional<std::string_view> meant = base::nearest(word, views);
  const std::string hint = meant ? "; did you mean " + std::string(*meant) + "?" : "; see discovery-client --help";
  return cmd::complain("there is no command \"" + base::printable(word) + "\"" + hint);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(kAbout, "discovery-client");
  app.require_subcommand(1);
  cmd::Chosen chosen;
  cmd::add_serve(app, chosen);
  cmd::add_status(app, chosen);
  cmd::add_why(app, chosen);
  cmd::add_events(app, chosen);
  cmd::add_report(app, chosen);
  cmd::add_discover(app, chosen);
  cmd::add_plan(app, chosen);
  cmd::add_connect_all(app, chosen);
  cmd::add_check(app, chosen);
  cmd::add_version(app, chosen);
  cmd::add_metrics_doc(app, chosen);
  cmd::add_add_hostnqn(app, chosen);
  cmd::add_remove_hostnqn(app, chosen);
  cmd::add_connect(app, chosen);
  cmd::add_disconnect(app, chosen);
  cmd::add_disconnect_all(app, chosen);
  cmd::add_list(app, chosen);
  cmd::add_completion(app, chosen);
  cmd::ignore_broken_pipes();
  std::vector<std::string> arguments = cmd::take_arguments(argc, argv);
  const std::vector<std::string> names = command_names(app);
  if (!arguments.empty() && !arguments[0].starts_with('-') && std::ranges::find(names, arguments[0]) == names.end()) {
    return unknown_command(arguments[0], names);
  }
  arguments = cmd::with_long_names(app, std::move(arguments));
  std::ranges::reverse(arguments);  // as App::parse wants them
  try {
    app.parse(std::move(arguments));
    return chosen();
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& wrong) {
    return cmd::complain(std::string(wrong.what()) + "; see discovery-client --help");
  } catch (const std::exception& unexpected) {
    return cmd::complain(std::string("unexpected: ") + unexpected.what());
  }
}
