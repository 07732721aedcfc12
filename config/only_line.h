// `# only: key=value[,key=value]`, the comment in a discovery.d file that limits the lines below it to some nodes.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/node_facts.h"

namespace config {

/// What one such comment asks for.
struct Selection {
  std::vector<std::pair<std::string, std::string>> labels{};  ///< a node must have all of them
  std::string error{};  ///< empty: it could be read; else what is wrong at `error_column` (from 1)
  int error_column{0};
};

/// Nothing: the line is not such a comment ("only" and its colon count whatever their case).
std::optional<Selection> parse_only_line(std::string_view line);

enum class Selected { kYes, kNo, kUnknown };
/// kUnknown where the labels are, or where the comment could not be read.
Selected selects(const Selection& selection, const NodeFacts& node);

}  // namespace config
