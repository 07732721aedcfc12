// The table of docs/status.md as data, and what a JSON document has that the table has not.
#pragma once

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace cmd_test {

/// "paths[].hold" -> "object or null", from the lines "| `field` | type | what |" of the section Schema 1.
inline std::map<std::string, std::string> documented_fields() {
  std::ifstream file(std::string(DC_TEST_DATA) + "/../docs/status.md");
  std::map<std::string, std::string> out;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) inside = line == "## Schema 1";
    if (!inside || !line.starts_with("| `")) continue;
    const std::size_t name_end = line.find("` | ", 3);
    const std::size_t type_end = name_end == std::string::npos ? name_end : line.find(" | ", name_end + 4);
    if (type_end == std::string::npos) continue;
    out[line.substr(3, name_end - 3)] = line.substr(name_end + 4, type_end - name_end - 4);
  }
  return out;
}

class SchemaCheck {
 public:
  explicit SchemaCheck(std::map<std::string, std::string> documented) : documented_(std::move(documented)) {}

  /// One sentence for each field that is not in the table, or of another type than there.
  std::vector<std::string> complaints(const nlohmann::ordered_json& document) {
    complaints_.clear();
    visit("", document);
    return {complaints_.begin(), complaints_.end()};
  }
  /// Seen in any document so far.
  const std::set<std::string>& seen() const { return seen_; }

 private:
  void visit(const std::string& name, const nlohmann::ordered_json& value) {
    if (value.is_object()) {
      if (documented_.contains(name)) seen_.insert(name);
      for (const auto& [key, below] : value.items()) visit(name.empty() ? key : name + "." + key, below);
    } else if (value.is_array()) {
      for (const auto& below : value) visit(name + "[]", below);
    } else {
      leaf(name, value);
    }
  }
  void leaf(const std::string& name, const nlohmann::ordered_json& value) {
    const auto row = documented_.find(name);
    if (row == documented_.end()) {
      complaints_.insert(name + " is not in docs/status.md");
      return;
    }
    seen_.insert(name);
    const std::string type = value.is_null() ? "null" : value.is_boolean() ? "boolean" : value.is_string() ? "string" : value.is_number_integer() ? "integer" : "number";
    const bool fits = row->second.find(type) != std::string::npos || (type == "integer" && row->second.find("number") != std::string::npos);
    if (!fits) complaints_.insert(name + " is a " + type + ", and docs/status.md says " + row->second);
  }

  const std::map<std::string, std::string> documented_;
  std::set<std::string> complaints_{};
  std::set<std::string> seen_{};
};

}  // namespace cmd_test
