// What the commands that ask the running agent share: where it listens, one GET, and what to say when nobody answers.
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>

#include "base/error.h"
#include "cmd/http_address.h"

namespace CLI {
class App;
}

namespace cmd {

struct AgentFlags {
  std::string config{};
  std::string endpoint{};  ///< empty: debug.endpoint of the settings
};
/// --config and --endpoint.
void add_agent_flags(CLI::App& command, AgentFlags& flags);

class AgentClient {
 public:
  /// kInvalid or kUnsupported: settings that name no place to ask.
  static base::Result<AgentClient> from(const AgentFlags& flags);

  /// The body of a 200. Where nobody answers, the error says whether an agent runs here and what to do.
  base::Result<std::string> text(const std::string& path, std::chrono::milliseconds patience = std::chrono::seconds(5)) const;
  /// The same as a JSON object whose "schema" is `schema`.
  base::Result<nlohmann::ordered_json> json(const std::string& path, int schema, std::chrono::milliseconds patience = std::chrono::seconds(5)) const;

 private:
  HttpAddress address_{};
  std::string run_dir_{};
};

}  // namespace cmd
