// Where a command's settings come from: the real environment, with --config and without, for every key.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "cmd/commands.h"
#include "cmd/settings_from_config.h"
#include "config/agent_keys.h"
#include "tests/cmd/child.h"
#include "tests/config/key_values.h"

namespace cmd {
namespace {

/// One variable of this process, and only for a while.
class Variable {
 public:
  Variable(std::string name, const std::string& value) : name_(std::move(name)) { ::setenv(name_.c_str(), value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_.c_str()); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  std::string name_;
};

/// Another working folder for a while: ./etc/discovery-client is looked at where /etc has no settings.
class WorkingFolder {
 public:
  explicit WorkingFolder(const std::string& path) : before_(std::filesystem::current_path()) { std::filesystem::current_path(path); }
  ~WorkingFolder() { std::filesystem::current_path(before_); }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

 private:
  std::filesystem::path before_;
};

config::AgentConfig settings(const std::string& path, const config::Flags& flags = {}) {
  const base::Result<config::LoadedConfig> loaded = load_settings(path, flags);
  EXPECT_TRUE(loaded) << loaded.error().message;
  return loaded ? loaded->config : config::AgentConfig{};
}

config::AgentConfig parsed(const std::string& yaml) {
  const base::Result<config::LoadedConfig> loaded = config::parse_agent_config(yaml, "expected", {});
  EXPECT_TRUE(loaded) << loaded.error().message;
  return loaded ? loaded->config : config::AgentConfig{};
}

/// `named`: by --config; else the file is found.
void expect_precedence(const cmd_test::TemporaryFolder& folder, bool named) {
  const std::string place = "etc/discovery-client/discovery-client.yaml";
  const std::string path = named ? folder / place : std::string();
  for (const config::AgentKey& key : config::agent_keys()) {
    if (key.shape == config::KeyShape::kIgnored) continue;
    const config_test::KeyValues values = config_test::values_of(key);
    folder.write(place, config_test::yaml_line(key.path, values.file) + values.with);
    EXPECT_EQ(settings(path), parsed(config_test::yaml_line(key.path, values.file) + values.with)) << key.path;
    const Variable variable(config::environment_name(key.path), values.environment);
    EXPECT_EQ(settings(path), parsed(config_test::yaml_line(key.path, values.environment) + values.with)) << key.path;
    if (values.flag.empty()) continue;
    EXPECT_EQ(settings(path, {{std::string(key.path), values.flag}}), parsed(config_test::yaml_line(key.path, values.flag) + values.with)) << key.path;
  }
}

TEST(SettingsFrom, FlagEnvironmentAndFileForEveryKeyWithConfig) {
  const cmd_test::TemporaryFolder folder;
  expect_precedence(folder, true);
}

TEST(SettingsFrom, FlagEnvironmentAndFileForEveryKeyWithoutConfig) {
  if (std::filesystem::exists(kDefaultConfigFile)) GTEST_SKIP() << kDefaultConfigFile << " of this host would be read";
  const cmd_test::TemporaryFolder folder;
  const WorkingFolder here(folder.path());
  expect_precedence(folder, false);
}

TEST(SettingsFrom, NoFileIsTheDefaultsAndTheEnvironment) {
  if (std::filesystem::exists(kDefaultConfigFile)) GTEST_SKIP() << kDefaultConfigFile << " of this host would be read";
  const cmd_test::TemporaryFolder folder;
  const WorkingFolder here(folder.path());
  EXPECT_EQ(settings(""), config::AgentConfig{});
  const Variable variable("DC_AUTODETECTENTRIES_FILENAME", "my-name");
  EXPECT_EQ(settings("").auto_detect.filename, "my-name");
}

TEST(SettingsFrom, ZeroOfTheSeedIsTheKernelsDefault) {
  const config::AgentConfig config = parsed("kato: 0\nmaxIOQueues: 0\nctrlLossTMO: 0\n");
  const reconcile::Settings settings = settings_from(config);
  EXPECT_EQ(settings.defaults.keep_alive_tmo, std::nullopt) << "no keep alive at all would hide dead paths";
  EXPECT_EQ(settings.defaults.nr_io_queues, std::nullopt);
  EXPECT_EQ(settings.defaults.ctrl_loss_tmo, 600) << "but for this one, which has a default of the seed's own";
  EXPECT_EQ(settings_from(config::AgentConfig{}).defaults.keep_alive_tmo, 10);
}

}  // namespace
}  // namespace cmd
