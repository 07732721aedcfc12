// Known values, and the table against the instruction.
#include "nvme/crc32c.h"

#include <gtest/gtest.h>

#include <random>
#include <string_view>
#include <vector>

namespace nvme {
namespace {

std::vector<std::byte> bytes(std::size_t count, int first, int step) {
  std::vector<std::byte> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = static_cast<std::byte>(first + static_cast<int>(i) * step);
  return result;
}

TEST(Crc32c, KnownValues) {
  const std::string_view digits = "123456789";
  for (const auto crc : {crc32c, crc32c_by_table}) {
    EXPECT_EQ(crc(std::as_bytes(std::span(digits)), 0), 0xE3069283U);
    EXPECT_EQ(crc(bytes(32, 0, 0), 0), 0x8A9136AAU);
    EXPECT_EQ(crc(bytes(32, 0xFF, 0), 0), 0x62A8AB43U);
    EXPECT_EQ(crc(bytes(32, 0, 1), 0), 0x46DD794EU);
    EXPECT_EQ(crc(bytes(1024, 0, 0), 0), 0xEEAEDE7CU);
    EXPECT_EQ(crc(bytes(4096, 0, 0), 0), 0x98F94189U);
    EXPECT_EQ(crc({}, 0), 0U);
  }
}

TEST(Crc32c, TableAndInstructionAgreeOnEveryLengthAndAlignment) {
  if (!crc32c_in_hardware()) GTEST_SKIP() << "this processor has no CRC32C instruction";
  std::mt19937 random(1);
  std::vector<std::byte> data(4096);
  for (std::byte& b : data) b = static_cast<std::byte>(random());
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t length = 0; length < 300; ++length) {
      const auto part = std::span(data).subspan(offset, length);
      ASSERT_EQ(crc32c_by_table(part), crc32c_by_instruction(part)) << offset << " " << length;
    }
  }
  EXPECT_EQ(crc32c_by_table(data), crc32c_by_instruction(data));
}

TEST(Crc32c, GoesOnWhereItStopped) {
  const std::vector<std::byte> data = bytes(100, 3, 7);
  for (std::size_t cut = 0; cut <= data.size(); ++cut) {
    const auto all = std::span(data);
    EXPECT_EQ(crc32c(all.subspan(cut), crc32c(all.first(cut))), crc32c(all));
    EXPECT_EQ(crc32c_by_table(all.subspan(cut), crc32c_by_table(all.first(cut))), crc32c(all));
  }
}

}  // namespace
}  // namespace nvme
