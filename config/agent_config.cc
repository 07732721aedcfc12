// The YAML file and the environment into AgentConfig, by the table in agent_keys.cc. Every complaint has its
// place in the file; nothing that a person may have mistyped is silently taken for something else.
#include "config/agent_config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "config/agent_keys.h"

namespace config {
namespace {

constexpr std::size_t kWarningsMax = 200;      // this is some other file; the first ones say so
constexpr std::size_t kFileMax = 1024 * 1024;  // the annotated example has 8 KiB

std::string lower_path(const std::string& section, std::string_view key) {
  return section.empty() ? base::to_lower(key) : section + "." + base::to_lower(key);
}

const AgentKey* find_key(const std::string& lower) {
  for (const AgentKey& key : agent_keys()) {
    if (base::to_lower(key.path) == lower) return &key;
  }
  return nullptr;
}

bool is_section(const std::string& lower) {
  for (const AgentKey& key : agent_keys()) {
    if (base::to_lower(key.path).starts_with(lower + ".")) return true;
  }
  return false;
}

/// The last part of a path: what stands in the file.
std::string_view leaf(std::string_view path) { return path.substr(path.rfind('.') + 1); }

/// The known key that `word`, found in `section`, was probably meant to be.
std::string nearest_key(const std::string& section, const std::string& word) {
  std::vector<std::string> siblings{};
  for (const AgentKey& key : agent_keys()) {
    if (leaf(base::to_lower(key.path)) == word) return std::string(key.path);  // right word, wrong place
    std::string lower = base::to_lower(key.path);
    if (section.empty()) siblings.push_back(lower.substr(0, lower.find('.')));
    else if (lower.starts_with(section + ".")) siblings.push_back(lower.substr(section.size() + 1));
  }
  std::vector<std::string_view> views(siblings.begin(), siblings.end());
  std::optional<std::string_view> found = base::nearest(word, views);
  if (!found) return {};
  std::string path = lower_path(section, *found);
  if (const AgentKey* key = find_key(path)) return std::string(key->path);
  for (const AgentKey& key : agent_keys()) {
    if (base::to_lower(key.path).starts_with(path + ".")) return std::string(key.path.substr(0, path.size()));
  }
  return {};
}

class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  void read_yaml(std::string_view text) {
    try {
      const YAML::Node root = YAML::Load(std::string(text));
      if (!root.IsDefined() || root.IsNull()) return;
      if (!root.IsMap()) return refuse(place(root), "expected settings such as 'kato: 10', one a line");
      read_map(root, "");
    } catch (const YAML::Exception& error) {
      refuse(place(error.mark), "YAML: " + base::printable(error.msg));
    } catch (const std::exception& error) {
      refuse({file_, 0, 0}, "YAML: " + base::printable(error.what()));
    }
  }

  void read_environment(const Environment& env) {
    if (!env) return;
    for (const AgentKey& key : agent_keys()) {
      std::string name = environment_name(key.path);
      std::optional<std::string> value = env(name);
      if (value && !value->empty()) set(key, *value, {"environment variable " + name, 0, 0});
    }
  }

  void read_flags(const Flags& flags) {
    for (const auto& [path, text] : flags) {
      const SourceLocation where{"flag --" + path, 0, 0};
      if (const AgentKey* key = find_key(base::to_lower(path))) set(*key, text, where);
      else refuse(where, "there is no such setting");
    }
  }

  /// What the settings mean together.
  void check_together() {
    AgentConfig& config = loaded_.config;
    // The seed knew no ceiling: its files must not be refused for one that they don't give.
    if (!given_.contains("maxRetryInterval")) {
      config.max_retry_interval = std::max(config.max_retry_interval, config.reconnect_interval);
    } else if (config.max_retry_interval < config.reconnect_interval) {
      refuse({file_, 0, 0}, "maxRetryInterval (" + base::to_string(config.max_retry_interval) +
                                ") is less than reconnectInterval (" +
                                base::to_string(config.reconnect_interval) + ")");
    }
    if (config.dhchap_secret.empty() && !config.dhchap_ctrl_secret.empty()) {
      refuse({file_, 0, 0}, "dhChapCtrlSecret needs dhChapSecret too: a host without a secret can't ask the controller for its own");
    }
    for (const std::string& directory : config.client_config_dirs) {
      if (canonical(directory) != canonical(config.internal_dir)) continue;
      refuse({file_, 0, 0}, "clientConfigDir and internalDir are the same directory (" +
                                base::printable(canonical(config.internal_dir)) + "); they must differ");
    }
  }

  base::Result<LoadedConfig> finish() {
    if (errors_.empty()) return std::move(loaded_);
    return base::fail(base::ErrorKind::kInvalid, std::move(errors_));
  }

 private:
  SourceLocation place(const YAML::Mark& mark) const {
    if (mark.is_null() || mark.line < 0) return {file_, 0, 0};
    return {file_, mark.line + 1, mark.column + 1};
  }
  SourceLocation place(const YAML::Node& node) const { return place(node.Mark()); }

