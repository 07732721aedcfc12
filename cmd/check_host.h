// The parts of `check` that look at this host and at the network, and the list of what was found.
#pragma once

#include <string>
#include <vector>

#include "config/agent_config.h"
#include "config/diagnostic.h"
#include "config/endpoint_spec.h"

namespace cmd {

/// Prints each finding as it comes (standard output), counts them.
class Findings {
 public:
  explicit Findings(bool colour) : colour_(colour) {}
  void ok(const std::string& text);
  void warning(const std::string& text);
  void error(const std::string& text);
  void add(const config::Diagnostic& diagnostic);  ///< in its own form, file:line:column first
  std::string summary() const;
  /// 0 clean, 1 errors, 2 only warnings.
  int exit_status() const { return errors_ > 0 ? 1 : warnings_ > 0 ? 2 : 0; }

 private:
  bool colour_;
  int errors_{0};
  int warnings_{0};
};

/// Modules, device, multipath, identity, other orchestrators.
void check_host(const config::AgentConfig& config, Findings& findings);
/// One line for each service: preflight, then its log page.
void check_services(const std::vector<config::EndpointSpec>& endpoints, const config::AgentConfig& config, Findings& findings);

}  // namespace cmd
