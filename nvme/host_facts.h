// What `check` and the status page want to know of this host: modules, the device, native multipath, and who
// else here connects NVMe controllers. Facts as values; no policy, and no fact is an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nvme {

enum class ModuleState : std::uint8_t {
  kBuiltIn,    ///< in modules.builtin of the running kernel
  kLoaded,     ///< /sys/module has it
  kAvailable,  ///< there is a file for the running kernel; it could be loaded
  kMissing,    ///< the running kernel has no such module
  kUnknown,    ///< not loaded, and the running kernel's module folder can't be seen (in a container)
};
std::string_view to_string(ModuleState state);

enum class FabricsDevice : std::uint8_t {
  kUsable,    ///< it can be opened for reading and writing
  kMissing,   ///< no such file
  kDenied,    ///< it is there; we may not open it
  kNoDriver,  ///< the node is there, the driver behind it is not
};
std::string_view to_string(FabricsDevice state);

enum class OrchestratorKind : std::uint8_t {
  kStaf,         ///< nvme-stas, finds
  kStac,         ///< nvme-stas, connects
  kAutoconnect,  ///< nvme-cli's boot-time unit or udev rule
  kDiscoverd,    ///< nvme-discoverd
  kSeedClient,   ///< another process called discovery-client
};
std::string_view to_string(OrchestratorKind kind);

/// Somebody else on this host who connects controllers.
struct Orchestrator {
  OrchestratorKind kind{OrchestratorKind::kStaf};
  bool running{false};     ///< as a process; else only set up to run at events or boot
  int pid{0};              ///< where it is running
  std::string evidence{};  ///< "process 812", or the path of the unit or rule
  friend bool operator==(const Orchestrator&, const Orchestrator&) = default;
};

struct HostFacts {
  std::string kernel_release{};
  ModuleState nvme_tcp{ModuleState::kUnknown};
  ModuleState nvme_fabrics{ModuleState::kUnknown};
  FabricsDevice fabrics_device{FabricsDevice::kMissing};
  std::optional<bool> native_multipath{};
  std::vector<Orchestrator> others{};
};

/// Where this host keeps what is asked for.
struct HostPlaces {
  std::string root{};  ///< stands before every path (tests); normally empty
  std::string fabrics_device{"/dev/nvme-fabrics"};
  std::string sysfs_root{"/sys"};
};
/// `own_pid` is not another orchestrator.
HostFacts read_host_facts(const HostPlaces& places, int own_pid);

/// Is this one of the modules that modules.builtin or modules.dep lists? '-' and '_' are the same, ".ko.xz"
/// counts.
bool lists_module(std::string_view list, std::string_view module);

}  // namespace nvme
