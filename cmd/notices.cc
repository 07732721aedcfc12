// One sentence for each fact that somebody should act on.
#include "cmd/notices.h"

namespace cmd {

std::vector<std::string> notices_of(const nvme::HostFacts& facts) {
  std::vector<std::string> out;
  if (facts.native_multipath == false) {
    out.emplace_back("native NVMe multipath is off (nvme_core.multipath=N): each path is a disk of its own, and nothing here fails over");
  }
  for (const nvme::Orchestrator& other : facts.others) {
    out.push_back(std::string(to_string(other.kind)) + (other.running ? " runs on this host too (" : " is set up on this host too (") + other.evidence +
                  "): it connects and may disconnect the same controllers");
  }
  return out;
}

}  // namespace cmd
