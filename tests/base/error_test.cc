// Kinds, contexts and errnos.
#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "base/secret.h"

namespace base {
namespace {

TEST(Error, OnlyNewInputMendsInvalidDeniedUnsupportedAndPermanent) {
  for (int i = 0; i <= static_cast<int>(ErrorKind::kCancelled); ++i) {
    const auto kind = static_cast<ErrorKind>(i);
    const bool hopeless =
        kind == ErrorKind::kInvalid || kind == ErrorKind::kDenied || kind == ErrorKind::kUnsupported;
    EXPECT_EQ(Error{.kind = kind}.retryable(), !hopeless) << to_string(kind);
    EXPECT_FALSE((Error{.kind = kind, .permanent = true}.retryable())) << to_string(kind);
  }
}

TEST(Error, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorKind::kCancelled); ++i) names.insert(to_string(static_cast<ErrorKind>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorKind::kCancelled) + 1);
  EXPECT_FALSE(names.contains("unknown"));
}

TEST(Error, ContextGoesInFrontAndKeepsTheRest) {
  const Error error{.kind = ErrorKind::kStatus, .message = "b", .code = 7, .permanent = true};
  const Error expected{.kind = ErrorKind::kStatus, .message = "a: b", .code = 7, .permanent = true};
  EXPECT_EQ(error.with_context("a"), expected);
  EXPECT_EQ(Error(error).with_context("a"), expected);
}

TEST(Error, ErrnoBecomesKindTextAndName) {
  const Error error = errno_error(ECONNREFUSED, "connect to 10.0.0.1:8009");
  EXPECT_EQ(error.kind, ErrorKind::kRefused);
  EXPECT_EQ(error.code, ECONNREFUSED);
  EXPECT_EQ(error.message, "connect to 10.0.0.1:8009: Connection refused (ECONNREFUSED)");
  EXPECT_EQ(errno_error(EINVAL, "x").kind, ErrorKind::kInvalid);
  EXPECT_EQ(errno_error(EALREADY, "x").kind, ErrorKind::kExists);
  EXPECT_EQ(errno_error(EACCES, "x").kind, ErrorKind::kDenied);
  EXPECT_EQ(errno_error(ENODEV, "x").kind, ErrorKind::kNotFound);
  EXPECT_EQ(errno_error(EHOSTUNREACH, "x").kind, ErrorKind::kUnreachable);
  EXPECT_EQ(errno_error(ETIMEDOUT, "x").kind, ErrorKind::kTimeout);
  EXPECT_EQ(errno_error(ECONNRESET, "x").kind, ErrorKind::kClosed);
  EXPECT_EQ(errno_error(EIO, "x").kind, ErrorKind::kIo);
  EXPECT_EQ(errno_name(4711), "errno 4711");
  EXPECT_EQ(errno_error(4711, "x").message, "x (errno 4711)");
}

TEST(Secret, NeverPrints) {
  EXPECT_EQ(to_string(Secret("DHHC-1:00:abc:")), "***");
  EXPECT_EQ(to_string(Secret()), "");
}

}  // namespace
}  // namespace base
