// discovery-client disconnect and disconnect-all: the only code of this program that takes a controller away, and only
// when somebody types it.
#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "base/text.h"
#include "cmd/lock.h"
#include "cmd/seed_commands.h"
#include "nvme/fabrics.h"
#include "nvme/sysfs.h"

namespace cmd {
namespace {

struct DisconnectFlags {
  std::string config{};
  std::string device{};
};

int disconnect(const DisconnectFlags& flags) {
  const base::Result<config::LoadedConfig> loaded = load_settings(flags.config);
  if (!loaded) return complain(loaded.error());
  const config::AgentConfig& config = loaded->config;
  const std::string device = flags.device.starts_with("/dev/") ? flags.device.substr(5) : flags.device;
  const base::Result<std::optional<nvme::Controller>> there = nvme::Sysfs(config.sysfs_root).read(device);
  if (!there) return complain("disconnect device \"" + base::printable(flags.device) + "\" failed: " + there.error().message);
  if (!*there) {
    return complain("disconnect device \"" + base::printable(flags.device) + "\" failed: there is no NVMe/TCP controller of that name");
  }
  if (const base::Result<void> gone = nvme::delete_controller(config.sysfs_root, device); !gone) {
    return complain("disconnect device \"" + base::printable(flags.device) + "\" failed: " + gone.error().message);
  }
  say_that_the_agent_reconnects(config.run_dir, device);
  return 0;
}

int disconnect_all(const std::string& config_file) {
  const base::Result<config::LoadedConfig> loaded = load_settings(config_file);
  if (!loaded) return complain(loaded.error());
  int failed = 0;
  int gone = 0;
  for (const nvme::Controller& controller : nvme::Sysfs(loaded->config.sysfs_root).scan().controllers) {
    const base::Result<void> deleted = nvme::delete_controller(loaded->config.sysfs_root, controller.device);
    if (!deleted && deleted.error().kind != base::ErrorKind::kNotFound) {
      ++failed;
      complain("failed to disconnect device: \"" + controller.device + "\": " + deleted.error().message);
    } else {
      ++gone;
    }
  }
  if (gone > 0) say_that_the_agent_reconnects(loaded->config.run_dir, "what its discovery services list");
  return failed > 0 ? 1 : 0;
}

}  // namespace

void say_that_the_agent_reconnects(const std::string& run_dir, const std::string& what) {
  const int holder = HostLock::holder(run_dir);
  if (holder == 0) return;
  std::cerr << "discovery-client: note: an agent runs here (pid " << holder << ") and will connect " << what
            << " again; stop it first to stay disconnected\n";
}

void add_disconnect(CLI::App& app, Chosen& chosen) {
  auto flags = std::make_shared<DisconnectFlags>();
  CLI::App* command = app.add_subcommand("disconnect", "Delete one NVMe/TCP controller. Its block devices go with the last path.");
  command->add_option("-d,--device", flags->device, "nvme3 or /dev/nvme3")->required()->type_name("DEVICE");
  add_config_flag(*command, flags->config);
  command->callback([flags, &chosen] { chosen = [flags] { return disconnect(*flags); }; });
}

void add_disconnect_all(CLI::App& app, Chosen& chosen) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("disconnect-all", "Delete every NVMe/TCP controller of this host, whoever connected it.");
  add_config_flag(*command, *file);
  command->callback([file, &chosen] { chosen = [file] { return disconnect_all(*file); }; });
}

}  // namespace cmd
