// CRC32C (Castagnoli, reflected), the digest of NVMe/TCP: the processor's instruction where it has one, else a table.
// No other checksum, no incremental state beyond the value itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace nvme {

/// CRC32C of `bytes`; with `before` the CRC of the bytes in front of them, that of both together.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before = 0);

/// The two ways, for tests and benchmarks. The hardware one only where crc32c_in_hardware().
std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before = 0);
std::uint32_t crc32c_by_instruction(std::span<const std::byte> bytes, std::uint32_t before = 0);
bool crc32c_in_hardware();

}  // namespace nvme
