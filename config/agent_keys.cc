// The table of settings: how each is spelled and what it may be. Texts in, members set; knows neither YAML
// nor getenv.
#include "config/agent_keys.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "config/directory_names.h"
#include "config/host_port.h"
#include "nvme/nqn.h"

namespace config {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kSecond = 1000;  // milliseconds
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kYear = 31'536'000;    // seconds
constexpr std::int64_t kKatoMax = 4'294'967;  // seconds; KATO is 32 bits of milliseconds on the wire
constexpr int kDefaultCtrlLossTmo = 600;

/// Decimal only: YAML reads 010 as eight and people mean ten, so nobody gets either.
std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t low, std::int64_t high) {
  std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  return base::parse_int(text, low, high);
}

std::optional<bool> truth(std::string_view text) {
  std::string word = base::to_lower(text);
  for (std::string_view yes : {"true", "on", "yes", "t", "1"})
    if (word == yes) return true;
  for (std::string_view no : {"false", "off", "no", "f", "0"})
    if (word == no) return false;
  return std::nullopt;
}

/// Finds the member that a path of member pointers leads to: member<&AgentConfig::logging,
/// &LoggingConfig::level>.
template <auto kFirst, auto... kRest>
auto& member(auto& object) {
  if constexpr (sizeof...(kRest) == 0) return object.*kFirst;
  else return member<kRest...>(object.*kFirst);
}

template <std::int64_t kLow, std::int64_t kHigh, auto... kPath>
bool set_number(AgentConfig& config, std::string_view text) {
  std::optional<std::int64_t> number = whole_number(text, kLow, kHigh);
  if (!number) return false;
  auto& place = member<kPath...>(config);
  place = static_cast<std::remove_reference_t<decltype(place)>>(*number);
  return true;
}

template <auto... kPath>
bool set_truth(AgentConfig& config, std::string_view text) {
  std::optional<bool> value = truth(text);
  if (value) member<kPath...>(config) = *value;
  return value.has_value();
}

template <auto... kPath>
bool set_text(AgentConfig& config, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return false;
  member<kPath...>(config) = std::string(text);
  return true;
}

template <auto... kPath>
bool set_path(AgentConfig& config, std::string_view text) {
  return !text.empty() && set_text<kPath...>(config, text);
}

enum class Zero { kIsValue, kIsDefault };

/// The limits are milliseconds.
template <std::int64_t kLow, std::int64_t kHigh, Zero kZero, auto... kPath>
bool set_duration(AgentConfig& config, std::string_view text) {
  base::Result<base::Duration> value = base::parse_duration(text);
  if (!value) return false;
  bool keep_default = kZero == Zero::kIsDefault && *value == base::Duration::zero();
  if (!keep_default && (*value < milliseconds{kLow} || *value > milliseconds{kHigh})) return false;
  if (!keep_default) member<kPath...>(config) = *value;
  return true;
}

template <base::Secret AgentConfig::* kMember>
bool set_secret(AgentConfig& config, std::string_view text) {
  bool printable = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f && c != ','; });
  if (!text.empty() && (!text.starts_with("DHHC-1:") || !printable)) return false;
  config.*kMember = base::Secret(std::string(text));
  return true;
}

bool set_cores(AgentConfig& config, std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  std::vector<int> cores{};
  while (!base::trim(text).empty()) {
    std::size_t comma = std::min(text.find(','), text.size());
    std::optional<std::int64_t> core =
        whole_number(base::trim(text.substr(0, comma)), 0, 8191);  // Linux: NR_CPUS at most
    if (!core) return false;
    cores.push_back(static_cast<int>(*core));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  config.cores = std::move(cores);
  return true;
}

bool set_directories(AgentConfig& config, std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  if (text.find('\0') != std::string_view::npos) return false;
  std::vector<std::string> directories{};
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    const std::string directory(base::trim(text.substr(at, comma - at)));
    if (directory.empty()) return false;
    if (std::ranges::find(directories, directory) == directories.end()) directories.push_back(directory);
    at = comma + 1;
  }
  config.client_config_dirs = std::move(directories);
  return true;
}

/// As the seed: 0 and everything below -1 mean the default (so "never retry" can't be said).
bool set_ctrl_loss_tmo(AgentConfig& config, std::string_view text) {
  std::optional<std::int64_t> number = whole_number(text, -kYear, kYear);
  if (!number) return false;
  config.ctrl_loss_tmo = *number == 0 || *number < -1 ? kDefaultCtrlLossTmo : static_cast<int>(*number);
  return true;
}

bool set_level(AgentConfig& config, std::string_view text) {
  std::string level = base::to_lower(text);
  for (std::string_view known : {"debug", "info", "warn", "warning", "error", "fatal"}) {
    if (level != known) continue;
    config.logging.level = std::move(level);
    return true;
  }
  return false;
}

