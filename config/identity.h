// Who this host is: /etc/nvme/hostnqn and hostid, else our own copy in internalDir, else made once.
// Never from machine-id or DMI: images and machines get cloned.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "config/agent_config.h"
#include "nvme/nqn.h"

namespace config {

struct HostDefaults {
  std::optional<nvme::HostIdentity> identity{};
  std::string source{};                ///< the files it came from, for people
  std::vector<Diagnostic> diagnostics{};
};

/// Reads hostnqn and hostid; a half that is missing is completed (a "uuid:" NQN gives its UUID as hostid, a hostid
/// gives the "uuid:" NQN). With `create`, what is missing altogether is made once (O_EXCL, fsync) in the folder of
/// `host_nqn_path`, or in internal_dir where that is read-only. A file that can't be read is never overwritten.
HostDefaults read_host_defaults(const AgentConfig& config, bool create);

/// Host NQNs that lines name without a hostid each need one of their own (Linux 6.12 refuses one hostid with two
/// host NQNs): made once per host NQN and kept in internal_dir/hostids.json. An unreadable file is set aside.
class HostIdBook {
 public:
  explicit HostIdBook(std::string path) : path_(std::move(path)) {}
  /// Call it once before id_for(). After a read error nothing is written over what could not be read.
  std::vector<Diagnostic> load();
  const std::map<std::string, nvme::HostId>& ids() const { return ids_; }
  /// The kept one, or a new one that is written before it is returned.
  base::Result<nvme::HostId> id_for(const nvme::Nqn& hostnqn);

 private:
  std::string path_;
  std::map<std::string, nvme::HostId> ids_{};
  bool readable_{false};
};

}  // namespace config
