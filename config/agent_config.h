// The agent's own settings: YAML file, then DC_ environment variables over it, then flags.
// Every key, its default and its unit stand here and in docs/configuration.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"
#include "config/diagnostic.h"

namespace config {

struct LoggingConfig {
  std::string filename{};                              ///< empty: standard error only
  base::Duration max_age{std::chrono::hours{96}};      ///< logging.maxAge
  int max_size{100};                                   ///< logging.maxSize, MB
  std::string level{"info"};                           ///< debug info warn warning error fatal
  bool report_caller{true};
  bool json{false};                                    ///< logging.format: text or json
  friend bool operator==(const LoggingConfig&, const LoggingConfig&) = default;
};

struct DebugConfig {
  bool metrics{true};
  bool enable_pprof{false};
  std::string endpoint{"0.0.0.0:6060"};                ///< host:port of the HTTP server; empty: none
  friend bool operator==(const DebugConfig&, const DebugConfig&) = default;
};

struct AutoDetectConfig {
  bool enabled{true};
  std::string filename{"detected-io-controllers"};
  std::uint16_t discovery_service_port{8009};
  friend bool operator==(const AutoDetectConfig&, const AutoDetectConfig&) = default;
};

/// What the agent tells a Kubernetes cluster, and asks it. Without effect outside one.
struct KubernetesConfig {
  bool enabled{true};
  bool events{true};
  bool node_condition{true};                           ///< NVMeFabricDegraded
  bool startup_taint{false};                           ///< take it away after the first sync
  bool hostnqn_check{true};                            ///< label the node, look for others with our host NQN
  bool node_labels{true};                              ///< read them, for `# only:` in discovery.d
  std::string service_account_dir{"/var/run/secrets/kubernetes.io/serviceaccount"};
  friend bool operator==(const KubernetesConfig&, const KubernetesConfig&) = default;
};

/// What becomes of a configured endpoint that its cluster's services do not refer to (DESIGN.md, decision 4).
enum class ReferralPolicy : std::uint8_t {
  kKeep,           ///< in use while it answers; retired where it is silent as well
  kAuthoritative,  ///< the seed's letter: out of the list, whether it answers or not
};

/// YAML keys are the camelCase forms (`clientConfigDir`), found without regard to case.
struct AgentConfig {
  std::vector<int> cores{};
  std::vector<std::string> client_config_dirs{"/etc/discovery-client/discovery.d"};  ///< clientConfigDir: one or several
  std::string internal_dir{"/etc/discovery-client/internal"};
  /// Where files of ours go (auto-detection, add-hostnqn); the others are only read.
  const std::string& client_config_dir() const { return client_config_dirs.front(); }
  base::Duration reconnect_interval{std::chrono::seconds{1}};   ///< first retry delay (seed: 5 s, fixed)
  base::Duration max_retry_interval{std::chrono::seconds{60}};  ///< ceiling of the backoff
  base::Duration resync_interval{std::chrono::seconds{60}};     ///< look at everything again, ± 20 %
  base::Duration log_refresh_interval{std::chrono::minutes{10}};///< re-read every log page even without an event
  base::Duration settle{std::chrono::milliseconds{100}};        ///< configSettle
  base::Duration discovery_kato{std::chrono::seconds{30}};      ///< discoveryKato: keep alive of discovery sessions
  bool log_page_pagination_enabled{false};
  std::uint64_t max_log_entries{65536};
  int sessions_per_group{0};                           ///< persistent discovery connections a cluster; 0: to every endpoint
  ReferralPolicy referral_policy{ReferralPolicy::kKeep};
  int max_io_queues{0};                                ///< 0: kernel default
  int kato{10};                                        ///< seconds, keep_alive_tmo of I/O controllers; 0: kernel default
  int ctrl_loss_tmo{600};                              ///< seconds; -1: for ever
  std::string nvme_host_id_path{"/etc/nvme/hostid"};
  std::string host_nqn_path{"/etc/nvme/hostnqn"};
  std::string run_dir{"/run/discovery-client"};        ///< the lock
  std::string fabrics_device{"/dev/nvme-fabrics"};
  std::string sysfs_root{"/sys"};
  std::string aux_suffix{};
  base::Secret dhchap_secret{};
  base::Secret dhchap_ctrl_secret{};
  bool preflight{true};
  base::Duration preflight_timeout{std::chrono::milliseconds{1500}};
  LoggingConfig logging{};
  DebugConfig debug{};
  AutoDetectConfig auto_detect{};
  KubernetesConfig kubernetes{};
  friend bool operator==(const AgentConfig&, const AgentConfig&) = default;
};

struct LoadedConfig {
  AgentConfig config{};
  std::vector<Diagnostic> diagnostics{};  ///< unknown keys (with the nearest known one), duplicates: warnings
};

/// Looks up an environment variable; nothing where it is not set. Tests give a table.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Settings from the command line, by the key's path ("logging.maxAge", any case); an empty text is a value here.
using Flags = std::map<std::string, std::string>;

/// kInvalid (all errors in one message, each file:line:column) when a value can't be what its key asks for.
base::Result<LoadedConfig> parse_agent_config(std::string_view yaml, const std::string& file, const Environment& env,
                                               const Flags& flags = {});
/// Reads `path`; a missing file is an error only if `required`, else the defaults with a warning.
base::Result<LoadedConfig> load_agent_config(const std::string& path, bool required, const Environment& env,
                                              const Flags& flags = {});

}  // namespace config
