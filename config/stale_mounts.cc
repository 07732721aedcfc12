// proc(5): "36 35 98:0 /root /mount/point options … - type source options"; blanks and such are \040 there.
#include "config/stale_mounts.h"

#include <algorithm>
#include <map>

#include "config/directory_names.h"

namespace config {
namespace {

bool is_octal(char c) { return c >= '0' && c <= '7'; }

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '\\' && at + 3 < text.size() && is_octal(text[at + 1]) && is_octal(text[at + 2]) && is_octal(text[at + 3]);
    if (!escape) {
      out += text[at];
      continue;
    }
    out += static_cast<char>((text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0'));
    at += 3;
  }
  return out;
}

/// The word with this index (from 0); empty: there are fewer.
std::string_view word(std::string_view line, int index) {
  for (; index > 0; --index) {
    const std::size_t blank = line.find(' ');
    if (blank == std::string_view::npos) return {};
    line.remove_prefix(blank + 1);
  }
  return line.substr(0, line.find(' '));
}

/// "..2026_11_22_14_00_00.123456789": kubelet's atomic writer.
bool goes_through_a_version(std::string_view root) {
  for (std::size_t at = root.find("/.."); at != std::string_view::npos; at = root.find("/..", at + 1)) {
    const std::string_view name = root.substr(at + 3, root.find('/', at + 1) - at - 3);
    if (name.size() > 5 && name.find_first_not_of("0123456789") == 4 && name[4] == '_') return true;
  }
  return false;
}

}  // namespace

std::vector<Diagnostic> stale_mounts(std::string_view mountinfo, const std::string& directory) {
  std::map<std::string, std::string> roots;  // by mount point; of several on one point the last is on top
  while (!mountinfo.empty()) {
    const std::size_t end = std::min(mountinfo.find('\n'), mountinfo.size());
    const std::string_view line = mountinfo.substr(0, end);
    mountinfo.remove_prefix(std::min(end + 1, mountinfo.size()));
    const std::string point = unescaped(word(line, 4));
    const bool inside = point.starts_with(directory + "/") && point.find('/', directory.size() + 1) == std::string::npos &&
                        is_conf_name(std::string_view(point).substr(directory.size() + 1));
    if (point == directory || inside) roots[point] = unescaped(word(line, 3));
  }
  std::vector<Diagnostic> out;
  for (const auto& [point, root] : roots) {
    if (goes_through_a_version(root)) {
      out.push_back({{point, 0, 0}, Severity::kWarning, "this is a subPath mount of a ConfigMap or Secret, which kubelet never updates: mount the whole volume on the directory"});
    } else if (point != directory) {
      out.push_back({{point, 0, 0}, Severity::kWarning, "this file is a mount of its own: when it is replaced, the old content stays here; mount its directory instead"});
    }
  }
  return out;
}

}  // namespace config
