// One sentence for each fact that somebody should act on.
#include "cmd/notices.h"

#include <map>
#include <utility>

namespace cmd {

std::vector<std::string> notices_of(const nvme::HostFacts& facts) {
  std::vector<std::string> out;
  const std::string kernel = facts.kernel_release.empty() ? "this kernel" : "kernel " + facts.kernel_release;
  switch (facts.nvme_tcp) {
    case nvme::ModuleState::kBuiltIn:
    case nvme::ModuleState::kLoaded: break;
    case nvme::ModuleState::kAvailable:
      out.emplace_back("kernel module nvme-tcp is not loaded: modprobe nvme-tcp, and /etc/modules-load.d for the next boot");
      break;
    case nvme::ModuleState::kMissing:
      out.push_back("kernel module nvme-tcp is missing: " + kernel + " has none; install the package with the rest of its modules");
      break;
    case nvme::ModuleState::kUnknown:
      out.push_back("kernel module nvme-tcp is not loaded, and whether " + kernel + " has it can't be seen from here: modprobe nvme-tcp on the host");
      break;
  }
  if (facts.native_multipath == false) {
    out.emplace_back("native NVMe multipath is off (nvme_core.multipath=N, or a kernel built without it: no parameter iopolicy): each path is a disk of its own, and nothing here fails over");
  }
  std::map<std::pair<nvme::OrchestratorKind, bool>, std::string> others;
  for (const nvme::Orchestrator& other : facts.others) {
    std::string& evidence = others[{other.kind, other.running}];
    evidence += (evidence.empty() ? "" : ", ") + other.evidence;
  }
  for (const auto& [key, evidence] : others) {
    out.push_back(std::string(to_string(key.first)) + (key.second ? " runs on this host too (" : " is set up on this host too (") + evidence +
                  "): it connects and may disconnect the same controllers");
  }
  return out;
}

}  // namespace cmd
