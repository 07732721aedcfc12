#include "nvme/kernel_log.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "nvme/fabrics.h"
#include "tests/nvme/fixture_tree.h"

namespace nvme {
namespace {

using base::ErrorKind;

// Lines of Debian's 6.1 and 6.12.
const std::string kAbsent =
    "nvme nvme4: Connect Invalid Data Parameter, subsysnqn \"nqn.2024-01.test:absent\"";
const std::string kAbsentRet = "nvme nvme4: failed to connect queue: 0 ret=16770";
const std::string kNotAllowed =
    "nvme nvme5: Connect for subsystem nqn.2024-01.test:c1-2 is not allowed, hostnqn: "
    "nqn.2014-08.org.nvmexpress:uuid:0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001";
const std::string kNotAllowedRet = "nvme nvme5: failed to connect queue: 0 ret=16772";
const std::string kOtherRefused = "nvme nvme1: failed to connect socket: -111";
const std::string kOtherRetries = "nvme nvme1: Failed reconnect attempt 3";
const std::string kPairing =
    "nvme_fabrics: found same hostid 0c5e0b10-5a35-4d3e-9a55-6f6c1d5a0001 but different hostnqn "
    "nqn.2024-01.test:otherhost";

TEST(KernelRecords, AreParsed) {
  const auto record =
      parse_kernel_record("3,394,11725957,-;nvme nvme4: hello; world\n SUBSYSTEM=nvme\n DEVICE=c246:4\n");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->sequence, 394u);
  EXPECT_EQ(record->at, std::chrono::microseconds(11725957));
  EXPECT_EQ(record->message, "nvme nvme4: hello; world");
  for (const std::string_view text : {"", ";", "3;x", "3,;x", "3,x,1;y", " SUBSYSTEM=nvme"})
    EXPECT_FALSE(parse_kernel_record(text)) << text;
}

TEST(KernelLines, GiveWordsAndStatus) {
  const auto status = [](std::string_view line) { return parse_kernel_line(line).value().status; };
  EXPECT_EQ(status(kAbsent), 0x182);
  EXPECT_EQ(status(kAbsentRet), 0x4182);
  EXPECT_EQ(status(kNotAllowed), 0x184);
  EXPECT_EQ(status("nvme nvme3: Connect rejected: status 388 (invalid host)."), 0x184);
  EXPECT_EQ(status("nvme nvme3: Connect command failed, error wo/DNR bit: 386"), 386);
  EXPECT_EQ(status("nvme nvme3: Connect command failed: authentication required"), 0x191);
  EXPECT_EQ(parse_kernel_line(kAbsentRet)->words, "failed to connect queue: 0 ret=16770");
  EXPECT_EQ(parse_kernel_line(kOtherRefused)->error_number, ECONNREFUSED);
  EXPECT_EQ(parse_kernel_line(kPairing)->status, std::nullopt);
  EXPECT_TRUE(parse_kernel_line(kPairing)->words.starts_with("found same hostid"))
      << parse_kernel_line(kPairing)->words;
  EXPECT_TRUE(
      parse_kernel_line("nvme_fabrics: unknown parameter or missing value 'tls' in ctrl creation request"));
  EXPECT_TRUE(parse_kernel_line("nvme nvme4: I/O tag 0 (1000) type 4 opcode 0x7f (Connect) QID 0 timeout"));
}

TEST(KernelLines, OfOtherThingsExplainNothing) {
  for (const std::string_view line :
       {"nvmet: creating nvm controller 1 for subsystem x", "nvme nvme0: creating 1 I/O queues.", "",
        "nvme nvme0: new ctrl: NQN \"nqn.2024-01.test:c1-1\", addr 10.0.1.1:8009",
        "usb 1-1: failed ret=16770", "nvme nvme0: Removing ctrl: NQN \"x\""})
    EXPECT_FALSE(parse_kernel_line(line)) << line;
}

TEST(KernelLines, HoldNoControlBytes) {
  EXPECT_EQ(parse_kernel_line("nvme nvme4: failed \x1b[31m")->words.find('\x1b'), std::string::npos);
}

TEST(Explain, TurnsEioIntoTheTargetsStatus) {
  const base::Error error =
      explain(fabrics_error(EIO), std::vector{kOtherRefused, kOtherRetries, kAbsent, kAbsentRet},
              "nqn.2024-01.test:absent");
  EXPECT_EQ(error.kind, ErrorKind::kStatus);
  EXPECT_EQ(error.code, 0x4182);
  EXPECT_TRUE(error.permanent);
  EXPECT_EQ(error.message,
            "EIO, in the kernel log: Connect Invalid Data Parameter, subsysnqn \"nqn.2024-01.test:absent\": "
            "Connect Invalid Parameters (SCT 1 SC 82h, do not retry)");
}

TEST(Explain, AHostThatIsNotAllowedIsDenied) {
  const base::Error error =
      explain(fabrics_error(EIO), std::vector{kNotAllowed, kNotAllowedRet}, "nqn.2024-01.test:c1-2");
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_EQ(error.code, 0x4184);
  EXPECT_TRUE(error.message.contains("is not allowed")) << error.message;
}

TEST(Explain, EinvalKeepsItsKind) {
  const base::Error error = explain(fabrics_error(EINVAL).with_context("connect x"),
                                    std::vector{kOtherRefused, kPairing}, "nqn.2024-01.test:c1-2");
  EXPECT_EQ(error.kind, ErrorKind::kInvalid);
  EXPECT_EQ(error.code, EINVAL);
  EXPECT_TRUE(error.message.starts_with("connect x: EINVAL, in the kernel log: found same hostid"))
      << error.message;
}

TEST(Explain, NamesTheMissingKey) {
  const base::Error error =
      explain(fabrics_error(ENOKEY), std::vector<std::string>{"nvme nvme4: no valid PSK found"}, "x");
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_EQ(error.message, "ENOKEY, in the kernel log: no valid PSK found");
}

TEST(Explain, LeavesOthersAlone) {
  EXPECT_EQ(explain(fabrics_error(EIO), {}, "x"), fabrics_error(EIO));
  EXPECT_EQ(explain(fabrics_error(EIO), std::vector{kOtherRefused}, "x"), fabrics_error(EIO));
  EXPECT_EQ(explain(fabrics_error(ECONNREFUSED), std::vector{kAbsent}, "x"), fabrics_error(ECONNREFUSED));
  // A controller that reconnects meets a status of its own.
  const std::vector<std::string> lines{"nvme nvme1: Connect for subsystem x is not allowed, hostnqn: y",
                                       kOtherRetries};
  EXPECT_EQ(explain(fabrics_error(EIO), lines, "x"), fabrics_error(EIO));
}

TEST(KernelLog, WithoutTheRightIsOffWithoutAnError) {
  const FixtureTree tree;
  KernelLog log(tree.at("kmsg"));
  EXPECT_FALSE(log.available());
  log.skip_to_end();
  EXPECT_TRUE(log.read_lines().empty());
}

TEST(KernelLog, OfThePastIsAResult) {
  const FixtureTree tree;
  EXPECT_EQ(read_kernel_log(10, tree.at("kmsg")).error().kind, base::ErrorKind::kNotFound);
  if (const auto lines = read_kernel_log(2)) EXPECT_LE(lines->size(), 2u);
}

TEST(KernelLog, ReadsThisMachinesWithoutBlocking) {
  KernelLog log;
  log.skip_to_end();
  EXPECT_LE(log.read_lines().size(), KernelLog::kKeptLines);
}

}  // namespace
}  // namespace nvme
