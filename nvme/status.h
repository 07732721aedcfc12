// NVMe completion status: its parts, its names (a closed list), and what a refused Connect means in words.
// Source: NVMe Base specification, Status Code; NVMe over Fabrics, Connect; Linux include/linux/nvme.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace nvme {

/// The status as Linux prints it ("ret=16772"): the completion's word without its phase bit.
class Status {
 public:
  constexpr Status() = default;
  /// `word`: bytes 14 and 15 of a completion.
  static constexpr Status from_completion(std::uint16_t word) {
    Status status;
    status.value_ = static_cast<std::uint16_t>(word >> 1);
    return status;
  }
  constexpr std::uint16_t value() const { return value_; }
  constexpr std::uint8_t sc() const { return static_cast<std::uint8_t>(value_ & 0xFF); }
  constexpr std::uint8_t sct() const { return static_cast<std::uint8_t>((value_ >> 8) & 7); }
  /// SCT and SC, the part that names the status.
  constexpr std::uint16_t code() const { return value_ & 0x7FF; }
  constexpr bool dnr() const { return (value_ & 0x4000) != 0; }  ///< do not retry the same request
  constexpr bool ok() const { return code() == 0; }
  friend constexpr bool operator==(Status, Status) = default;

 private:
  std::uint16_t value_{0};
};

inline constexpr std::uint16_t kInvalidField = 0x002;
inline constexpr std::uint16_t kConnectBusy = 0x181;
inline constexpr std::uint16_t kConnectInvalidParameters = 0x182;
inline constexpr std::uint16_t kConnectRestartDiscovery = 0x183;
inline constexpr std::uint16_t kConnectInvalidHost = 0x184;
inline constexpr std::uint16_t kAuthenticationRequired = 0x191;

/// "Connect Invalid Host (SCT 1 SC 84h, do not retry)"; numbers alone for a status that is not in the list.
std::string to_string(Status status);
/// The name alone, or nothing.
std::string_view status_name(Status status);

/// Every name in the list.
std::vector<std::string_view> status_names();

/// An Error for a completion that is not ok(): kStatus with code = value(), or kDenied and kBusy where that is what
/// it means. `what` names endpoint and command.
base::Error status_error(std::string_view what, Status status);
/// The same for Connect, whose result says which parameter was wrong (IPO, IATTR).
base::Error connect_error(std::string_view what, Status status, std::uint64_t result);

/// FES (and FEI where it means something) of a termination request in words.
std::string fes_name(std::uint16_t fes, std::uint32_t fei);

}  // namespace nvme
