// What a host may send: the rules of the common header and of ICReq.
#include "tests/target/association.h"

namespace target {
namespace {

constexpr std::uint16_t kInvalidHeaderField = 1;
constexpr std::uint16_t kSequenceError = 2;
constexpr std::uint16_t kUnsupportedParameter = 6;

std::string number(std::uint64_t value) { return std::to_string(value); }

Fault bad_field(std::uint32_t offset, std::string text) { return {kInvalidHeaderField, offset, std::move(text)}; }

std::optional<Fault> check_capsule(const wire::Header& header, wire::Digests digests) {
  const std::size_t front = wire::kCapsuleCmdHlen + (digests.header ? 4 : 0);
  if (header.plen < front) return bad_field(4, "CapsuleCmd with PLEN " + number(header.plen));
  if (header.plen == front) return std::nullopt;  // no data: PDO and DDGSTF mean nothing
  if (digests.data != ((header.flags & wire::kFlagDdgst) != 0)) return bad_field(1, "DDGSTF is not as negotiated");
  if (header.pdo < front || header.pdo % 4 != 0) return bad_field(3, "CapsuleCmd with PDO " + number(header.pdo));
  const std::size_t around = header.pdo + (digests.data ? 4u : 0u);
  if (header.plen < around) return bad_field(4, "CapsuleCmd with PLEN " + number(header.plen));
  if (header.plen - around > wire::kInCapsuleLimit) return bad_field(4, "more than 8192 bytes in a capsule");
  return std::nullopt;
}

}  // namespace

std::optional<Fault> check_header(const wire::Header& header, bool icreq_seen, wire::Digests digests) {
  const auto type = static_cast<wire::Type>(header.type);
  const bool is_icreq = type == wire::Type::kIcReq;
  const bool is_termreq = type == wire::Type::kH2cTermReq;
  if (!is_icreq && !is_termreq && type != wire::Type::kCapsuleCmd && type != wire::Type::kH2cData) {
    return bad_field(0, "PDU type " + number(header.type));
  }
  if (is_icreq == icreq_seen && !is_termreq) {
    return Fault{kSequenceError, 0, icreq_seen ? "a second ICReq" : "PDU type " + number(header.type) + " before ICReq"};
  }
  if (is_icreq) {
    if (header.flags != 0) return bad_field(1, "ICReq with flags " + number(header.flags));
    if (header.hlen != wire::kIcSize) return bad_field(2, "ICReq with HLEN " + number(header.hlen));
    if (header.pdo != 0) return bad_field(3, "ICReq with PDO " + number(header.pdo));
    if (header.plen != wire::kIcSize) return bad_field(4, "ICReq with PLEN " + number(header.plen));
    return std::nullopt;
  }
  if (is_termreq) {
    if (header.hlen != wire::kShortHlen) return bad_field(2, "H2CTermReq with HLEN " + number(header.hlen));
    if (header.plen < wire::kShortHlen || header.plen > wire::kShortHlen + 128) {
      return bad_field(4, "H2CTermReq with PLEN " + number(header.plen));
    }
    return std::nullopt;
  }
  if (digests.header != ((header.flags & wire::kFlagHdgst) != 0)) return bad_field(1, "HDGSTF is not as negotiated");
  if (type == wire::Type::kH2cData) return Fault{kSequenceError, 0, "H2CData that no R2T asked for"};
  if (header.hlen != wire::kCapsuleCmdHlen) return bad_field(2, "CapsuleCmd with HLEN " + number(header.hlen));
  if ((header.flags & ~(wire::kFlagHdgst | wire::kFlagDdgst)) != 0) {
    return bad_field(1, "CapsuleCmd with flags " + number(header.flags));
  }
  return check_capsule(header, digests);
}

std::optional<Fault> check_icreq(wire::View icreq) {
  if (wire::get16(icreq, 8) != 0) return Fault{kUnsupportedParameter, 8, "ICReq with PFV " + number(wire::get16(icreq, 8))};
  if (icreq[10] != 0) return Fault{kUnsupportedParameter, 10, "ICReq with HPDA " + number(icreq[10])};
  if ((icreq[11] & ~3u) != 0) return bad_field(11, "ICReq with DGST " + number(icreq[11]));
  for (std::size_t at = 16; at < icreq.size(); ++at) {
    if (icreq[at] != 0) return bad_field(static_cast<std::uint32_t>(at), "ICReq with reserved bytes set");
  }
  return std::nullopt;
}

}  // namespace target
