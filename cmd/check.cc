// discovery-client check: lints discovery.d files and the settings, and, unless told otherwise, looks at what this host
// has and whether each discovery service answers. Changes nothing.
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "cmd/check_host.h"
#include "cmd/cluster_link.h"
#include "cmd/commands.h"
#include "cmd/table.h"
#include "config/directory.h"
#include "config/discovery_conf.h"

namespace cmd {
namespace {

constexpr std::size_t kFileLimit = 1U << 20;  // as read_directory's

struct CheckFlags {
  std::vector<std::string> paths{};
  std::string config{};
  bool offline{false};
};

/// Files from a repository are checked for whatever node: none of its own business is an error.
config::NodeFacts any_node() {
  config::NodeFacts node;
  node.name = process_environment("NODE_NAME").value_or("node-name");
  node.why_no_labels = "which nodes it is for is not looked at";
  return node;
}

std::string for_others(int lines) {
  return lines == 0 ? "" : ", " + std::to_string(lines) + (lines == 1 ? " line" : " lines") + " for other nodes";
}

std::vector<config::EndpointSpec> lint(const std::string& path, const config::NodeFacts& node, Findings& findings) {
  struct stat what {};
  if (::stat(path.c_str(), &what) != 0) {
    findings.error(path + ": " + base::errno_error(errno, "stat").message);
    return {};
  }
  if (S_ISDIR(what.st_mode)) {
    base::Result<config::Intent> intent = config::read_directories({path}, node);
    if (!intent) {
      findings.error(intent.error().message);
      return {};
    }
    for (const config::Diagnostic& diagnostic : intent->diagnostics) findings.add(diagnostic);
    findings.ok(path + ": " + std::to_string(intent->files) + " files, " + std::to_string(intent->endpoints.size()) + " discovery services" + for_others(intent->elsewhere));
    return std::move(intent->endpoints);
  }
  const base::Result<std::string> text = base::read_file(path, kFileLimit);
  if (!text) {
    findings.error(text.error().message);
    return {};
  }
  config::DiscoveryConf conf = config::parse_discovery_conf(*text, path, node);
  for (const config::Diagnostic& diagnostic : conf.diagnostics) findings.add(diagnostic);
  findings.ok(path + ": " + std::to_string(conf.endpoints.size()) + " discovery services" + for_others(conf.elsewhere));
  return std::move(conf.endpoints);
}

int check(const CheckFlags& flags) {
  Findings findings(output_wants_colour());
  config::AgentConfig config;
  base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) {
    findings.error(loaded.error().message);
  } else {
    // Without --config the default file need not be there, and CI has none.
    for (const config::Diagnostic& diagnostic : loaded->diagnostics) {
      if (!flags.config.empty() || flags.paths.empty()) findings.add(diagnostic);
    }
    config = loaded->config;
  }
  std::vector<config::EndpointSpec> endpoints;
  for (const std::string& path : flags.paths) {
    std::vector<config::EndpointSpec> more = lint(path, any_node(), findings);
    endpoints.insert(endpoints.end(), more.begin(), more.end());
  }
  if (flags.paths.empty()) {
    const config::NodeFacts node = node_facts(config, process_environment);
    for (const std::string& directory : config.client_config_dirs) {
      if (::access(directory.c_str(), F_OK) != 0) {
        findings.warning(directory + " is not there; serve makes it, and connects nothing until it has files");
        continue;
      }
      std::vector<config::EndpointSpec> more = lint(directory, node, findings);
      endpoints.insert(endpoints.end(), more.begin(), more.end());
    }
    for (const config::EndpointSpec& spec : endpoints) {
      if (!spec.held.empty()) findings.warning(to_string(spec.where) + ": held: " + spec.held);
    }
    if (!flags.offline) {
      check_host(config, findings);
      check_services(endpoints, config, findings);
    }
  }
  std::cout << findings.summary() << '\n';
  return findings.exit_status();
}

}  // namespace

void add_check(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App* command = app.add_subcommand("check",
      "Lint discovery.d files (file:line:column), and look at this host: settings, modules, native multipath, identity,\n"
      "and whether each discovery service answers. With PATHs only those files are linted, as CI wants it.\n"
      "Exit status: 0 clean, 1 errors, 2 only warnings.");
  command->add_option("PATH", flags->paths, "Files or directories to lint (default: clientConfigDir, and this host)")->type_name("");
  add_config_flag(*command, flags->config);
  command->add_flag("--offline", flags->offline, "Only files: ask neither the kernel nor the network");
  command->callback([flags, &chosen] { chosen = [flags] { return check(*flags); }; });
}

}  // namespace cmd
