// PDUs that the host sends, as bytes, and what it says when a controller breaks the protocol.
// Receiving is pdu_receiver.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "nvme/wire.h"

namespace nvme {

/// CRC32C over headers and over data: asked for in ICReq, in force once ICResp grants them.
struct Digests {
  bool header{false};
  bool data{false};
  friend bool operator==(const Digests&, const Digests&) = default;
};
inline constexpr std::uint8_t digest_bits(Digests digests) {
  return static_cast<std::uint8_t>((digests.header ? 1 : 0) | (digests.data ? 2 : 0));
}

/// Why a connection can't go on: words for people, and FES and FEI for the controller.
struct Violation {
  std::string text{};
  wire::Fes fes{wire::Fes::kInvalidHeaderField};
  std::uint32_t fei{0};
  base::ErrorKind kind{base::ErrorKind::kProtocol};
  bool tell_controller{true};  ///< with an H2CTermReq; not where the controller itself ends the connection
};

std::vector<std::byte> encode_icreq(Digests wanted);
/// CapsuleCmd with its digests; `in_capsule` may be empty.
std::vector<std::byte> encode_command(const wire::Sqe& sqe, std::span<const std::byte> in_capsule, Digests digests);
/// H2CTermReq; `offending` is the header of the PDU that broke the protocol (its first 128 bytes are sent along:
/// SPDK refuses a request without).
std::vector<std::byte> encode_termreq(wire::Fes fes, std::uint32_t fei, std::span<const std::byte> offending);

}  // namespace nvme
