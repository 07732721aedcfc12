// Words with something between them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cmd {

inline std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string out;
  for (const std::string& word : words) {
    if (&word != &words.front()) out += between;
    out += word;
  }
  return out;
}

}  // namespace cmd
