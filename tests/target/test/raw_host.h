// A host made of a blocking socket and bytes written by hand: what the target's tests send and read.
// It shares nothing with nvme/, and as little as possible with the target.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace target_test {

using Bytes = std::vector<std::uint8_t>;

/// Hex digits, spaces and '|' ignored; "00*19" means 19 times 00.
Bytes hex(std::string_view text);
std::string to_hex(const Bytes& bytes);

/// Commands of the fact sheet's section 1.16, as whole PDUs without digests.
Bytes icreq(std::uint8_t dgst = 0);
struct ConnectValues {
  std::uint32_t kato_ms = 30000;
  std::string subnqn = "nqn.2014-08.org.nvmexpress.discovery";
  std::string hostnqn = "nqn.2014-08.org.nvmexpress:uuid:11111111-2222-3333-4444-555555555555";
  std::uint8_t cattr = 0;
};
Bytes connect(const ConnectValues& values = {}, std::uint16_t cid = 0);
Bytes property_get_cap(std::uint16_t cid = 1);
Bytes property_get(std::uint32_t offset, std::uint16_t cid = 3);
Bytes property_set_cc(std::uint32_t value, std::uint16_t cid = 2);
Bytes identify(std::uint16_t cid = 4);
Bytes set_events(std::uint16_t cid = 5);
Bytes set_kato(std::uint32_t ms, std::uint16_t cid = 5);
Bytes aer(std::uint16_t cid = 6);
Bytes get_log(std::uint64_t offset, std::uint32_t length, bool rae, std::uint16_t cid = 7);
Bytes keep_alive(std::uint16_t cid = 10);

/// The same PDU with digests, computed bit by bit (a third CRC, slow and obvious).
Bytes with_digests(Bytes pdu, bool header, bool data);
std::uint32_t slow_crc32c(const Bytes& bytes);

struct Pdu {
  Bytes bytes{};
  [[nodiscard]] std::uint8_t type() const { return bytes.at(0); }
  [[nodiscard]] std::uint8_t flags() const { return bytes.at(1); }
  [[nodiscard]] std::uint16_t u16(std::size_t at) const;
  [[nodiscard]] std::uint32_t u32(std::size_t at) const;
  [[nodiscard]] std::uint64_t u64(std::size_t at) const;
  // CapsuleResp
  [[nodiscard]] std::uint64_t result() const { return u64(8); }
  [[nodiscard]] std::uint16_t cid() const { return u16(20); }
  [[nodiscard]] std::uint16_t status() const { return u16(22); }
};

class RawHost {
 public:
  RawHost(const std::string& addr, std::uint16_t port);
  ~RawHost();
  RawHost(const RawHost&) = delete;
  RawHost& operator=(const RawHost&) = delete;

  void send(const Bytes& bytes) const;
  void half_close() const;
  /// The next PDU; nothing when the connection ended or 5 s passed.
  std::optional<Pdu> receive() const;
  /// Sends and receives.  Fails the test, and returns a PDU of zeros, when nothing comes.
  Pdu ask(const Bytes& bytes) const;
  /// ICReq, Connect, enabled, events on.
  void set_up(std::uint32_t kato_ms = 30000) const;
  /// One Get Log Page with its C2HData and response; the data.
  Bytes read_log(std::uint64_t offset, std::uint32_t length, bool rae, std::uint16_t cid = 7) const;
  /// True when the other side closed (FIN or RST) within 5 s; bytes before it are thrown away.
  bool ends() const;
  /// True when nothing arrives for 50 ms.
  bool silent() const;

 private:
  bool wait_readable(int ms) const;
  bool read_exactly(Bytes& bytes, std::size_t size) const;
  int socket_ = -1;
};

}  // namespace target_test
