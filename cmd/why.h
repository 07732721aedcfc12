// The chain of reasons behind one path, subsystem or discovery service: from the line that wants it, over the service that
// names it, what was tried and what the kernel answered, to what comes next and when. Pure: works on the JSON of /status,
// the agent's or one made from here, and on what the kernel's log still says.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cmd/json_fields.h"
#include "nvme/kernel_log.h"

namespace cmd {

inline constexpr int kWhySchema = 1;

/// What was asked about. A device is resolved by the caller, who can look at sysfs.
struct WhySubject {
  std::string asked{};   ///< as typed
  std::string device{};  ///< "nvme3", where that was asked
  std::string subnqn{};  ///< of a namespace's device under multipath: the subsystem's
};

/// "nvme3", "/dev/nvme3", "nvme3n1", "nvme3c4n1p2": a namespace's name tells its controller, or, where sysfs has it below a
/// subsystem (native multipath), the subsystem. Anything else is an NQN, an address or a name. Reads sysfs.
WhySubject subject_of(const std::string& asked, const std::string& sysfs_root);

struct WhyInput {
  const Json& status;                            ///< /status; paths may have an `action` (status_with_actions)
  std::string source{"agent"};                   ///< "agent" or "this host"
  std::vector<nvme::KernelLine> kernel_log{};    ///< oldest first
  std::string kernel_log_error{};                ///< why it could not be read
  std::chrono::microseconds since_boot{};        ///< now, on the kernel log's clock
};

/// {"schema", "subject", "at", "source", "says", "fine", "services": [{…, "chain": […]}], "paths": [{…, "chain": […]}]}: docs/commands.md.
/// kNotFound, naming what is near, for a subject that nothing is known of.
base::Result<Json> why_json(const WhySubject& subject, const WhyInput& input);
std::string why_text(const Json& why, bool colour);

}  // namespace cmd