bool set_format(AgentConfig& config, std::string_view text) {
  const std::string format = base::to_lower(text);
  if (format != "text" && format != "json") return false;
  config.logging.json = format == "json";
  return true;
}

bool set_referral_policy(AgentConfig& config, std::string_view text) {
  const std::string policy = base::to_lower(text);
  if (policy != "keep" && policy != "authoritative") return false;
  config.referral_policy = policy == "keep" ? ReferralPolicy::kKeep : ReferralPolicy::kAuthoritative;
  return true;
}

/// ":6060", as Go's programs take it, is every address of the host.
bool set_endpoint(AgentConfig& config, std::string_view text) {
  std::string endpoint = text.starts_with(':') ? "[::]" + std::string(text) : std::string(text);
  if (!endpoint.empty()) {
    base::Result<HostPort> parsed = parse_host_port(endpoint);
    if (!parsed || !parsed->port) return false;
  }
  config.debug.endpoint = std::move(endpoint);
  return true;
}

bool set_detect_filename(AgentConfig& config, std::string_view text) {
  if (!is_conf_name(text) || text.size() > 255 || text.find('/') != std::string_view::npos) return false;
  return set_text<&AgentConfig::auto_detect, &AutoDetectConfig::filename>(config, text);
}

/// Ends up in a subsystem NQN, and so in the kernel's option string.
bool set_suffix(AgentConfig& config, std::string_view text) {
  bool fits = text.empty() || nvme::Nqn::parse(text).has_value();
  if (fits) config.aux_suffix = std::string(text);
  return fits;
}

using C = AgentConfig;
constexpr std::string_view kTruth = "true or false (also on/off, yes/no)";
constexpr std::string_view kAPath = "a path";

