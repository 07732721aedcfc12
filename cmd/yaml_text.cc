// yaml-cpp's emitter does the writing; this only walks.
#include "cmd/yaml_text.h"

#include <yaml-cpp/yaml.h>

#include "cmd/status_json.h"

namespace cmd {
namespace {

using Json = nlohmann::ordered_json;

void put(YAML::Emitter& out, const Json& json) {
  if (json.is_object()) {
    if (json.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& [key, value] : json.items()) {
      out << YAML::Key << key << YAML::Value;
      put(out, value);
    }
    out << YAML::EndMap;
  } else if (json.is_array()) {
    if (json.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const Json& value : json) put(out, value);
    out << YAML::EndSeq;
  } else if (json.is_string()) {
    out << YAML::DoubleQuoted << json.get<std::string>();
  } else if (json.is_null()) {
    out << YAML::LowerNull << YAML::Null;
  } else {
    out << json.dump();  // true, false and numbers are spelled alike
  }
}

}  // namespace

std::string yaml_text(const Json& json) {
  YAML::Emitter out;
  // What dump() makes of it: bytes that are no UTF-8 are replaced before the emitter sees them.
  put(out, Json::parse(dump(json)));
  return std::string(out.c_str()) + "\n";
}

}  // namespace cmd