  void refuse(SourceLocation where, std::string message) {
    if (!errors_.empty()) errors_ += "\n";
    errors_ += to_string(Diagnostic{std::move(where), Severity::kError, std::move(message)});
  }
  void warn(SourceLocation where, std::string message) {
    loaded_.diagnostics.push_back({std::move(where), Severity::kWarning, std::move(message)});
  }

  void read_map(const YAML::Node& map, const std::string& section) {
    std::set<std::string> seen{};
    for (const auto& pair : map) {
      const YAML::Node name = pair.first;
      const YAML::Node value = pair.second;
      if (!name.IsScalar()) {
        refuse(place(name), "expected the name of a setting");
        continue;
      }
      std::string path = lower_path(section, name.Scalar());
      if (!seen.insert(path).second) {
        warn(place(name), base::printable(name.Scalar()) + " is given twice; the first one counts");
      } else if (const AgentKey* key = find_key(path)) {
        read_value(*key, name, value);
      } else if (section.empty() && is_section(path)) {
        read_section(path, name, value);
      } else {
        warn_unknown(section, name);
      }
    }
  }

  void read_section(const std::string& path, const YAML::Node& name, const YAML::Node& value) {
    if (value.IsNull()) return;
    if (value.IsMap()) return read_map(value, path);
    refuse(place(name),
           base::printable(name.Scalar()) + " is a section: its settings stand below it, indented");
  }

  void warn_unknown(const std::string& section, const YAML::Node& name) {
    if (loaded_.diagnostics.size() >= kWarningsMax) return;
    std::string nearest = nearest_key(section, base::to_lower(name.Scalar()));
    std::string full = section.empty() ? name.Scalar() : section + "." + name.Scalar();
    warn(place(name), "unknown setting " + base::printable(full) + ", ignored" +
                          (nearest.empty() ? "" : "; did you mean " + nearest + "?"));
  }

  void read_value(const AgentKey& key, const YAML::Node& name, const YAML::Node& value) {
    if (value.IsNull()) return;  // "key:" with nothing behind it: the default
    if (value.IsScalar()) return set(key, value.Scalar(), place(value));
    bool list = key.shape == KeyShape::kList && value.IsSequence();
    std::string joined{};
    for (std::size_t i = 0; list && i < value.size(); ++i) {
      const YAML::Node item = value[i];
      list = item.IsScalar();
      if (list) joined += (i == 0 ? "" : ",") + item.Scalar();
    }
    if (list) return set(key, joined, place(value));
    refuse(place(name), std::string(key.path) + ": expected " + std::string(key.expects));
  }

  void set(const AgentKey& key, const std::string& text, SourceLocation where) {
    if (key.shape == KeyShape::kIgnored) {
      return warn(std::move(where), std::string(key.path) + " has no effect: " + std::string(key.expects));
    }
    given_.insert(key.path);
    if (key.set(loaded_.config, text)) return;
    bool octal = text.size() > 1 && text[0] == '0' && base::parse_int(text, 0, INT64_MAX).has_value();
    std::string shown = key.shape == KeyShape::kSecret ? "the value" : "'" + base::printable(text, 80) + "'";
    refuse(std::move(where), std::string(key.path) + ": " + shown + " is not " + std::string(key.expects) +
                                 (octal ? "; a leading zero makes a number octal in YAML" : ""));
  }

  /// Symbolic links and dots resolved as far as the path exists.
  static std::string canonical(const std::string& path) {
    std::error_code error;
    std::filesystem::path real =
        std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
    std::string text = error ? path : real.string();
    while (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
  }

  std::string file_;
  LoadedConfig loaded_{};
  std::set<std::string_view> given_{};  ///< paths of the table
  std::string errors_{};
};

}  // namespace

base::Result<LoadedConfig> parse_agent_config(std::string_view yaml, const std::string& file,
                                              const Environment& env,
                                              const Flags& flags) {
  if (yaml.size() > kFileMax) return base::fail(base::ErrorKind::kInvalid, file + ": larger than 1 MiB");
  Reader reader(file);
  reader.read_yaml(yaml);
  reader.read_environment(env);
  reader.read_flags(flags);
  reader.check_together();
  return reader.finish();
}

base::Result<LoadedConfig> load_agent_config(const std::string& path, bool required, const Environment& env,
                                              const Flags& flags) {
  base::Result<std::string> text = base::read_file(path, kFileMax);
  if (text) return parse_agent_config(*text, path, env, flags);
  bool missing = text.error().kind == base::ErrorKind::kNotFound;
  if (required || !missing) return std::unexpected(std::move(text).error().with_context("configuration"));
  base::Result<LoadedConfig> defaults = parse_agent_config("", path, env, flags);
  if (defaults) {
    defaults->diagnostics.push_back(
        {{path, 0, 0}, Severity::kWarning, "there is no such file; the defaults apply"});
  }
  return defaults;
}

}  // namespace config
