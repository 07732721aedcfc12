// The agent's YAML and environment: what each key takes, what is refused and where, and what the documents
// say of it.
#include "config/agent_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <set>
#include <sstream>

#include "base/text.h"
#include "config/agent_keys.h"
#include "tests/config/key_values.h"
#include "tests/config/temporary_directory.h"

namespace config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

Environment table(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    auto found = values.find(name);
    if (found == values.end()) return std::nullopt;
    return found->second;
  };
}

LoadedConfig load(std::string_view yaml, std::map<std::string, std::string> environment = {}) {
  base::Result<LoadedConfig> loaded = parse_agent_config(yaml, "dc.yaml", table(std::move(environment)));
  EXPECT_TRUE(loaded.has_value()) << yaml << "\n" << (loaded ? "" : loaded.error().message);
  return loaded.value_or(LoadedConfig{});
}

std::string error_of(std::string_view yaml, std::map<std::string, std::string> environment = {}) {
  base::Result<LoadedConfig> loaded = parse_agent_config(yaml, "dc.yaml", table(std::move(environment)));
  EXPECT_FALSE(loaded.has_value()) << yaml;
  return loaded ? std::string() : loaded.error().message;
}

std::string warning_of(std::string_view yaml) {
  LoadedConfig loaded = load(yaml);
  EXPECT_THAT(loaded.diagnostics, SizeIs(1)) << yaml;
  return loaded.diagnostics.empty() ? std::string() : to_string(loaded.diagnostics.front());
}

std::string tests_file(const std::string& name) { return std::string(DC_TEST_DATA) + "/../" + name; }

TEST(AgentConfig, NothingIsTheDefaults) {
  EXPECT_EQ(load("").config, AgentConfig{});
  EXPECT_EQ(load("# only a comment\n").config, AgentConfig{});
  EXPECT_EQ(load("kato:\nlogging:\n").config, AgentConfig{});
}

TEST(AgentConfig, ReadsTheSeedsExample) {
  LoadedConfig loaded = load(R"(cores: [0]
clientConfigDir: /etc/discovery-client/discovery.d/
internalDir: /etc/discovery-client/internal/
reconnectInterval: 5s
logPagePaginationEnabled: false
maxIOQueues: 0
logging:
  filename: "/var/log/discovery-client.log"
  maxAge: 96h
  maxSize: 100
  level: info
  reportCaller: true
debug:
  metrics: true
  enablepprof: true
  endpoint: 0.0.0.0:6060
autoDetectEntries:
  enabled: true
  filename: detected-io-controllers
  discoveryServicePort: 8009
)");
  EXPECT_THAT(loaded.diagnostics, IsEmpty());
  EXPECT_THAT(loaded.config.cores, ElementsAre(0));
  EXPECT_EQ(loaded.config.reconnect_interval, 5s);
  EXPECT_EQ(loaded.config.logging.filename, "/var/log/discovery-client.log");
  EXPECT_TRUE(loaded.config.debug.enable_pprof);
}

TEST(AgentConfig, KeysAreFoundWithoutRegardToCase) {
  LoadedConfig loaded = load("KATO: 7\nLogging:\n  MAXAGE: 1h30m\n");
  EXPECT_EQ(loaded.config.kato, 7);
  EXPECT_EQ(loaded.config.logging.max_age, 90min);
  EXPECT_THAT(loaded.diagnostics, IsEmpty());
}

TEST(AgentConfig, OurOwnKeys) {
  AgentConfig config =
      load(
          "configSettle: 250ms\nresyncInterval: 2m\nmaxRetryInterval: 90s\nlogRefreshInterval: 1h\n"
          "discoveryKato: 15s\npreflight: off\npreflightTimeout: 3s\nmaxLogEntries: 1024\nrunDir: /r\n"
          "hostNQNPath: /h\nnvmeHostIDPath: /i\nfabricsDevice: /d\nsysfsRoot: /s\nsessionsPerGroup: 2\n"
          "referralPolicy: Authoritative\nlogging:\n  format: JSON\n")
          .config;
  EXPECT_EQ(config.settle, 250ms);
  EXPECT_EQ(config.resync_interval, 2min);
  EXPECT_EQ(config.max_retry_interval, 90s);
  EXPECT_EQ(config.log_refresh_interval, 1h);
  EXPECT_EQ(config.discovery_kato, 15s);
  EXPECT_FALSE(config.preflight);
  EXPECT_EQ(config.preflight_timeout, 3s);
  EXPECT_EQ(config.max_log_entries, 1024U);
  EXPECT_EQ(config.sessions_per_group, 2);
  EXPECT_EQ(config.referral_policy, ReferralPolicy::kAuthoritative);
  EXPECT_TRUE(config.logging.json);
  EXPECT_EQ(config.run_dir + config.host_nqn_path + config.nvme_host_id_path + config.fabrics_device +
                config.sysfs_root,
            "/r/h/i/d/s");
}

