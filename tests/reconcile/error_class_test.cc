// Errors as words of a closed list.
#include "reconcile/error_class.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "nvme/status.h"

namespace reconcile {
namespace {

TEST(ErrorClass, ErrnoStatusOrOurOwnWord) {
  EXPECT_EQ(error_class(base::errno_error(ECONNREFUSED, "connect")), "ECONNREFUSED");
  const auto status = nvme::Status::from_completion(static_cast<std::uint16_t>((0x4000 | nvme::kConnectInvalidHost) << 1));
  EXPECT_EQ(error_class(nvme::status_error("connect", status)), "Connect Invalid Host") << "also where the kind is another";
  EXPECT_EQ(error_class(base::Error{base::ErrorKind::kStatus, "x", 0x002, true}), "Invalid Field in Command");
  EXPECT_EQ(error_class(base::Error{base::ErrorKind::kTimeout, "no answer in time", 0, false}), "timeout");
  EXPECT_EQ(error_class(base::Error{base::ErrorKind::kIo, "x", 130, false}), "other");
  EXPECT_EQ(error_class(base::Error{base::ErrorKind::kStatus, "x", 0x7ff, false}), "other");
}

TEST(ErrorClass, TheListIsClosed) {
  const std::vector<std::string_view> all = error_classes();
  EXPECT_EQ(std::set<std::string_view>(all.begin(), all.end()).size(), all.size()) << "each word once";
  for (int kind = 0; kind < 16; ++kind) {
    for (int code = 0; code < 2048; ++code) {
      const std::string_view word = error_class({static_cast<base::ErrorKind>(kind % 14), "x", code, false});
      ASSERT_NE(std::ranges::find(all, word), all.end()) << word;
    }
  }
}

}  // namespace
}  // namespace reconcile
