// One sentence for each fact that somebody should act on.
#include "cmd/notices.h"

#include <map>
#include <utility>

namespace cmd {

std::vector<std::string> notices_of(const nvme::HostFacts& facts) {
  std::vector<std::string> out;
  if (facts.native_multipath == false) {
    out.emplace_back("native NVMe multipath is off (nvme_core.multipath=N): each path is a disk of its own, and nothing here fails over");
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
