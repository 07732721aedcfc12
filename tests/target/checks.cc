// What a host may send: the rules of the common header, of ICReq, and of what is reserved in commands.
#include <algorithm>

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
    const std::string early = "PDU type " + number(header.type) + " before ICReq";
    return Fault{kSequenceError, 0, icreq_seen ? "a second ICReq" : early};
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

std::vector<std::string> check_reserved(const wire::Command& command) {
  std::vector<std::string> wrong;
  const auto must_be_zero = [&](wire::View bytes, std::size_t from, std::size_t to, std::string_view what) {
    const wire::View part = bytes.subspan(from, to - from);
    if (std::ranges::all_of(part, [](std::uint8_t byte) { return byte == 0; })) return;
    wrong.push_back("opcode " + number(command.opcode()) + ": " + std::string(what) + " is not zero");
  };
  const wire::View sqe(command.sqe);
  const bool fabrics = command.opcode() == opc::kFabrics;
  must_be_zero(sqe, 8, 24, "CDW2 to MPTR");
  must_be_zero(sqe, 36, 39, "reserved part of the SGL");
  if (fabrics) must_be_zero(sqe, 5, 8, "reserved part of CDW1");
  const std::uint32_t nsid = fabrics ? 0 : command.nsid();
  if (nsid != 0 && nsid != 0xFFFFFFFFu) wrong.push_back("NSID " + number(nsid));
  if (command.opcode() == opc::kAer || command.opcode() == opc::kKeepAlive) must_be_zero(sqe, 40, 64, "CDW10 to 15");
  if (command.opcode() == opc::kIdentify) must_be_zero(sqe, 44, 64, "CDW11 to 15");
  if (command.opcode() == opc::kSetFeatures) must_be_zero(sqe, 48, 64, "CDW12 to 15");
  if (command.opcode() == opc::kGetLog) must_be_zero(sqe, 56, 64, "CDW14 to 15");
  if (fabrics && command.fctype() == fct::kPropertyGet) must_be_zero(sqe, 48, 64, "CDW12 to 15");
  if (fabrics && command.fctype() == fct::kPropertySet) must_be_zero(sqe, 56, 64, "CDW14 to 15");
  if (!fabrics || command.fctype() != fct::kConnect) return wrong;
  must_be_zero(sqe, 47, 48, "reserved byte 47 of Connect");
  must_be_zero(sqe, 52, 64, "reserved end of Connect");
  const wire::View data(command.data);
  if (data.size() != wire::kConnectDataSize) return wrong;
  must_be_zero(data, 18, 256, "reserved part of the Connect data");
  must_be_zero(data, 256 + wire::get_text(data, 256, 256).size(), 512, "SUBNQN after its end");
  must_be_zero(data, 512 + wire::get_text(data, 512, 256).size(), 768, "HOSTNQN after its end");
  must_be_zero(data, 768, 1024, "reserved end of the Connect data");
  if (std::ranges::count(data.first(16), 0) == 16) wrong.push_back("HOSTID is zero");
  return wrong;
}

std::optional<Fault> check_icreq(wire::View icreq) {
  const std::uint16_t pfv = wire::get16(icreq, 8);
  if (pfv != 0) return Fault{kUnsupportedParameter, 8, "ICReq with PFV " + number(pfv)};
  if (icreq[10] != 0) return Fault{kUnsupportedParameter, 10, "ICReq with HPDA " + number(icreq[10])};
  if ((icreq[11] & ~3u) != 0) return bad_field(11, "ICReq with DGST " + number(icreq[11]));
  for (std::size_t at = 16; at < icreq.size(); ++at) {
    if (icreq[at] != 0) return bad_field(static_cast<std::uint32_t>(at), "ICReq with reserved bytes set");
  }
  return std::nullopt;
}

}  // namespace target
