// Facts from nvme/, sentences from here.
#include "cmd/check_host.h"

#include <unistd.h>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <iostream>
#include <map>

#include "base/async.h"
#include "base/text.h"
#include "cmd/lock.h"
#include "cmd/network_adapter.h"
#include "cmd/notices.h"
#include "cmd/table.h"
#include "cmd/target_flags.h"
#include "config/identity.h"
#include "nvme/host_facts.h"
#include "nvme/preflight.h"
#include "nvme/session.h"

namespace cmd {
namespace {

/// One service's answer, or at which step it failed.
base::Task<base::Result<nvme::LogPage>> ask(nvme::SessionOptions options, nvme::PreflightOptions preflight) {
  base::Result<std::chrono::nanoseconds> answers = co_await nvme::preflight(options.address, preflight);
  if (!answers) co_return base::Failure(std::move(answers.error()).with_context("preflight"));
  base::Result<nvme::LogPage> page = co_await nvme::discover(options);
  co_return page;
}

std::string module_text(std::string_view name, nvme::ModuleState state) {
  return "module " + std::string(name) + ": " + std::string(to_string(state));
}

struct Question {
  std::string name{};
  nvme::SessionOptions options;
  base::Result<nvme::LogPage> answer{base::fail(base::ErrorKind::kTimeout, "not asked")};
};

}  // namespace

void Findings::ok(const std::string& text) { std::cout << tinted("ok", Tint::kGood, colour_) << ": " << base::printable(text, 2048) << '\n'; }

void Findings::warning(const std::string& text) {
  ++warnings_;
  std::cout << tinted("warning", Tint::kWarn, colour_) << ": " << base::printable(text, 2048) << '\n';
}

void Findings::error(const std::string& text) {
  ++errors_;
  std::cout << tinted("error", Tint::kBad, colour_) << ": " << base::printable(text, 2048) << '\n';
}

void Findings::add(const config::Diagnostic& diagnostic) {
  ++(diagnostic.severity == config::Severity::kError ? errors_ : warnings_);
  std::cout << base::printable(to_string(diagnostic), 2048) << '\n';
}

std::string Findings::summary() const {
  if (errors_ == 0 && warnings_ == 0) return "clean";
  const auto count = [](int n, const char* word) { return std::to_string(n) + " " + word + (n == 1 ? "" : "s"); };
  return count(errors_, "error") + ", " + count(warnings_, "warning");
}

void check_host(const config::AgentConfig& config, Findings& findings) {
  const nvme::HostFacts facts = nvme::read_host_facts({.fabrics_device = config.fabrics_device, .sysfs_root = config.sysfs_root}, ::getpid());
  for (const auto& [name, state] : {std::pair{"nvme-fabrics", facts.nvme_fabrics}, std::pair{"nvme-tcp", facts.nvme_tcp}}) {
    if (state == nvme::ModuleState::kMissing) findings.error(module_text(name, state) + "; kernel " + facts.kernel_release + " has none: install the kernel's modules package");
    else if (state == nvme::ModuleState::kLoaded || state == nvme::ModuleState::kBuiltIn) findings.ok(module_text(name, state));
  }
  if (facts.native_multipath == true) findings.ok("native NVMe multipath is on");
  switch (facts.fabrics_device) {
    case nvme::FabricsDevice::kUsable: findings.ok(config.fabrics_device + " takes connects"); break;
    case nvme::FabricsDevice::kMissing: findings.error(config.fabrics_device + " is not there: modprobe nvme-tcp"); break;
    case nvme::FabricsDevice::kDenied: findings.error(config.fabrics_device + " may not be opened: run as root"); break;
    case nvme::FabricsDevice::kNoDriver: findings.error(config.fabrics_device + " has no driver behind it: modprobe nvme-tcp"); break;
  }
  for (const std::string& notice : notices_of(facts)) findings.warning(notice);
  const config::HostDefaults host = config::read_host_defaults(config, false);
  for (const config::Diagnostic& diagnostic : host.diagnostics) findings.add(diagnostic);
  if (host.identity) findings.ok("identity " + host.identity->hostnqn.str() + ", host id " + to_string(host.identity->hostid) + ", from " + host.source);
  else findings.ok("no identity yet: serve makes a random one in " + config.host_nqn_path);
  if (const int holder = HostLock::holder(config.run_dir); holder != 0) findings.ok("an agent runs here, pid " + std::to_string(holder));
}

void check_services(const std::vector<config::EndpointSpec>& endpoints, const config::AgentConfig& config, Findings& findings) {
  std::vector<Question> questions;
  std::map<std::string, base::Result<std::vector<nvme::IpAddress>>> names;
  for (const config::EndpointSpec& spec : endpoints) {
    const std::string name = to_string(spec.where) + ": " + spec.host + ":" + std::to_string(spec.trsvcid);
    if (!spec.held.empty()) continue;  // said already
    if (!spec.unsupported_reason.empty()) {
      findings.warning(name + ": " + spec.unsupported_reason);
      continue;
    }
    const ChosenIdentity as = identity_for(spec, config);
    if (!spec.address && !names.contains(spec.host)) names.emplace(spec.host, resolve_host(spec.host));
    const base::Result<std::vector<nvme::IpAddress>> addresses = spec.address ? std::vector{*spec.address} : names.at(spec.host);
    if (!addresses) {
      findings.error(name + ": " + addresses.error().message);
      continue;
    }
    for (const nvme::IpAddress& address : *addresses) {
      if (spec.host_traddr && spec.host_traddr->is_v6() != address.is_v6()) continue;
      nvme::SessionOptions options{.address = {address, spec.trsvcid, spec.host_traddr, spec.host_iface},
                                   .subnqn = spec.discovery_nqn.value_or(nvme::Nqn::discovery()), .identity = as.identity};
      options.kato = std::chrono::milliseconds(0);
      options.header_digest = spec.header_digest;
      options.data_digest = spec.data_digest;
      options.max_entries = config.max_log_entries;
      questions.push_back({addresses->size() > 1 ? name + " (" + to_string(address) + ")" : name, std::move(options)});
    }
  }
  asio::io_context io{1};
  nvme::PreflightOptions preflight;
  preflight.deadline = std::chrono::duration_cast<std::chrono::milliseconds>(config.preflight_timeout);
  for (Question& question : questions) {
    auto done = [&question](const std::exception_ptr&, base::Result<nvme::LogPage> page) { question.answer = std::move(page); };
    asio::co_spawn(io, ask(question.options, preflight), std::move(done));
  }
  io.run();
  for (const Question& question : questions) {
    if (question.answer) findings.ok(question.name + " answers: " + std::to_string(question.answer->entries.size()) + " entries, generation " + std::to_string(question.answer->genctr));
    else findings.error(question.name + ": " + question.answer.error().message);
  }
}

}  // namespace cmd
