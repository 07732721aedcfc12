// discovery-client version: what this is, what built it, what it runs on.
#include <sys/utsname.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <nlohmann/json.hpp>

#include "cmd/commands.h"
#include "cmd/version.h"

namespace cmd {
namespace {

int version(const std::string& output) {
  utsname kernel{};
  ::uname(&kernel);
  if (output == "json") {
    nlohmann::ordered_json out = nlohmann::ordered_json::object();
    out["version"] = kVersion;
    out["compiler"] = __VERSION__;
    out["kernel"] = std::string(kernel.release);
    out["machine"] = std::string(kernel.machine);
    std::cout << out.dump(2) << '\n';
    return 0;
  }
  std::cout << "discovery-client " << kVersion << "\ncompiler " << __VERSION__ << "\nkernel " << kernel.release << ' ' << kernel.machine << '\n';
  return 0;
}

}  // namespace

void add_version(CLI::App& app, Chosen& chosen) {
  auto output = std::make_shared<std::string>("text");
  CLI::App* command = app.add_subcommand("version", "Print the versions of the program, its compiler and the running kernel.");
  command->add_option("-o,--output", *output, "text or json")->check(CLI::IsMember({"text", "json"}));
  command->callback([output, &chosen] { chosen = [output] { return version(*output); }; });
}

}  // namespace cmd
