// What discovery.d lines may depend on: the node that reads them. One ConfigMap serves all nodes that way.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace config {

struct NodeFacts {
  std::string name{};                                         ///< for ${NODE_NAME}; empty: not known
  std::optional<std::map<std::string, std::string>> labels{}; ///< for `# only:`; nothing: not known
  std::string why_no_labels{"the node's labels are not known: there is no Kubernetes API here"};
  bool labels_may_come{false};                                ///< they have been asked for, and the API has not answered
  friend bool operator==(const NodeFacts&, const NodeFacts&) = default;
};

}  // namespace config
