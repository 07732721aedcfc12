// Names of controller devices: "nvme3" is one, "nvme3n1", "nvme3c0n1" and "nvme-subsys3" are not.
#pragma once

#include <climits>
#include <cstdint>
#include <optional>
#include <string_view>

namespace nvme {

inline constexpr int kHighestInstance = INT_MAX;

/// The N of "nvmeN"; nothing for any other name.
constexpr std::optional<int> controller_instance(std::string_view name) {
  if (!name.starts_with("nvme")) return std::nullopt;
  const std::string_view digits = name.substr(4);
  if (digits.empty() || digits.size() > 10 || (digits.size() > 1 && digits.front() == '0'))
    return std::nullopt;
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  if (value > kHighestInstance) return std::nullopt;
  return static_cast<int>(value);
}

}  // namespace nvme
