// serve's flags: every key of the file has one, spelled as the seed spells it, and values reach the table as typed.
#include "cmd/settings_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "cmd/arguments.h"
#include "config/agent_keys.h"

namespace cmd {
namespace {

using testing::ElementsAre;
using testing::Pair;

SettingsFlags parse(std::vector<std::string> arguments) {
  CLI::App app;
  SettingsFlags flags;
  CLI::App* serve = app.add_subcommand("serve");
  add_settings_flags(*serve, flags);
  arguments.insert(arguments.begin(), "serve");
  arguments = with_long_names(app, std::move(arguments));
  std::ranges::reverse(arguments);
  app.parse(arguments);
  return flags;
}

TEST(SettingsFlags, TheSeedsSpellingsOfServe) {
  EXPECT_THAT(parse({"--logging.filename", "/tmp/a.log", "--logging.maxage", "48h", "--logging.maxSize=10", "--logging.reportcaller=false",
                     "--logging.level", "warn", "--debug.endpoint", "127.0.0.1:7000", "--debug.enablepprof", "--debug.metrics=false",
                     "--clientConfigDir", "/a", "--internalDir", "/b", "--nvmeHostIDPath", "/c", "--pollingInterval", "5s",
                     "--maxIOQueues", "4", "--kato", "7"}),
              ElementsAre(Pair("clientConfigDir", "/a"), Pair("debug.enablepprof", "true"), Pair("debug.endpoint", "127.0.0.1:7000"),
                          Pair("debug.metrics", "false"), Pair("internalDir", "/b"), Pair("kato", "7"), Pair("logging.filename", "/tmp/a.log"),
                          Pair("logging.level", "warn"), Pair("logging.maxAge", "48h"), Pair("logging.maxSize", "10"),
                          Pair("logging.reportCaller", "false"), Pair("maxIOQueues", "4"), Pair("nvmeHostIDPath", "/c"),
                          Pair("pollingInterval", "5s")));
}

TEST(SettingsFlags, ShortOptionsOfAutoDetection) {
  EXPECT_THAT(parse({"-e=false", "-f", "found", "-p", "8010"}),
              ElementsAre(Pair("autoDetectEntries.discoveryServicePort", "8010"), Pair("autoDetectEntries.enabled", "false"),
                          Pair("autoDetectEntries.filename", "found")));
  EXPECT_THAT(parse({"-e"}), ElementsAre(Pair("autoDetectEntries.enabled", "true")));
}

TEST(SettingsFlags, NothingGivenIsNothingSet) { EXPECT_TRUE(parse({}).empty()); }

TEST(SettingsFlags, EveryKeyButSecretsHasAFlag) {
  CLI::App app;
  SettingsFlags flags;
  add_settings_flags(app, flags);
  for (const config::AgentKey& key : config::agent_keys()) {
    const bool there = app.get_option_no_throw("--" + std::string(key.path)) != nullptr;
    EXPECT_EQ(there, key.shape != config::KeyShape::kSecret) << key.path;
  }
}

}  // namespace
}  // namespace cmd