TEST(AgentConfig, UnknownKeysWarnWithTheNearestKnownOne) {
  EXPECT_EQ(
      warning_of("kato: 5\nreconectInterval: 5s\n"),
      "dc.yaml:2:1: warning: unknown setting reconectInterval, ignored; did you mean reconnectInterval?");
  EXPECT_EQ(warning_of("logging:\n  levle: info\n"),
            "dc.yaml:2:3: warning: unknown setting logging.levle, ignored; did you mean logging.level?");
  EXPECT_EQ(warning_of("loging:\n  level: info\n"),
            "dc.yaml:1:1: warning: unknown setting loging, ignored; did you mean logging?");
  EXPECT_EQ(warning_of("level: info\n"),
            "dc.yaml:1:1: warning: unknown setting level, ignored; did you mean logging.level?");
  EXPECT_EQ(warning_of("zzzzzzzz: 1\n"), "dc.yaml:1:1: warning: unknown setting zzzzzzzz, ignored");
  EXPECT_THAT(warning_of("pollingInterval: 5s\n"), HasSubstr("has no effect"));
}

TEST(AgentConfig, DuplicateKeysWarnAndTheFirstCounts) {
  EXPECT_EQ(warning_of("kato: 5\nKato: 6\n"),
            "dc.yaml:2:1: warning: Kato is given twice; the first one counts");
  EXPECT_EQ(load("kato: 5\nkato: 6\n").config.kato, 5);
}

TEST(AgentConfig, WrongValuesAreErrorsWithPlaceAndExpectation) {
  EXPECT_EQ(error_of("kato: soon\n"),
            "dc.yaml:1:7: error: kato: 'soon' is not a whole number of seconds from 0 (kernel default) to 4294967");
  EXPECT_EQ(
      error_of("logging:\n  level: loud\n"),
      "dc.yaml:2:10: error: logging.level: 'loud' is not one of debug, info, warn, warning, error, fatal");
  EXPECT_THAT(error_of("maxIOQueues: 010\n"), HasSubstr("octal"));
  EXPECT_THAT(error_of("maxIOQueues: 0x10\n"), HasSubstr("maxIOQueues"));
  EXPECT_THAT(error_of("reconnectInterval: 5\n"),
              HasSubstr("dc.yaml:1:20: error: reconnectInterval: '5' is not a duration"));
  EXPECT_THAT(error_of("kato: [1]\n"), HasSubstr("dc.yaml:1:1: error: kato: expected"));
  EXPECT_THAT(error_of("logging: loud\n"), HasSubstr("logging is a section"));
  EXPECT_THAT(error_of("[1, 2]\n"), HasSubstr("expected settings"));
  EXPECT_THAT(error_of("a: b: c\n"), HasSubstr("dc.yaml:1:"));
  EXPECT_THAT(error_of("autoDetectEntries:\n  filename: ../x\n"), HasSubstr("dc.yaml:2:13"));
  EXPECT_THAT(error_of("autoDetectEntries:\n  discoveryServicePort: 70000\n"),
              HasSubstr("a port from 1 to 65535"));
  EXPECT_THAT(error_of("debug:\n  endpoint: 6060\n"), HasSubstr("host:port"));
  EXPECT_THAT(error_of("auxSuffix: 'a,b'\n"), HasSubstr("auxSuffix"));
}

TEST(AgentConfig, AllErrorsAreTold) {
  std::string errors = error_of("kato: x\nmaxIOQueues: y\n");
  EXPECT_THAT(errors, HasSubstr("dc.yaml:1:7"));
  EXPECT_THAT(errors, HasSubstr("dc.yaml:2:14"));
}

TEST(AgentConfig, BooleanWords) {
  for (std::string_view word : {"true", "True", "on", "yes", "1", "\"true\""}) {
    EXPECT_TRUE(load("logPagePaginationEnabled: " + std::string(word)).config.log_page_pagination_enabled)
        << word;
  }
  for (std::string_view word : {"false", "OFF", "no", "0"})
    EXPECT_FALSE(load("preflight: " + std::string(word)).config.preflight) << word;
  EXPECT_THAT(error_of("preflight: maybe\n"), HasSubstr("on or off"));
}

