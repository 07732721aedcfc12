// Captures of Linux's own host and target, as PDUs. The bytes are none of ours.
#pragma once

#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace nvme::test {

struct GoldenPdu {
  bool from_host{false};
  std::string comment{};  ///< the line before it
  std::vector<std::byte> bytes{};
};

inline std::vector<std::byte> from_hex(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

/// tests/golden/`name`: "# comment", "> hex" host to controller, "< hex" controller to host.
inline std::vector<GoldenPdu> read_golden(const std::string& name) {
  std::ifstream file(std::string(DC_TEST_DATA) + "/golden/" + name);
  std::vector<GoldenPdu> pdus;
  std::string comment;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) comment = line;
    if (!line.starts_with('>') && !line.starts_with('<')) continue;
    pdus.push_back({.from_host = line.front() == '>', .comment = comment, .bytes = from_hex(line.substr(2))});
  }
  if (pdus.empty()) throw std::runtime_error("no PDUs in tests/golden/" + name);
  return pdus;
}

}  // namespace nvme::test
