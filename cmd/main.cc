// discovery-client: picks the subcommand. Everything else is in the file of its name.
#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>

#include "cmd/commands.h"
#include "cmd/signals.h"

namespace {

constexpr const char* kAbout =
    "Keeps this host connected to every NVMe/TCP controller that its discovery services name.\n"
    "Exit status: 0 fine, 1 an error, 2 where a command's help says so.";

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(kAbout, "discovery-client");
  app.require_subcommand(1);
  cmd::Chosen chosen;
  cmd::add_serve(app, chosen);
  cmd::add_status(app, chosen);
  cmd::add_discover(app, chosen);
  cmd::add_plan(app, chosen);
  cmd::add_connect_all(app, chosen);
  cmd::add_check(app, chosen);
  cmd::add_version(app, chosen);
  cmd::ignore_broken_pipes();
  try {
    app.parse(argc, argv);
    return chosen();
  } catch (const CLI::Success& asked_for_help) {
    return app.exit(asked_for_help);
  } catch (const CLI::ParseError& wrong) {
    return cmd::complain(std::string(wrong.what()) + "; see discovery-client --help");
  } catch (const std::exception& unexpected) {
    return cmd::complain(std::string("unexpected: ") + unexpected.what());
  }
}
