// Closed lists: a file or attribute that is not named here does not leave the host.
#include "cmd/report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "cmd/redact.h"
#include "cmd/version.h"
#include "config/directory_names.h"

namespace cmd {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFileLimit = 4U << 20;       // an internal.json of 10,000 paths is 3 MiB
constexpr std::size_t kAttributeLimit = 64U << 10;
constexpr std::size_t kFilesLimit = 1000;

// drivers/nvme/host/{sysfs,core}.c; dhchap_secret and dhchap_ctrl_secret stand beside them and stay out.
constexpr const char* kControllerAttributes[] = {"transport", "address", "state", "subsysnqn", "hostnqn", "hostid", "cntrltype", "dctype", "cntlid", "ctrl_loss_tmo",
                                                 "reconnect_delay", "fast_io_fail_tmo", "kato", "queue_count", "sqsize", "model", "serial", "firmware_rev", "numa_node"};
constexpr const char* kSubsystemAttributes[] = {"subsysnqn", "subsystype", "iopolicy", "model", "serial", "firmware_rev"};
constexpr const char* kNamespaceAttributes[] = {"ana_state", "ana_grpid", "nsid", "size"};
constexpr const char* kModuleParameters[] = {"nvme_core/parameters/multipath", "nvme_core/parameters/iopolicy", "nvme_core/parameters/io_timeout",
                                             "nvme_core/parameters/admin_timeout", "nvme_core/parameters/max_retries", "nvme_core/version", "nvme_tcp/version",
                                             "nvme_fabrics/version"};

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) out.push_back(it->path().filename().string());
  std::ranges::sort(out);
  return out;
}

void put_attribute(std::string& out, const fs::path& path) {
  const base::Result<std::string> text = base::read_file(path.string(), kAttributeLimit);
  if (text) out += path.string() + ": " + base::printable(base::trim(*text), 1024) + "\n";
}

bool is_local_disk(const fs::path& controller) {
  const base::Result<std::string> transport = base::read_file((controller / "transport").string(), kAttributeLimit);
  return !transport || base::trim(*transport) == "pcie";
}

}  // namespace

void Report::add(const std::string& name, std::string_view text, Kind kind) {
  entries_.push_back({name, kind == Kind::kJson ? redact_json(text) : kind == Kind::kConf ? redact_conf(text) : redact(text)});
}

void Report::add(const std::string& name, const base::Result<std::string>& text, Kind kind) {
  if (text) add(name, std::string_view(*text), kind);
  else missing(name, text.error().message);
}

void Report::missing(const std::string& name, const std::string& why) { gaps_.push_back(name + ": " + redact(base::printable(why, 1024))); }

std::vector<ArchiveEntry> Report::entries(const std::string& top) const {
  std::string readme = "A report of discovery-client. Secrets (DH-HMAC-CHAP, TLS keys) are replaced by ***; addresses, NQNs and file names are not.\n\n";
  for (const ArchiveEntry& entry : entries_) readme += entry.name + "\n";
  readme += gaps_.empty() ? "\nNothing is missing.\n" : "\nNot included:\n";
  for (const std::string& gap : gaps_) readme += "  " + gap + "\n";
  std::vector<ArchiveEntry> out{{top + "/README.txt", readme}};
  for (const ArchiveEntry& entry : entries_) out.push_back({top + "/" + entry.name, entry.text});
  return out;
}

void add_directory(Report& report, const std::string& directory, const std::string& shown_as) {
  std::error_code failed;
  const fs::path folder = fs::canonical(directory, failed);
  if (failed) report.missing(shown_as, directory + ": " + failed.message());
  std::size_t files = 0;
  for (const std::string& name : failed ? std::vector<std::string>() : names_in(folder)) {
    if (!config::is_conf_name(name)) continue;
    // A link out of the folder could bring in anything of the host; a ConfigMap's lead into its ..data.
    const fs::path real = fs::canonical(folder / name, failed);
    if (failed || !fs::is_regular_file(real, failed)) continue;
    const bool inside = std::ranges::mismatch(folder, real).in1 == folder.end();
    const std::string shown = shown_as + "/" + base::printable(name, 60);
    if (!inside) report.missing(shown, "a link to a place outside of " + folder.string());
    else if (++files > kFilesLimit) report.missing(shown, "more than 1,000 files");
    else report.add(shown, base::read_file(real.string(), kFileLimit), Report::Kind::kConf);
  }
}

void add_configuration(Report& report, const config::AgentConfig& config, const std::string& settings_file) {
  if (settings_file.empty()) report.missing("settings.yaml", "no settings file: defaults and environment");
  else report.add("settings.yaml", base::read_file(settings_file, kFileLimit), Report::Kind::kText);
  int number = 0;
  for (const std::string& directory : config.client_config_dirs) {
    add_directory(report, directory, ++number == 1 ? "discovery.d" : "discovery.d." + std::to_string(number));
  }
  report.add("internal.json", base::read_file(config.internal_dir + "/internal.json", kFileLimit), Report::Kind::kJson);
}

std::string settings_variables(std::string_view environment) {
  std::string out;
  while (!environment.empty()) {
    const std::size_t end = std::min(environment.find_first_of(std::string_view("\0\n", 2)), environment.size());
    const std::string_view line = environment.substr(0, end);
    const std::string_view name = line.substr(0, line.find('='));
    if (line.starts_with("DC_")) out += (names_a_secret(name) ? std::string(name) + "=" + std::string(kRedacted) : std::string(line)) + "\n";
    environment.remove_prefix(std::min(end + 1, environment.size()));
  }
  return out;
}

std::string sysfs_facts(const std::string& root) {
  std::string out;
  const fs::path controllers = fs::path(root) / "class/nvme";
  for (const std::string& name : names_in(controllers)) {
    if (is_local_disk(controllers / name)) continue;
    for (const char* attribute : kControllerAttributes) put_attribute(out, controllers / name / attribute);
    for (const std::string& below : names_in(controllers / name)) {
      if (!below.starts_with("nvme")) continue;
      for (const char* attribute : kNamespaceAttributes) put_attribute(out, controllers / name / below / attribute);
    }
  }
  const fs::path subsystems = fs::path(root) / "class/nvme-subsystem";
  for (const std::string& name : names_in(subsystems)) {
    const std::vector<std::string> below = names_in(subsystems / name);
    const auto of_fabrics = [&](const std::string& controller) {
      return controller.starts_with("nvme") && fs::exists(controllers / controller) && !is_local_disk(controllers / controller);
    };
    if (!std::ranges::any_of(below, of_fabrics)) continue;
    for (const char* attribute : kSubsystemAttributes) put_attribute(out, subsystems / name / attribute);
  }
  for (const char* parameter : kModuleParameters) put_attribute(out, fs::path(root) / "module" / parameter);
  return out.empty() ? "no fabrics controller and no nvme module\n" : out;
}

std::string versions_text() {
  utsname kernel{};
  ::uname(&kernel);
  std::string out = "discovery-client " + std::string(kVersion) + "\ncompiler " + __VERSION__ + "\nkernel " + kernel.release + " " + kernel.version + " " + kernel.machine + "\n";
  if (const auto release = base::read_file("/etc/os-release", kAttributeLimit)) {
    const std::size_t at = release->find("PRETTY_NAME=");
    if (at != std::string::npos) out += "distribution " + release->substr(at + 12, release->find('\n', at) - at - 12) + "\n";
  }
  return out;
}

}  // namespace cmd
