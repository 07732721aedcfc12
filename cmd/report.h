// What goes into a support bundle, and nothing else: every text passes redact.h on its way in. Reads files; asks the agent
// through a function, so that tests need none.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/error.h"
#include "cmd/archive.h"
#include "config/agent_config.h"

namespace cmd {

class Report {
 public:
  enum class Kind { kText, kJson, kConf };

  void add(const std::string& name, std::string_view text, Kind kind);
  void add(const std::string& name, const base::Result<std::string>& text, Kind kind);  ///< an error becomes missing()
  void missing(const std::string& name, const std::string& why);

  const std::vector<std::string>& gaps() const { return gaps_; }
  /// All of it below the folder `top`, with a README.txt that lists what is in it and what is not.
  std::vector<ArchiveEntry> entries(const std::string& top) const;

 private:
  std::vector<ArchiveEntry> entries_{};
  std::vector<std::string> gaps_{};
};

/// The settings file (where there is one), every file of clientConfigDir that lies in it, internal.json.
void add_configuration(Report& report, const config::AgentConfig& config, const std::string& settings_file);
/// DC_* variables out of `environment` (NUL or line separated "NAME=value"), and no other.
std::string settings_variables(std::string_view environment);
/// Attributes of fabrics controllers and their subsystems by a closed list, nvme modules' parameters; "path: value" lines.
std::string sysfs_facts(const std::string& root);
/// Program, compiler, kernel, distribution; no host name.
std::string versions_text();

}  // namespace cmd
