// Facts of this host, each read where the kernel or systemd keeps it, all below one root folder.
#include "nvme/host_facts.h"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/file.h"
#include "base/text.h"
#include "nvme/file_descriptor.h"
#include "nvme/sysfs.h"

namespace nvme {
namespace {

constexpr std::size_t kModuleListLimit = 16 * 1024 * 1024;  // Debian's modules.dep has 0.6 MiB

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// The names in a folder, sorted; none where it can't be read.
std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  struct Close {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
  const std::unique_ptr<DIR, Close> directory(::opendir(path.c_str()));
  if (!directory) return names;
  while (const dirent* entry = ::readdir(directory.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::ranges::sort(names);
  return names;
}

std::string first_line(const std::string& path) {
  std::array<char, 256> buffer;
  const auto text = read_at(AT_FDCWD, path.c_str(), buffer);
  return text ? std::string(base::trim(*text)) : std::string();
}

ModuleState module_state(const HostPlaces& places, const std::string& release, std::string_view module) {
  const std::string modules = places.root + "/lib/modules/" + release;
  const base::Result<std::string> builtin = base::read_file(modules + "/modules.builtin", kModuleListLimit);
  if (builtin && lists_module(*builtin, module)) return ModuleState::kBuiltIn;
  const std::string loaded = places.root + places.sysfs_root + "/module/" + std::string(module);
  // Built-in modules have a folder too, but no initstate.
  if (exists(loaded)) return exists(loaded + "/initstate") ? ModuleState::kLoaded : ModuleState::kBuiltIn;
  const base::Result<std::string> loadable = base::read_file(modules + "/modules.dep", kModuleListLimit);
  if (!loadable) return ModuleState::kUnknown;
  return lists_module(*loadable, module) ? ModuleState::kAvailable : ModuleState::kMissing;
}

FabricsDevice fabrics_device(const std::string& path) {
  const FileDescriptor device(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
  if (device) return FabricsDevice::kUsable;
  if (errno == ENOENT) return FabricsDevice::kMissing;
  if (errno == ENXIO || errno == ENODEV) return FabricsDevice::kNoDriver;
  return FabricsDevice::kDenied;
}

struct Known {
  std::string_view name;
  OrchestratorKind kind;
};

// comm has at most 15 bytes.
constexpr Known kProcesses[] = {
    {"stafd", OrchestratorKind::kStaf},
    {"stacd", OrchestratorKind::kStac},
    {"nvme-discoverd", OrchestratorKind::kDiscoverd},
    {"discovery-clien", OrchestratorKind::kSeedClient},
};
constexpr Known kUnits[] = {
    {"stafd.service", OrchestratorKind::kStaf},
    {"stacd.service", OrchestratorKind::kStac},
    {"nvmf-autoconnect.service", OrchestratorKind::kAutoconnect},
    {"nvmefc-boot-connections.service", OrchestratorKind::kAutoconnect},
    {"nvme-discoverd.service", OrchestratorKind::kDiscoverd},
};

void find_processes(const std::string& root, int own_pid, std::vector<Orchestrator>& out) {
  for (const std::string& name : names_in(root + "/proc")) {
    const auto pid = base::parse_int(name, 1, INT32_MAX);
    if (!pid || *pid == own_pid) continue;
    const std::string comm = first_line(root + "/proc/" + name + "/comm");
    for (const Known& known : kProcesses)
      if (comm == known.name) out.push_back({known.kind, true, static_cast<int>(*pid), "process " + name});
  }
}

/// A link to /dev/null or an empty file: that is how systemd and udev are told to ignore a unit or rule.
bool is_masked(const std::string& path) {
  std::array<char, 16> target;
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length > 0) return std::string_view(target.data(), static_cast<std::size_t>(length)) == "/dev/null";
  std::array<char, 1> byte;
  const auto text = read_at(AT_FDCWD, path.c_str(), byte);
  return text && text->empty();
}

/// Units that start at boot: linked from a *.wants folder; /run/systemd/system also holds what generators or
/// an administrator put there for this boot, and connects that udev asked for (nvmf-connect@….service).
void find_units(const std::string& root, std::vector<Orchestrator>& out) {
  for (const std::string_view place : {"/run/systemd/system", "/etc/systemd/system"}) {
    const std::string folder = root + std::string(place);
    for (const std::string& name : names_in(folder)) {
      if (name.ends_with(".wants") || name.ends_with(".requires")) {
        for (const std::string& wanted : names_in(folder + "/" + name))
          for (const Known& known : kUnits)
            if (wanted == known.name)
              out.push_back({known.kind, false, 0, std::string(place) + "/" + name + "/" + wanted});
      } else if (place == "/run/systemd/system") {
        for (const Known& known : kUnits)
          if (name == known.name && !is_masked(folder + "/" + name))
            out.push_back({known.kind, false, 0, std::string(place) + "/" + name});
      }
    }
  }
  for (const std::string& name : names_in(root + "/run/systemd/transient"))
    if (name.starts_with("nvmf-connect"))
      out.push_back({OrchestratorKind::kAutoconnect, false, 0, "/run/systemd/transient/" + name});
}

/// nvme-cli's rules (70-nvmf-autoconnect.rules) connect at the same events as we do. As udev has it, the file
/// in the earliest of these folders is the one that counts.
void find_rules(const std::string& root, std::vector<Orchestrator>& out) {
  std::vector<std::string> seen;
  for (const std::string_view place :
       {"/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/lib/udev/rules.d",
        "/usr/lib/udev/rules.d"}) {
    for (const std::string& name : names_in(root + std::string(place))) {
      if (name.find("nvmf-autoconnect") == std::string::npos || !name.ends_with(".rules")) continue;
      if (std::ranges::find(seen, name) != seen.end()) continue;
      seen.push_back(name);
      const std::string path = std::string(place) + "/" + name;
      if (!is_masked(root + path)) out.push_back({OrchestratorKind::kAutoconnect, false, 0, path});
    }
  }
}

}  // namespace

std::string_view to_string(ModuleState state) {
  switch (state) {
    case ModuleState::kBuiltIn:
      return "built in";
    case ModuleState::kLoaded:
      return "loaded";
    case ModuleState::kAvailable:
      return "available, not loaded";
    case ModuleState::kMissing:
      return "missing";
    case ModuleState::kUnknown:
      break;
  }
  return "unknown";
}

std::string_view to_string(FabricsDevice state) {
  switch (state) {
    case FabricsDevice::kUsable:
      return "usable";
    case FabricsDevice::kMissing:
      return "missing";
    case FabricsDevice::kDenied:
      return "denied";
    case FabricsDevice::kNoDriver:
      break;
  }
  return "no driver";
}

std::string_view to_string(OrchestratorKind kind) {
  switch (kind) {
    case OrchestratorKind::kStaf:
      return "stafd";
    case OrchestratorKind::kStac:
      return "stacd";
    case OrchestratorKind::kAutoconnect:
      return "nvmf-autoconnect";
    case OrchestratorKind::kDiscoverd:
      return "nvme-discoverd";
    case OrchestratorKind::kSeedClient:
      break;
  }
  return "discovery-client";
}

bool lists_module(std::string_view list, std::string_view module) {
  while (!list.empty()) {
    const std::size_t end = list.find('\n');
    std::string_view line = list.substr(0, end);
    list = end == std::string_view::npos ? std::string_view{} : list.substr(end + 1);
    line = line.substr(0, line.find(':'));  // modules.dep: what follows are the modules it needs
    if (const std::size_t slash = line.rfind('/'); slash != std::string_view::npos)
      line.remove_prefix(slash + 1);
    line = line.substr(0, line.find(".ko"));
    if (std::ranges::equal(line, module,
                           [](char a, char b) { return (a == '-' ? '_' : a) == (b == '-' ? '_' : b); }))
      return true;
  }
  return false;
}

HostFacts read_host_facts(const HostPlaces& places, int own_pid) {
  const std::string& root = places.root;
  HostFacts facts;
  facts.kernel_release = first_line(root + "/proc/sys/kernel/osrelease");
  facts.nvme_tcp = module_state(places, facts.kernel_release, "nvme_tcp");
  facts.nvme_fabrics = module_state(places, facts.kernel_release, "nvme_fabrics");
  facts.fabrics_device = fabrics_device(root + places.fabrics_device);
  facts.native_multipath = Sysfs(root + places.sysfs_root).native_multipath();
  find_processes(root, own_pid, facts.others);
  find_units(root, facts.others);
  find_rules(root, facts.others);
  return facts;
}

}  // namespace nvme
