// The target's own NVMe/TCP encoders and decoders: offsets into byte vectors, straight from the fact sheet.
// Nothing here is shared with the host under test, and nothing here decides what to answer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace target::wire {

using Bytes = std::vector<std::uint8_t>;
using View = std::span<const std::uint8_t>;

/// Little-endian integers at an offset; the caller has checked that they fit.
std::uint16_t get16(View bytes, std::size_t at);
std::uint32_t get32(View bytes, std::size_t at);
std::uint64_t get64(View bytes, std::size_t at);
void put16(std::span<std::uint8_t> bytes, std::size_t at, std::uint16_t value);
void put32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value);
void put64(std::span<std::uint8_t> bytes, std::size_t at, std::uint64_t value);
/// A text of at most `size` bytes, ended by the first NUL if there is one.
std::string get_text(View bytes, std::size_t at, std::size_t size);
/// Copies at most `size` bytes and fills the rest with `pad`.
void put_text(std::span<std::uint8_t> bytes, std::size_t at, std::size_t size, std::string_view text, char pad);

enum class Type : std::uint8_t {
  kIcReq = 0x00,
  kIcResp = 0x01,
  kH2cTermReq = 0x02,
  kC2hTermReq = 0x03,
  kCapsuleCmd = 0x04,
  kCapsuleResp = 0x05,
  kH2cData = 0x06,
  kC2hData = 0x07,
  kR2t = 0x09,
};

inline constexpr std::uint8_t kFlagHdgst = 1;
inline constexpr std::uint8_t kFlagDdgst = 2;
inline constexpr std::uint8_t kFlagLast = 4;
inline constexpr std::uint8_t kFlagSuccess = 8;

inline constexpr std::size_t kHeaderSize = 8;
inline constexpr std::size_t kIcSize = 128;
inline constexpr std::size_t kCapsuleCmdHlen = 72;
inline constexpr std::size_t kShortHlen = 24;
inline constexpr std::size_t kInCapsuleLimit = 8192;  // what admin and Fabrics commands may always carry
inline constexpr std::size_t kConnectDataSize = 1024;

struct Header {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint8_t hlen = 0;
  std::uint8_t pdo = 0;
  std::uint32_t plen = 0;
};
Header get_header(View pdu);

struct Digests {
  bool header = false;
  bool data = false;
};

/// One SQE with the data that came in its capsule.
struct Command {
  std::array<std::uint8_t, 64> sqe{};
  Bytes data{};

  [[nodiscard]] std::uint8_t opcode() const { return sqe[0]; }
  [[nodiscard]] std::uint8_t flags() const { return sqe[1]; }
  [[nodiscard]] std::uint16_t cid() const { return get16(sqe, 2); }
  [[nodiscard]] std::uint8_t fctype() const { return sqe[4]; }
  [[nodiscard]] std::uint32_t nsid() const { return get32(sqe, 4); }
  [[nodiscard]] std::uint64_t sgl_address() const { return get64(sqe, 24); }
  [[nodiscard]] std::uint32_t sgl_length() const { return get32(sqe, 32); }
  [[nodiscard]] std::uint8_t sgl_type() const { return sqe[39]; }
  [[nodiscard]] std::uint32_t cdw(unsigned n) const { return get32(sqe, n * 4); }  ///< n = 10 to 15
};

struct Completion {
  std::uint64_t result = 0;
  std::uint16_t sqhd = 0;
  std::uint16_t cid = 0;
  std::uint16_t status = 0;  ///< the raw word
};

struct DataPiece {
  std::uint16_t cid = 0;
  std::uint32_t datao = 0;
  View data{};
  bool last = false;
  bool success = false;
};

Bytes icresp(std::uint16_t pfv, std::uint8_t cpda, std::uint8_t dgst, std::uint32_t maxh2cdata);
Bytes capsule_resp(const Completion& completion, Digests digests);
Bytes c2h_data(const DataPiece& piece, Digests digests);
Bytes r2t(std::uint16_t cid, std::uint16_t ttag, std::uint32_t offset, std::uint32_t length, Digests digests);
/// `offending` is the header of the PDU that was wrong (at most 128 bytes are appended).
Bytes c2h_termreq(std::uint16_t fes, std::uint32_t fei, View offending);
/// Makes the header digest (behind HLEN bytes) again after a change of the header.
void seal_header(Bytes& pdu);

}  // namespace target::wire
