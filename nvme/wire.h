// NVMe/TCP on the wire: bytes with names, in the specification's words. Layout only; nothing here decides or checks.
// Sources: NVMe/TCP Transport, NVMe over Fabrics and NVMe Base specifications; Linux include/linux/nvme{,-tcp}.h.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

namespace nvme::wire {

/// An unsigned integer stored little-endian at any address.
template <class T>
class LittleEndian {
 public:
  constexpr LittleEndian() = default;
  constexpr LittleEndian(T value) {  // NOLINT: a wire integer is its value
    for (std::size_t i = 0; i < sizeof(T); ++i) bytes_[i] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  constexpr operator T() const {  // NOLINT
    T value = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i) value = static_cast<T>(value | static_cast<T>(static_cast<T>(bytes_[i]) << (8 * i)));
    return value;
  }

 private:
  std::array<std::uint8_t, sizeof(T)> bytes_{};
};
using le16 = LittleEndian<std::uint16_t>;
using le32 = LittleEndian<std::uint32_t>;
using le64 = LittleEndian<std::uint64_t>;

template <std::size_t N>
using Bytes = std::array<std::uint8_t, N>;

enum class PduType : std::uint8_t {
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

// FLAGS of the common header.
inline constexpr std::uint8_t kFlagHeaderDigest = 0x01;
inline constexpr std::uint8_t kFlagDataDigest = 0x02;
inline constexpr std::uint8_t kFlagLast = 0x04;
inline constexpr std::uint8_t kFlagSuccess = 0x08;

inline constexpr std::size_t kDigestSize = 4;

/// Common header (CH), first in every PDU.
struct PduHeader {
  std::uint8_t type{0};
  std::uint8_t flags{0};
  std::uint8_t hlen{0};
  std::uint8_t pdo{0};
  le32 plen{};
};
static_assert(sizeof(PduHeader) == 8 && alignof(PduHeader) == 1 && offsetof(PduHeader, plen) == 4);

struct IcReq {
  PduHeader ch{};
  le16 pfv{};
  std::uint8_t hpda{0};
  std::uint8_t dgst{0};  ///< bit 0 header digest, bit 1 data digest
  le32 maxr2t{};
  Bytes<112> rsvd16{};
};
static_assert(sizeof(IcReq) == 128 && alignof(IcReq) == 1 && offsetof(IcReq, dgst) == 11 && offsetof(IcReq, maxr2t) == 12);

struct IcResp {
  PduHeader ch{};
  le16 pfv{};
  std::uint8_t cpda{0};
  std::uint8_t dgst{0};
  le32 maxh2cdata{};
  Bytes<112> rsvd16{};
};
static_assert(sizeof(IcResp) == 128 && alignof(IcResp) == 1 && offsetof(IcResp, dgst) == 11 && offsetof(IcResp, maxh2cdata) == 12);

/// SGL descriptor; `type` is type << 4 | subtype.
struct Sgl {
  le64 address{};
  le32 length{};
  Bytes<3> rsvd12{};
  std::uint8_t type{0};
};
static_assert(sizeof(Sgl) == 16 && alignof(Sgl) == 1 && offsetof(Sgl, length) == 8 && offsetof(Sgl, type) == 15);
inline constexpr std::uint8_t kSglInCapsule = 0x01;  ///< data block, offset 0 of the capsule's data
inline constexpr std::uint8_t kSglTransport = 0x5A;  ///< moved by data PDUs

/// Submission queue entry. In Fabrics commands byte 4 is FCTYPE and 5..23 are reserved.
struct Sqe {
  std::uint8_t opcode{0};
  std::uint8_t flags{0x40};  ///< PSDT 01b: SGL; on every command over fabrics
  le16 cid{};
  le32 nsid{};  ///< Fabrics: FCTYPE in the low byte
  Bytes<16> rsvd8{};
  Sgl sgl{};
  le32 cdw10{}, cdw11{}, cdw12{}, cdw13{}, cdw14{}, cdw15{};
};
static_assert(sizeof(Sqe) == 64 && alignof(Sqe) == 1 && offsetof(Sqe, sgl) == 24 && offsetof(Sqe, cdw10) == 40);

/// Completion queue entry.
struct Cqe {
  le64 result{};
  le16 sqhd{};
  le16 sqid{};
  le16 cid{};
  le16 status{};
};
static_assert(sizeof(Cqe) == 16 && alignof(Cqe) == 1 && offsetof(Cqe, cid) == 12 && offsetof(Cqe, status) == 14);

struct CapsuleCmd {
  PduHeader ch{};
  Sqe sqe{};
};
static_assert(sizeof(CapsuleCmd) == 72 && alignof(CapsuleCmd) == 1);

struct CapsuleResp {
  PduHeader ch{};
  Cqe cqe{};
};
static_assert(sizeof(CapsuleResp) == 24 && alignof(CapsuleResp) == 1);

/// C2HData (and, with TTAG, H2CData and R2T).
struct DataPdu {
  PduHeader ch{};
  le16 cccid{};
  le16 ttag{};
  le32 datao{};
  le32 datal{};
  Bytes<4> rsvd20{};
};
static_assert(sizeof(DataPdu) == 24 && alignof(DataPdu) == 1 && offsetof(DataPdu, datao) == 12 && offsetof(DataPdu, datal) == 16);

struct TermReq {
  PduHeader ch{};
  le16 fes{};
  le32 fei{};
  Bytes<10> rsvd14{};
};
static_assert(sizeof(TermReq) == 24 && alignof(TermReq) == 1 && offsetof(TermReq, fes) == 8 && offsetof(TermReq, fei) == 10);
inline constexpr std::size_t kTermReqMaxPlen = 152;  ///< 24 and a header of at most 128

/// Why a connection is terminated (FES).
enum class Fes : std::uint16_t {
  kUnknown = 0,
  kInvalidHeaderField = 1,  ///< FEI: byte offset of the field
  kSequenceError = 2,
  kHeaderDigestError = 3,
  kDataOutOfRange = 4,
  kDataLimitExceeded = 5,
  kUnsupportedParameter = 6,  ///< FEI: byte offset of the field
};

/// In-capsule data of the Connect command.
struct ConnectData {
  Bytes<16> hostid{};
  le16 cntlid{};
  Bytes<238> rsvd18{};
  Bytes<256> subnqn{};
  Bytes<256> hostnqn{};
  Bytes<256> rsvd768{};
};
static_assert(sizeof(ConnectData) == 1024 && alignof(ConnectData) == 1 && offsetof(ConnectData, subnqn) == 256 &&
              offsetof(ConnectData, hostnqn) == 512);

/// Identify Controller, the fields a discovery host looks at.
struct IdentifyController {
  Bytes<4> vid_ssvid{};
  Bytes<20> sn{};
  Bytes<40> mn{};
  Bytes<8> fr{};
  Bytes<5> rsvd72{};
  std::uint8_t mdts{0};  ///< 2^mdts minimum pages; 0: no limit
  le16 cntlid{};
  le32 ver{};
  Bytes<8> rsvd84{};
  le32 oaes{};  ///< bit 31: discovery log page change notices
  le32 ctratt{};
  Bytes<11> rsvd100{};
  std::uint8_t cntrltype{0};
  Bytes<149> rsvd112{};
  std::uint8_t lpa{0};  ///< bit 2: log page offsets and 32-bit NUMD
  Bytes<506> rsvd262{};
  Bytes<256> subnqn{};
  Bytes<782> rsvd1024{};
  std::uint8_t dctype{0};
  Bytes<2289> rsvd1807{};
};
static_assert(sizeof(IdentifyController) == 4096 && alignof(IdentifyController) == 1);
static_assert(offsetof(IdentifyController, mdts) == 77 && offsetof(IdentifyController, cntlid) == 78 &&
              offsetof(IdentifyController, oaes) == 92 && offsetof(IdentifyController, cntrltype) == 111 &&
              offsetof(IdentifyController, lpa) == 261 && offsetof(IdentifyController, subnqn) == 768 &&
              offsetof(IdentifyController, dctype) == 1806);

/// Discovery log page header.
struct LogHeader {
  le64 genctr{};
  le64 numrec{};
  le16 recfmt{};
  Bytes<1006> rsvd18{};
};
static_assert(sizeof(LogHeader) == 1024 && alignof(LogHeader) == 1 && offsetof(LogHeader, recfmt) == 16);

/// Discovery log page entry.
struct LogEntry {
  std::uint8_t trtype{0};
  std::uint8_t adrfam{0};
  std::uint8_t subtype{0};
  std::uint8_t treq{0};
  le16 portid{};
  le16 cntlid{};
  le16 asqsz{};
  le16 eflags{};
  Bytes<20> rsvd12{};
  Bytes<32> trsvcid{};
  Bytes<192> rsvd64{};
  Bytes<256> subnqn{};
  Bytes<256> traddr{};
  Bytes<256> tsas{};
};
static_assert(sizeof(LogEntry) == 1024 && alignof(LogEntry) == 1 && offsetof(LogEntry, trsvcid) == 32 &&
              offsetof(LogEntry, subnqn) == 256 && offsetof(LogEntry, traddr) == 512 && offsetof(LogEntry, tsas) == 768);

/// The wire struct at the front of `bytes`, which must hold all of it.
template <class T>
T read(std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
  T value;
  std::memcpy(&value, bytes.data(), sizeof(T));
  return value;
}

/// The bytes of a wire struct.
template <class T>
std::span<const std::byte> bytes_of(const T& value) {
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) == 1);
  return std::as_bytes(std::span<const T, 1>(&value, 1));
}

}  // namespace nvme::wire
