// CRC32C (Castagnoli) by table, for the target's digests.  Plain on purpose: the host's is another one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace target {

/// Reflected, initial value and final XOR all ones, as NVMe/TCP digests are; stored little-endian on the wire.
std::uint32_t crc32c(std::span<const std::uint8_t> bytes);

}  // namespace target
