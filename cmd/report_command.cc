// discovery-client report: asks the agent, or looks from here, reads what is ours of this host, and writes one tar.gz.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "cmd/archive.h"
#include "cmd/ask_agent.h"
#include "cmd/commands.h"
#include "cmd/lock.h"
#include "cmd/look_from_here.h"
#include "cmd/report.h"
#include "cmd/status_json.h"
#include "cmd/table.h"
#include "nvme/kernel_log.h"

extern char** environ;

namespace cmd {
namespace {

constexpr std::size_t kKernelLines = 5000;
constexpr std::size_t kEnvironmentLimit = 1U << 20;

struct ReportFlags {
  AgentFlags agent{};
  std::string output{};
  bool no_agent{false};
};

/// "20260102T030405Z"
std::string compact(base::WallTime at) {
  std::string out;
  for (const char c : base::to_string(at).substr(0, 19)) {
    if (c != '-' && c != ':') out += c;
  }
  return out + "Z";
}

void add_kernel_log(Report& report) {
  const base::Result<std::vector<nvme::KernelLine>> lines = nvme::read_kernel_log(kKernelLines);
  if (!lines) {
    report.missing("kernel.log", lines.error().message);
    return;
  }
  std::string text;
  for (const nvme::KernelLine& line : *lines) {
    char time[32];
    std::snprintf(time, sizeof time, "[%12.6f] ", static_cast<double>(line.at.count()) / 1e6);
    text += time + base::printable(line.text, 1024) + "\n";
  }
  report.add("kernel.log", std::string_view(text), Report::Kind::kText);
}

void add_environment(Report& report, const std::string& run_dir) {
  std::string own;
  for (char** variable = environ; variable != nullptr && *variable != nullptr; ++variable) own += std::string(*variable) + "\n";
  report.add("environment.txt", std::string_view(settings_variables(own)), Report::Kind::kText);
  const int agent = HostLock::holder(run_dir);
  if (agent == 0) return;
  const base::Result<std::string> theirs = base::read_file("/proc/" + std::to_string(agent) + "/environ", kEnvironmentLimit);
  if (theirs) report.add("environment-agent.txt", std::string_view(settings_variables(*theirs)), Report::Kind::kText);
  else report.missing("environment-agent.txt", theirs.error().message);
}

std::string settings_file(const ReportFlags& flags) {
  if (!flags.agent.config.empty()) return flags.agent.config;
  for (const char* place : {kDefaultConfigFile, kOtherConfigFile}) {
    if (::access(place, F_OK) == 0) return place;
  }
  return {};
}

/// True where an agent gave its status.
bool add_agents_answers(Report& report, const ReportFlags& flags) {
  if (flags.no_agent) return false;
  const base::Result<AgentClient> agent = AgentClient::from(flags.agent);
  const base::Result<std::string> status = agent ? agent->text("/status") : base::Result<std::string>(base::Failure(agent.error()));
  if (!status) {
    for (const char* name : {"events.json", "metrics.txt"}) report.missing(name, status.error().message);
    return false;
  }
  report.add("status.json", status, Report::Kind::kJson);
  report.add("events.json", agent->text("/events"), Report::Kind::kJson);
  report.add("metrics.txt", agent->text("/metrics"), Report::Kind::kText);
  return true;
}

int write_report(const Report& report, const ReportFlags& flags) {
  const base::WallTime now = base::wall_now();
  const std::string top = "discovery-client-report-" + compact(now);
  const base::Result<std::string> bytes = tar_gz(report.entries(top), now);
  if (!bytes) return complain(bytes.error());
  const std::string file = flags.output.empty() ? top + ".tar.gz" : flags.output;
  if (file == "-") {
    std::cout << *bytes << std::flush;
    if (!std::cout) return complain("standard output can't be written");
  } else if (const base::Result<void> written = base::write_file_atomic(file, *bytes, 0600); !written) {
    return complain(written.error());
  }
  for (const std::string& gap : report.gaps()) std::cerr << "not included: " << gap << '\n';
  if (file != "-") std::cout << file << '\n';
  return 0;
}

int report(const ReportFlags& flags) {
  if (flags.output == "-" && output_is_terminal()) return complain("a tar.gz does not belong on a terminal; name a file with -o");
  Report report;
  report.add("versions.txt", std::string_view(versions_text()), Report::Kind::kText);
  base::Result<config::LoadedConfig> loaded = load_settings(flags.agent.config);
  const config::AgentConfig config = loaded ? loaded->config : config::AgentConfig{};
  if (!loaded) report.missing("settings as understood", loaded.error().message);
  add_configuration(report, config, settings_file(flags));
  add_environment(report, config.run_dir);
  report.add("sysfs.txt", std::string_view(sysfs_facts(config.sysfs_root)), Report::Kind::kText);
  add_kernel_log(report);
  if (add_agents_answers(report, flags) || !loaded) return write_report(report, flags);
  const base::Result<LookFromHere> look = LookFromHere::take(std::move(*loaded));
  if (!look) {
    report.missing("status.json", look.error().message);
    return write_report(report, flags);
  }
  report.add("status-from-here.json", std::string_view(dump(look->json())), Report::Kind::kJson);
  const int exit_status = write_report(report, flags);
  look->leave_if_stuck(exit_status);
  return exit_status;
}

}  // namespace

void add_report(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* command = app.add_subcommand("report",
      "Write one tar.gz for support: status, events, metrics, configuration files, nvme facts of sysfs, versions, and what the\n"
      "kernel's log says about nvme. Secrets are taken out, nothing else of the host goes in; what could not be had is named.\n"
      "Exit status: 0 written, 1 an error.");
  command->add_option("-o,--output", flags->output, "Where to write it (default: discovery-client-report-TIME.tar.gz here; -: standard output)")->type_name("FILE");
  add_agent_flags(*command, flags->agent);
  command->add_flag("--no-agent", flags->no_agent, "Ask no agent: look from here");
  command->callback([flags, &chosen] { chosen = [flags] { return report(*flags); }; });
}

}  // namespace cmd