TEST(AgentConfig, CtrlLossTmoFollowsTheSeed) {
  EXPECT_EQ(load("ctrlLossTMO: 0").config.ctrl_loss_tmo, 600);
  EXPECT_EQ(load("ctrlLossTMO: -5").config.ctrl_loss_tmo, 600);
  EXPECT_EQ(load("ctrlLossTMO: -1").config.ctrl_loss_tmo, -1);
  EXPECT_EQ(load("ctrlLossTMO: 30").config.ctrl_loss_tmo, 30);
  EXPECT_EQ(load("reconnectInterval: 0").config.reconnect_interval, AgentConfig{}.reconnect_interval);
}

TEST(AgentConfig, HttpEndpoint) {
  EXPECT_EQ(load("debug:\n  endpoint: ':6060'").config.debug.endpoint, "[::]:6060");
  EXPECT_EQ(load("debug:\n  endpoint: '[::]:6060'").config.debug.endpoint, "[::]:6060");
  EXPECT_EQ(load("debug:\n  endpoint: ''").config.debug.endpoint, "");
}

TEST(AgentConfig, TheEnvironmentGoesOverTheFileForEveryKey) {
  AgentConfig config =
      load("kato: 5\nlogging:\n  level: info\n", {{"DC_KATO", "9"},
                                                  {"DC_LOGGING_LEVEL", "debug"},
                                                  {"DC_CORES", "1,3"},
                                                  {"DC_CLIENTCONFIGDIR", "/c"},
                                                  {"DC_AUTODETECTENTRIES_FILENAME", "my-name"},
                                                  {"DC_AUTODETECTENTRIES_DISCOVERYSERVICEPORT", "12345"},
                                                  {"DC_RUNDIR", ""}})
          .config;
  EXPECT_EQ(config.kato, 9);
  EXPECT_EQ(config.logging.level, "debug");
  EXPECT_THAT(config.cores, ElementsAre(1, 3));
  EXPECT_THAT(config.client_config_dirs, ElementsAre("/c"));
  EXPECT_EQ(config.auto_detect.filename, "my-name");
  EXPECT_EQ(config.auto_detect.discovery_service_port, 12345);
  EXPECT_EQ(config.run_dir, AgentConfig{}.run_dir) << "set but empty is not set";
  EXPECT_EQ(error_of("", {{"DC_KATO", "x"}}).substr(0, 40), "environment variable DC_KATO: error: kat");
}

TEST(AgentConfig, EveryKeyCanComeFromTheEnvironment) {
  for (const AgentKey& key : agent_keys()) {
    if (key.shape == KeyShape::kIgnored) continue;
    std::set<std::string> asked{};
    Environment spy = [&](const std::string& name) -> std::optional<std::string> {
      asked.insert(name);
      return std::nullopt;
    };
    ASSERT_TRUE(parse_agent_config("", "dc.yaml", spy).has_value());
    EXPECT_THAT(asked, testing::Contains(environment_name(key.path)));
  }
}

TEST(AgentConfig, FlagsGoOverTheEnvironment) {
  const Environment environment = table({{"DC_KATO", "8"}, {"DC_LOGGING_LEVEL", "warn"}, {"DC_CORES", "1"}});
  const Flags flags{{"kato", "9"}, {"logging.filename", ""}};
  base::Result<LoadedConfig> loaded = parse_agent_config(
      "kato: 7\nmaxIOQueues: 3\nlogging:\n  level: error\n  filename: /log\n", "dc.yaml", environment, flags);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_EQ(loaded->config.kato, 9) << "flag over environment over file";
  EXPECT_EQ(loaded->config.logging.level, "warn") << "environment over file";
  EXPECT_EQ(loaded->config.max_io_queues, 3) << "file over default";
  EXPECT_EQ(loaded->config.ctrl_loss_tmo, 600) << "default";
  EXPECT_EQ(loaded->config.logging.filename, "") << "an empty flag is a value";
  loaded = parse_agent_config("", "dc.yaml", {}, Flags{{"KATO", "x"}});
  ASSERT_FALSE(loaded.has_value());
  EXPECT_EQ(loaded.error().message.substr(0, 24), "flag --KATO: error: kato");
}

