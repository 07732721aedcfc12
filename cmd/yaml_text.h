// JSON values as YAML text, for people who read that more easily. Every string is quoted: no address becomes a number and
// no NQN an anchor.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cmd {

/// One document, ending with a line end; keys in the JSON's order.
std::string yaml_text(const nlohmann::ordered_json& json);

}  // namespace cmd
