// Kubernetes' own rules for labels: a value that no node can have is a mistake, not an empty set of nodes.
#include "config/only_line.h"

#include <algorithm>

#include "base/text.h"

namespace config {
namespace {

constexpr std::size_t kNameMax = 63;     // of a label's name and of its value
constexpr std::size_t kPrefixMax = 253;  // a DNS subdomain

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// Letters and digits at both ends, between them '-', '_' and '.' too.
bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kNameMax || !is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; });
}

bool is_key(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_name(text);
  const std::string_view prefix = text.substr(0, slash);
  const bool dns = !prefix.empty() && prefix.size() <= kPrefixMax && is_alphanumeric(prefix.front()) && is_alphanumeric(prefix.back()) &&
                   std::ranges::all_of(prefix, [](char c) { return is_alphanumeric(c) || c == '-' || c == '.'; });
  return dns && is_name(text.substr(slash + 1));
}

/// What is wrong with "key=value"; empty: nothing.
std::string read_label(std::string_view term, Selection& out) {
  if (term.empty()) return "# only: expects key=value[,key=value], such as topology.kubernetes.io/zone=a";
  const std::size_t equals = term.find('=');
  const std::string shown = "'" + base::printable(term, 80) + "'";
  if (equals == std::string_view::npos) return "# only: " + shown + " is no key=value";
  const std::string_view key = base::trim(term.substr(0, equals));
  const std::string_view value = base::trim(term.substr(equals + 1));
  if (!is_key(key)) return "# only: in " + shown + " the key is none that a label can have";
  if (!value.empty() && !is_name(value)) return "# only: in " + shown + " the value is none that a label can have";
  out.labels.emplace_back(key, value);
  return {};
}

}  // namespace

std::optional<Selection> parse_only_line(std::string_view line) {
  constexpr std::string_view kWord = "only:";
  std::size_t at = line.find_first_not_of(" \t");
  if (at == std::string_view::npos || line[at] != '#') return std::nullopt;
  at = line.find_first_not_of(" \t", at + 1);
  if (at == std::string_view::npos || base::to_lower(line.substr(at, kWord.size())) != kWord) return std::nullopt;
  at += kWord.size();
  Selection out;
  for (;;) {
    const std::size_t end = std::min(line.find(',', at), line.size());
    const std::size_t begin = std::min(line.find_first_not_of(" \t", at), end);
    out.error = read_label(base::trim(line.substr(begin, end - begin)), out);
    if (!out.error.empty()) {
      out.error_column = static_cast<int>(begin) + 1;
      return out;
    }
    if (end == line.size()) return out;
    at = end + 1;
  }
}

Selected selects(const Selection& selection, const NodeFacts& node) {
  if (!selection.error.empty() || !node.labels) return Selected::kUnknown;
  const bool all = std::ranges::all_of(selection.labels, [&](const auto& label) {
    const auto found = node.labels->find(label.first);
    return found != node.labels->end() && found->second == label.second;
  });
  return all ? Selected::kYes : Selected::kNo;
}

}  // namespace config
