// The JSON of /status as text for a person: verdict, clusters, endpoints, subsystems, paths. Pure; trusts no field of
// the JSON to be there or to be of its type.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cmd {

struct StatusTableOptions {
  bool colour{false};
  int newest_changes{5};
  bool wide{false};  ///< also who named it, how often it was tried, as whom, and what the service says of itself
};
std::string status_table(const nlohmann::ordered_json& status, const StatusTableOptions& options);

}  // namespace cmd
