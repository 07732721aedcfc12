// Replays what Linux's host sent (tests/golden/, captured between Linux's host and Linux's target) to the test target.
// Every reply must have the header, the CID, the result and the status that Linux's target gave.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/target/discovery_target.h"
#include "tests/target/test/raw_host.h"

namespace {

using namespace target_test;

struct Line {
  bool from_host = false;
  bool closes = false;  ///< the host's FIN: what follows is not compared
  Bytes bytes{};
  std::string what{};
};

std::vector<Line> read_capture(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<Line> lines;
  std::string text;
  std::string comment;
  while (std::getline(file, text)) {
    if (text.starts_with('#')) {
      comment = text;
      if (text.contains("closes with")) lines.push_back({.closes = true});
    } else if (text.size() > 2) {
      lines.push_back({text[0] == '>', false, hex(text.substr(2)), comment});
    }
  }
  return lines;
}

constexpr std::uint8_t kCapsuleResp = 5;

bool is_event(const Bytes& bytes) { return bytes[0] == kCapsuleResp && Pdu{bytes}.result() == 0x0070F002; }

/// The bytes that must be the same: all of a completion but SQHD (8 bytes of header, result, CID, status), the header
/// of data, the fields of ICResp.
Bytes comparable(Bytes pdu) {
  if (pdu[0] == kCapsuleResp) pdu[16] = pdu[17] = pdu[18] = pdu[19] = 0;
  pdu.resize(24, 0);
  return pdu;
}

class Replay : public testing::TestWithParam<std::string> {};

TEST_P(Replay, EveryReplyIsAsLinuxGaveIt) {
  const std::vector<Line> lines = read_capture(std::filesystem::path(DC_TEST_DATA) / "golden" / (GetParam() + ".hex"));
  ASSERT_GT(lines.size(), 4u) << "no capture";
  target::TargetOptions options;
  options.cap = 0x8200f0003ff;  // nvmet's, since hosts act on it
  if (GetParam().contains("unique")) options.nqn = "nqn.2024-01.test:disc";
  if (GetParam().contains("unique_nqn_2")) options.nqn = std::string(lines[2].bytes.begin() + 72 + 256,
      std::find(lines[2].bytes.begin() + 72 + 256, lines[2].bytes.end(), 0));
  auto started = target::DiscoveryTarget::start(options);
  ASSERT_TRUE(started);
  const auto& service = *started;
  const std::vector<target::LogEntry> entries(5, target::tcp_subsystem("10.0.0.1", 4420, "nqn.x"));
  service->set_log(entries);
  const RawHost host("127.0.0.1", service->port());
  std::size_t replies = 0;
  for (const Line& line : lines) {
    if (line.closes) break;
    if (line.from_host) {
      host.send(line.bytes);
      continue;
    }
    if (is_event(line.bytes)) service->set_log(entries);
    const auto reply = host.receive();
    ASSERT_TRUE(reply) << line.what << "\n" << service->record().complaints();
    EXPECT_EQ(to_hex(comparable(reply->bytes)), to_hex(comparable(line.bytes))) << line.what;
    EXPECT_EQ(reply->bytes.size(), line.bytes.size()) << line.what;
    ++replies;
  }
  EXPECT_GE(replies, 2u);
  EXPECT_EQ(service->record().complaints(), "");
}

INSTANTIATE_TEST_SUITE_P(Linux, Replay,
                         testing::Values("discover_linux_6_1", "discover_linux_6_12", "discover_digests_linux_6_1",
                                         "discover_digests_linux_6_12", "discover_unique_nqn_1_linux_6_12",
                                         "discover_unique_nqn_2_linux_6_12", "persistent_linux_6_1",
                                         "persistent_linux_6_12", "io_connect_refused_linux_6_1",
                                         "io_connect_refused_linux_6_12"),
                         [](const auto& given) { return given.param; });

}  // namespace