TEST(AgentConfig, FlagOverEnvironmentOverFileOverDefaultForEveryKey) {
  for (const AgentKey& key : agent_keys()) {
    if (key.shape == KeyShape::kIgnored) continue;
    const config_test::KeyValues values = config_test::values_of(key);
    ASSERT_NE(values.file, "") << key.path << " has no values in key_values.h";
    const std::map<std::string, std::string> variable{{environment_name(key.path), values.environment}};
    const std::string file = config_test::yaml_line(key.path, values.file) + values.with;
    const AgentConfig nothing = load(values.with).config;
    const AgentConfig by_file = load(file).config;
    const AgentConfig by_environment = load(file, variable).config;
    EXPECT_NE(by_file, nothing) << key.path << ": the file over the default";
    EXPECT_NE(by_environment, by_file) << key.path << ": the environment over the file";
    EXPECT_EQ(by_environment, load(config_test::yaml_line(key.path, values.environment) + values.with).config) << key.path;
    EXPECT_EQ(by_environment, load(values.with, variable).config) << key.path;
    if (values.flag.empty()) continue;
    const base::Result<LoadedConfig> by_flag = parse_agent_config(file, "dc.yaml", table(variable), {{std::string(key.path), values.flag}});
    ASSERT_TRUE(by_flag.has_value()) << by_flag.error().message;
    EXPECT_NE(by_flag->config, by_environment) << key.path << ": the flag over the environment";
    EXPECT_EQ(by_flag->config, load(config_test::yaml_line(key.path, values.flag) + values.with).config) << key.path;
  }
}

TEST(AgentConfig, OneOfTheSeedsFilesIsNotRefusedForACeilingItDoesNotKnow) {
  EXPECT_EQ(load("reconnectInterval: 5m\n").config.max_retry_interval, 5min);
  EXPECT_EQ(load("logging:\n  maxSize: 0\n").config.logging.max_size, 0);
}

TEST(AgentConfig, SecretsAreReadAndNeverShown) {
  AgentConfig config = load("dhChapSecret: \"DHHC-1:00:GEHEIM:\"\n").config;
  EXPECT_EQ(config.dhchap_secret.reveal(), "DHHC-1:00:GEHEIM:");
  EXPECT_THAT(error_of("dhChapSecret: GEHEIM\n"), Not(HasSubstr("GEHEIM")));
  EXPECT_THAT(error_of("", {{"DC_DHCHAPCTRLSECRET", "GEHEIM"}}), Not(HasSubstr("GEHEIM")));
}

TEST(AgentConfig, AControllersSecretNeedsTheHosts) {
  EXPECT_THAT(error_of("dhChapCtrlSecret: \"DHHC-1:00:GEHEIM:\"\n"),
              testing::AllOf(HasSubstr("dhChapCtrlSecret needs dhChapSecret"), Not(HasSubstr("GEHEIM"))));
  EXPECT_EQ(load("dhChapCtrlSecret: \"DHHC-1:00:b:\"\n", {{"DC_DHCHAPSECRET", "DHHC-1:00:a:"}})
                .config.dhchap_ctrl_secret.reveal(),
            "DHHC-1:00:b:");
}

TEST(AgentConfig, TheTwoDirectoriesMustDiffer) {
  TemporaryDirectory dir;
  std::filesystem::create_directory(dir / "real");
  std::filesystem::create_directory_symlink("real", dir / "link");
  EXPECT_THAT(error_of("clientConfigDir: " + (dir / "real/") + "\ninternalDir: " + (dir / "link") + "\n"),
              HasSubstr("must differ"));
  EXPECT_THAT(error_of("clientConfigDir: /nowhere/x/../y\ninternalDir: /nowhere/y/\n"),
              HasSubstr("must differ"));
}

TEST(AgentConfig, RetryCeilingBelowTheFirstDelayIsRefused) {
  EXPECT_THAT(error_of("reconnectInterval: 5m\nmaxRetryInterval: 1m\n"),
              HasSubstr("maxRetryInterval (1m) is less than"));
}

TEST(AgentConfig, OneConfigurationDirectoryOrSeveral) {
  const auto directories = [](std::string_view yaml, const std::map<std::string, std::string>& variables = {}) {
    base::Result<LoadedConfig> loaded = parse_agent_config(yaml, "f", table(variables));
    return loaded ? loaded->config.client_config_dirs : std::vector<std::string>{loaded.error().message};
  };
  EXPECT_THAT(directories("clientConfigDir: /a b/"), ElementsAre("/a b/"));
  EXPECT_THAT(directories("clientConfigDir: [/a, /b, /a]"), ElementsAre("/a", "/b"));
  EXPECT_THAT(directories("clientConfigDir:\n- /a\n- /b"), ElementsAre("/a", "/b"));
  EXPECT_THAT(directories("", {{"DC_CLIENTCONFIGDIR", "/a, /b"}}), ElementsAre("/a", "/b"));
  EXPECT_THAT(directories("clientConfigDir: [/a, '']"), ElementsAre(HasSubstr("f:1:18: error: clientConfigDir: ")));
  EXPECT_THAT(directories("clientConfigDir: [/a, /b]\ninternalDir: /b"), ElementsAre(HasSubstr("must differ")));
}

