// Status words in words.
#include "nvme/status.h"

#include <gtest/gtest.h>

namespace nvme {
namespace {

using base::ErrorKind;

TEST(Status, TakesCompletionWordsApart) {
  const Status status = Status::from_completion(0x8309);  // the phase bit is set and does not count
  EXPECT_EQ(status.value(), 0x4184);                      // as Linux prints it: ret=16772
  EXPECT_EQ(status.sct(), 1);
  EXPECT_EQ(status.sc(), 0x84);
  EXPECT_TRUE(status.dnr());
  EXPECT_FALSE(status.ok());
  EXPECT_TRUE(Status::from_completion(1).ok());
  EXPECT_FALSE(Status::from_completion(0x0302).dnr());
}

TEST(Status, HasNamesAndNumbers) {
  EXPECT_EQ(to_string(Status::from_completion(0x8308)), "Connect Invalid Host (SCT 1 SC 84h, do not retry)");
  EXPECT_EQ(to_string(Status::from_completion(0x0302)), "Connect Controller Busy (SCT 1 SC 81h)");
  EXPECT_EQ(to_string(Status::from_completion(0x8004)), "Invalid Field in Command (SCT 0 SC 02h, do not retry)");
  EXPECT_EQ(to_string(Status::from_completion(0x0FFE)), "status SCT 7 SC FFh");
  EXPECT_EQ(to_string(Status::from_completion(0x8FFE)), "status SCT 7 SC FFh, do not retry");
}

TEST(Status, BecomesAnErrorThatCallersCanActOn) {
  const base::Error busy = connect_error("10.0.0.1:8009: Connect", Status::from_completion(0x0302), 0);
  EXPECT_EQ(busy.kind, ErrorKind::kBusy);
  EXPECT_TRUE(busy.retryable());
  const base::Error host = connect_error("x", Status::from_completion(0x8308), 0x10200);
  EXPECT_EQ(host.kind, ErrorKind::kDenied);
  EXPECT_EQ(host.code, 0x4184);
  EXPECT_EQ(host.message, "x: Connect Invalid Host (SCT 1 SC 84h, do not retry); the target does not allow this host NQN (or host id)");
  const base::Error subsystem = connect_error("x", Status::from_completion(0x8304), 0x10100);
  EXPECT_EQ(subsystem.kind, ErrorKind::kStatus);
  EXPECT_TRUE(subsystem.permanent);
  EXPECT_NE(subsystem.message.find("the subsystem NQN"), std::string::npos);
  const base::Error kato = connect_error("x", Status::from_completion(0x8304), 48);
  EXPECT_NE(kato.message.find("the keep alive timeout"), std::string::npos);
  const base::Error transient = status_error("x: Get Log Page", Status::from_completion(0x0044));
  EXPECT_EQ(transient.message, "x: Get Log Page: Transient Transport Error (SCT 0 SC 22h)");
  EXPECT_TRUE(transient.retryable());
  EXPECT_EQ(status_error("x", Status::from_completion(0x0322)).kind, ErrorKind::kDenied);
}

TEST(Fes, IsInWords) {
  EXPECT_EQ(fes_name(1, 12), "invalid PDU header field at byte 12");
  EXPECT_EQ(fes_name(2, 0), "PDU sequence error");
  EXPECT_EQ(fes_name(3, 0), "header digest error");
  EXPECT_EQ(fes_name(4, 0), "data transfer out of range");
  EXPECT_EQ(fes_name(5, 0), "data transfer or R2T limit exceeded");
  EXPECT_EQ(fes_name(6, 10), "unsupported parameter at byte 10");
  EXPECT_EQ(fes_name(0, 0), "no reason given");
  EXPECT_EQ(fes_name(9, 0), "unknown reason 9");
}

}  // namespace
}  // namespace nvme