constexpr AgentKey kKeys[] = {
    {"cores", KeyShape::kList, "a list of CPU numbers such as [0, 1]", set_cores},
    {"clientConfigDir", KeyShape::kList, "a path, or a list of paths such as [/a, /b]", set_directories},
    {"internalDir", KeyShape::kScalar, kAPath, set_path<&C::internal_dir>},
    {"reconnectInterval", KeyShape::kScalar, "a duration from 10ms to 1h such as 5s (0: the default)",
     set_duration<10, 1 * kHour, Zero::kIsDefault, &C::reconnect_interval>},
    {"maxRetryInterval", KeyShape::kScalar, "a duration from 1s to 24h such as 60s",
     set_duration<1 * kSecond, 24 * kHour, Zero::kIsValue, &C::max_retry_interval>},
    {"resyncInterval", KeyShape::kScalar, "a duration from 1s to 24h such as 60s",
     set_duration<1 * kSecond, 24 * kHour, Zero::kIsValue, &C::resync_interval>},
    {"logRefreshInterval", KeyShape::kScalar, "a duration from 1s to 168h such as 10m",
     set_duration<1 * kSecond, 168 * kHour, Zero::kIsValue, &C::log_refresh_interval>},
    {"configSettle", KeyShape::kScalar, "a duration from 0 to 1m such as 100ms",
     set_duration<0, 60 * kSecond, Zero::kIsValue, &C::settle>},
    {"discoveryKato", KeyShape::kScalar, "a duration from 1s to 1h such as 30s",
     set_duration<1 * kSecond, 1 * kHour, Zero::kIsValue, &C::discovery_kato>},
    {"logPagePaginationEnabled", KeyShape::kScalar, kTruth, set_truth<&C::log_page_pagination_enabled>},
    {"maxLogEntries", KeyShape::kScalar, "a whole number from 1 to 10000000",
     set_number<1, 10'000'000, &C::max_log_entries>},
    {"sessionsPerGroup", KeyShape::kScalar, "a whole number from 0 (every endpoint) to 1000",
     set_number<0, 1000, &C::sessions_per_group>},
    {"referralPolicy", KeyShape::kScalar, "keep or authoritative", set_referral_policy},
    {"maxIOQueues", KeyShape::kScalar, "a whole number from 0 (kernel default) to 65535",
     set_number<0, 65535, &C::max_io_queues>},
    {"kato", KeyShape::kScalar, "a whole number of seconds from 0 (kernel default) to 4294967",
     set_number<0, kKatoMax, &C::kato>},
    {"ctrlLossTMO", KeyShape::kScalar,
     "a whole number of seconds from -1 (for ever) to 31536000 (0: the default)", set_ctrl_loss_tmo},
    {"nvmeHostIDPath", KeyShape::kScalar, kAPath, set_path<&C::nvme_host_id_path>},
    {"hostNQNPath", KeyShape::kScalar, kAPath, set_path<&C::host_nqn_path>},
    {"runDir", KeyShape::kScalar, kAPath, set_path<&C::run_dir>},
    {"fabricsDevice", KeyShape::kScalar, kAPath, set_path<&C::fabrics_device>},
    {"sysfsRoot", KeyShape::kScalar, kAPath, set_path<&C::sysfs_root>},
    {"auxSuffix", KeyShape::kScalar, "a text that may stand in an NQN (no blanks, commas or quotes)",
     set_suffix},
    {"dhChapSecret", KeyShape::kSecret, "a DH-HMAC-CHAP secret (DHHC-1:<hash>:<base64>:)",
     set_secret<&C::dhchap_secret>},
    {"dhChapCtrlSecret", KeyShape::kSecret, "a DH-HMAC-CHAP secret (DHHC-1:<hash>:<base64>:)",
     set_secret<&C::dhchap_ctrl_secret>},
    {"preflight", KeyShape::kScalar, "on or off (also true/false, yes/no)", set_truth<&C::preflight>},
    {"preflightTimeout", KeyShape::kScalar, "a duration from 10ms to 1m such as 1500ms",
     set_duration<10, 60 * kSecond, Zero::kIsValue, &C::preflight_timeout>},
    {"logging.filename", KeyShape::kScalar, "a path, or nothing",
     set_text<&C::logging, &LoggingConfig::filename>},
    {"logging.maxAge", KeyShape::kScalar, "a duration from 0 (kept for ever) to 87600h such as 96h",
     set_duration<0, 87600 * kHour, Zero::kIsValue, &C::logging, &LoggingConfig::max_age>},
    {"logging.maxSize", KeyShape::kScalar, "a whole number of megabytes from 1 to 1048576 (0: the default)",
     set_number<0, 1'048'576, &C::logging, &LoggingConfig::max_size>},
    {"logging.level", KeyShape::kScalar, "one of debug, info, warn, warning, error, fatal", set_level},
    {"logging.reportCaller", KeyShape::kScalar, kTruth,
     set_truth<&C::logging, &LoggingConfig::report_caller>},
    {"logging.format", KeyShape::kScalar, "text or json", set_format},
    {"debug.metrics", KeyShape::kScalar, kTruth, set_truth<&C::debug, &DebugConfig::metrics>},
    {"debug.enablepprof", KeyShape::kScalar, kTruth, set_truth<&C::debug, &DebugConfig::enable_pprof>},
    {"debug.endpoint", KeyShape::kScalar, "host:port such as 0.0.0.0:6060 or [::]:6060, or nothing",
     set_endpoint},
    {"autoDetectEntries.enabled", KeyShape::kScalar, kTruth,
     set_truth<&C::auto_detect, &AutoDetectConfig::enabled>},
    {"autoDetectEntries.filename", KeyShape::kScalar,
     "a file name without '/', not hidden and not beginning with tmp.dc.", set_detect_filename},
    {"autoDetectEntries.discoveryServicePort", KeyShape::kScalar, "a port from 1 to 65535",
     set_number<1, 65535, &C::auto_detect, &AutoDetectConfig::discovery_service_port>},
    {"kubernetes.enabled", KeyShape::kScalar, kTruth, set_truth<&C::kubernetes, &KubernetesConfig::enabled>},
    {"kubernetes.events", KeyShape::kScalar, kTruth, set_truth<&C::kubernetes, &KubernetesConfig::events>},
    {"kubernetes.nodeCondition", KeyShape::kScalar, kTruth,
     set_truth<&C::kubernetes, &KubernetesConfig::node_condition>},
    {"kubernetes.startupTaint", KeyShape::kScalar, kTruth,
     set_truth<&C::kubernetes, &KubernetesConfig::startup_taint>},
    {"kubernetes.hostNqnCheck", KeyShape::kScalar, kTruth,
     set_truth<&C::kubernetes, &KubernetesConfig::hostnqn_check>},
    {"kubernetes.nodeLabels", KeyShape::kScalar, kTruth,
     set_truth<&C::kubernetes, &KubernetesConfig::node_labels>},
    {"kubernetes.serviceAccountDir", KeyShape::kScalar, kAPath,
     set_path<&C::kubernetes, &KubernetesConfig::service_account_dir>},
    {"pollingInterval", KeyShape::kIgnored, "nothing polls: events and resyncInterval do its work", nullptr},
};

}  // namespace

std::span<const AgentKey> agent_keys() { return kKeys; }

std::string environment_name(std::string_view path) {
  std::string name = "DC_";
  for (char c : path) name += c == '.' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return name;
}

}  // namespace config