TEST(AgentConfig, MissingFile) {
  TemporaryDirectory dir;
  EXPECT_FALSE(load_agent_config(dir / "x.yaml", true, {}).has_value());
  base::Result<LoadedConfig> loaded = load_agent_config(dir / "x.yaml", false, table({{"DC_KATO", "9"}}));
  ASSERT_TRUE(loaded.has_value());
  EXPECT_EQ(loaded->config.kato, 9);
  EXPECT_THAT(loaded->diagnostics, SizeIs(1));
  EXPECT_FALSE(load_agent_config(dir.path(), false, {}).has_value())
      << "there, but unreadable: not the defaults";
}

TEST(AgentConfig, TheExampleFileIsTheDefaultsAndNamesEveryKey) {
  std::string text = read_text(tests_file("config/discovery-client.example.yaml"));
  base::Result<LoadedConfig> loaded = parse_agent_config(text, "example", {});
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  EXPECT_THAT(loaded->diagnostics, IsEmpty());
  EXPECT_EQ(loaded->config, AgentConfig{});
  const YAML::Node root = YAML::Load(text);
  for (const AgentKey& key : agent_keys()) {
    if (key.shape == KeyShape::kIgnored) continue;
    const std::size_t dot = key.path.find('.');
    const YAML::Node holder = dot == std::string_view::npos ? root : root[std::string(key.path.substr(0, dot))];
    const YAML::Node value = holder[std::string(key.path.substr(dot == std::string_view::npos ? 0 : dot + 1))];
    ASSERT_TRUE(value.IsDefined()) << key.path << " is not in the example";
    EXPECT_FALSE(value.IsNull()) << key.path << " has no default in the example";
  }
}

TEST(AgentConfig, EveryKeyOfTheExampleIsExplainedAbove) {
  std::istringstream lines(read_text(tests_file("config/discovery-client.example.yaml")));
  std::string line;
  std::string above;
  while (std::getline(lines, line)) {
    const std::size_t colon = line.find(':');
    const bool is_key = !base::trim(line).starts_with('#') && colon != std::string::npos;
    const bool is_section = is_key && colon + 1 == line.size();
    // Two keys may share a comment: the line above is then the other key.
    if (is_key && !is_section) EXPECT_NE(base::trim(above), "") << line;
    above = line;
  }
}

/// The cells of a row of a Markdown table, without their quotes.
std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream in(row);
  std::string cell;
  while (std::getline(in, cell, '|')) {
    std::string_view text = base::trim(cell);
    if (text.size() > 1 && text.starts_with('`') && text.ends_with('`')) text = text.substr(1, text.size() - 2);
    cells.emplace_back(text);
  }
  return cells;
}

TEST(AgentConfig, TheDocumentsDefaultsAreTheCodes) {
  const std::string text = read_text(tests_file("docs/configuration.md"));
  for (const AgentKey& key : agent_keys()) {
    if (key.shape == KeyShape::kIgnored) continue;
    const std::size_t at = text.find("| `" + std::string(key.path) + "` |");
    ASSERT_NE(at, std::string::npos) << key.path;
    const std::vector<std::string> cells = cells_of(text.substr(at, text.find('\n', at) - at));
    ASSERT_EQ(cells.size(), 6U) << key.path;
    EXPECT_NE(cells[4], "") << key.path << " has no unit or range";
    AgentConfig config{};
    const std::string value = cells[3] == "none" ? std::string() : cells[3];
    // Set to something else first, so that a default that is not taken shows.
    ASSERT_TRUE(key.set(config, config_test::values_of(key).file)) << key.path;
    ASSERT_TRUE(key.set(config, value)) << key.path << " = " << value;
    EXPECT_EQ(config, AgentConfig{}) << key.path << " = " << value;
  }
}

TEST(AgentConfig, TheDocumentNamesEveryKeyAndVariable) {
  std::string text = read_text(tests_file("docs/configuration.md"));
  for (const AgentKey& key : agent_keys()) {
    EXPECT_THAT(text, HasSubstr("| `" + std::string(key.path) + "` |"));
    if (key.shape != KeyShape::kIgnored) EXPECT_THAT(text, HasSubstr("`" + environment_name(key.path) + "`"));
  }
}

}  // namespace
}  // namespace config
