// Checks of received PDUs, in the order in which their bytes arrive.
#include "nvme/pdu_receiver.h"

#include <string>

#include "nvme/crc32c.h"
#include "nvme/status.h"

namespace nvme {
namespace {

using wire::Fes;
using wire::PduType;

constexpr std::size_t kDataHeaderSize = sizeof(wire::DataPdu);

// Byte offsets of fields, for FEI.
constexpr std::uint32_t kAtType = 0;
constexpr std::uint32_t kAtFlags = 1;
constexpr std::uint32_t kAtHlen = 2;
constexpr std::uint32_t kAtPdo = 3;
constexpr std::uint32_t kAtPlen = 4;

Violation bad_field(std::string text, std::uint32_t at) { return {.text = std::move(text), .fes = Fes::kInvalidHeaderField, .fei = at}; }
Violation out_of_order(std::string text) { return {.text = std::move(text), .fes = Fes::kSequenceError}; }

std::string name_of(std::uint8_t type) {
  switch (static_cast<PduType>(type)) {
    case PduType::kIcReq: return "ICReq";
    case PduType::kIcResp: return "ICResp";
    case PduType::kH2cTermReq: return "H2CTermReq";
    case PduType::kC2hTermReq: return "C2HTermReq";
    case PduType::kCapsuleCmd: return "CapsuleCmd";
    case PduType::kCapsuleResp: return "CapsuleResp";
    case PduType::kH2cData: return "H2CData";
    case PduType::kC2hData: return "C2HData";
    case PduType::kR2t: return "R2T";
  }
  return "PDU of unknown type " + std::to_string(type);
}

std::uint32_t digest_at(std::span<const std::byte> bytes) { return wire::read<wire::le32>(bytes); }

std::string digest_list(std::uint8_t bits) {
  switch (bits) {
    case 0: return "no digests";
    case 1: return "the header digest";
    case 2: return "the data digest";
    case 3: return "both digests";
    default: return "DGST " + std::to_string(bits);
  }
}

}  // namespace

std::span<std::byte> PduReceiver::wanted() {
  switch (stage_) {
    case Stage::kCommonHeader:
    case Stage::kHeader: return std::span(header_).subspan(have_, need_ - have_);
    case Stage::kData: return data_.subspan(data_have_);
    case Stage::kDataDigest: return std::span(digest_).subspan(digest_have_);
  }
  return {};
}

std::optional<Violation> PduReceiver::advance(std::size_t count) {
  switch (stage_) {
    case Stage::kCommonHeader:
      have_ += count;
      if (have_ < need_) return std::nullopt;
      return check_common_header();
    case Stage::kHeader:
      have_ += count;
      if (have_ < need_) return std::nullopt;
      return check_header();
    case Stage::kData:
      data_have_ += count;
      if (data_have_ < data_.size()) return std::nullopt;
      if (!wanted_digests_.data) return end_data();
      stage_ = Stage::kDataDigest;
      return std::nullopt;
    case Stage::kDataDigest:
      digest_have_ += count;
      if (digest_have_ < digest_.size()) return std::nullopt;
      return end_data();
  }
  return std::nullopt;
}

void PduReceiver::begin_pdu() {
  stage_ = Stage::kCommonHeader;
  have_ = 0;
  need_ = sizeof(wire::PduHeader);
  data_ = {};
  data_have_ = 0;
  digest_have_ = 0;
}

std::optional<Violation> PduReceiver::check_common_header() {
  const auto ch = header_as<wire::PduHeader>();
  const std::string name = name_of(ch.type);
  const auto type = static_cast<PduType>(ch.type);
  const std::size_t plen = ch.plen;
  stage_ = Stage::kHeader;

  if (type == PduType::kC2hTermReq) {
    // It ends the connection whatever its lengths are; they only bound what is read of it.
    if (plen < sizeof(wire::TermReq) || plen > wire::kTermReqMaxPlen) {
      return bad_field("C2HTermReq with PLEN " + std::to_string(plen), kAtPlen);
    }
    need_ = plen;
    return std::nullopt;
  }
  if (type == PduType::kIcResp) {
    if (negotiated_) return out_of_order("a second ICResp");
    if (ch.hlen != sizeof(wire::IcResp)) return bad_field("ICResp with HLEN " + std::to_string(ch.hlen), kAtHlen);
    if (plen != sizeof(wire::IcResp)) return bad_field("ICResp with PLEN " + std::to_string(plen), kAtPlen);
    need_ = sizeof(wire::IcResp);
    return std::nullopt;
  }
  if (type != PduType::kCapsuleResp && type != PduType::kC2hData && type != PduType::kR2t) {
    if (!negotiated_) return bad_field(name + " where ICResp was due; is this an NVMe/TCP port?", kAtType);
    return bad_field(name + " from a controller", kAtType);
  }
  if (!negotiated_) return out_of_order(name + " before ICResp");
  if (type == PduType::kR2t) return out_of_order("R2T, but no command offers data");

  const std::size_t header_digest = wanted_digests_.header ? wire::kDigestSize : 0;
  if (ch.hlen != kDataHeaderSize) return bad_field(name + " with HLEN " + std::to_string(ch.hlen), kAtHlen);
  if (((ch.flags & wire::kFlagHeaderDigest) != 0) != wanted_digests_.header) {
    return bad_field(name + (wanted_digests_.header ? " without" : " with") + " header digest", kAtFlags);
  }
  if (type == PduType::kCapsuleResp) {
    if (plen != ch.hlen + header_digest) return bad_field("CapsuleResp with PLEN " + std::to_string(plen), kAtPlen);
    need_ = plen;
    return std::nullopt;
  }
  if (((ch.flags & wire::kFlagDataDigest) != 0) != wanted_digests_.data) {
    return bad_field(std::string("C2HData ") + (wanted_digests_.data ? "without" : "with") + " data digest", kAtFlags);
  }
  if ((ch.flags & wire::kFlagSuccess) != 0 && (ch.flags & wire::kFlagLast) == 0) {
    return bad_field("C2HData with SUCCESS but not LAST_PDU", kAtFlags);
  }
  if (ch.pdo < ch.hlen + header_digest) return bad_field("C2HData with PDO " + std::to_string(ch.pdo), kAtPdo);
  if (plen <= ch.pdo) return bad_field("C2HData with PLEN " + std::to_string(plen), kAtPlen);
  need_ = ch.pdo;
  return std::nullopt;
}

std::optional<Violation> PduReceiver::check_header() {
  const auto ch = header_as<wire::PduHeader>();
  const auto type = static_cast<PduType>(ch.type);
  if (type == PduType::kC2hTermReq) return termination();
  if (type == PduType::kIcResp) return check_icresp();
  if (wanted_digests_.header) {
    const std::uint32_t computed = crc32c(std::span(header_).first(ch.hlen));
    if (digest_at(std::span(header_).subspan(ch.hlen)) != computed) {
      return Violation{.text = "wrong header digest of " + name_of(ch.type), .fes = Fes::kHeaderDigestError};
    }
  }
  if (type == PduType::kC2hData) return begin_data();
  const auto response = header_as<wire::CapsuleResp>();
  if (std::optional<Violation> violation = sink_.response_arrived(response.cqe)) return violation;
  begin_pdu();
  return std::nullopt;
}

std::optional<Violation> PduReceiver::check_icresp() {
  const auto response = header_as<wire::IcResp>();
  if (response.pfv != 0) {
    return Violation{.text = "ICResp with PDU format version " + std::to_string(response.pfv) + ", only 0 is known",
                     .fes = Fes::kUnsupportedParameter,
                     .fei = offsetof(wire::IcResp, pfv),
                     .kind = base::ErrorKind::kUnsupported};
  }
  if (response.cpda > 31) {
    return bad_field("ICResp with CPDA " + std::to_string(response.cpda), offsetof(wire::IcResp, cpda));
  }
  if (response.cpda != 0) {
    // The kernel could not connect either: Linux refuses such a controller with EINVAL.
    return Violation{.text = "ICResp asks for data alignment (CPDA " + std::to_string(response.cpda) + "), which Linux hosts don't offer",
                     .fes = Fes::kUnsupportedParameter,
                     .fei = offsetof(wire::IcResp, cpda),
                     .kind = base::ErrorKind::kUnsupported};
  }
  const std::uint8_t wanted = digest_bits(wanted_digests_);
  if (response.dgst != wanted) {
    const bool refused = (response.dgst & wanted) == response.dgst;
    return Violation{.text = "ICResp grants " + digest_list(response.dgst) + ", but the host asked for " + digest_list(wanted),
                     .fes = Fes::kUnsupportedParameter,
                     .fei = offsetof(wire::IcResp, dgst),
                     .kind = refused ? base::ErrorKind::kUnsupported : base::ErrorKind::kProtocol};
  }
  if (response.maxh2cdata < 4096 || response.maxh2cdata % 4 != 0) {
    return bad_field("ICResp with MAXH2CDATA " + std::to_string(response.maxh2cdata), offsetof(wire::IcResp, maxh2cdata));
  }
  negotiated_ = true;
  begin_pdu();
  return std::nullopt;
}

std::optional<Violation> PduReceiver::begin_data() {
  const auto header = header_as<wire::DataPdu>();
  const std::size_t digest = wanted_digests_.data ? wire::kDigestSize : 0;
  const std::uint64_t covered = std::uint64_t{header.ch.pdo} + header.datal + digest;
  if (header.datal == 0 || covered != header.ch.plen) {
    return bad_field("C2HData with DATAL " + std::to_string(header.datal) + " in PLEN " + std::to_string(header.ch.plen),
                     offsetof(wire::DataPdu, datal));
  }
  std::expected<std::span<std::byte>, Violation> room = sink_.room_for(header);
  if (!room) return std::move(room).error();
  data_ = *room;
  stage_ = Stage::kData;
  return std::nullopt;
}

std::optional<Violation> PduReceiver::end_data() {
  if (wanted_digests_.data && digest_at(digest_) != crc32c(data_)) {
    // Not among the reasons of H2CTermReq; the association ends all the same.
    return Violation{.text = "wrong data digest of C2HData", .tell_controller = false};
  }
  if (std::optional<Violation> violation = sink_.data_arrived(header_as<wire::DataPdu>())) return violation;
  begin_pdu();
  return std::nullopt;
}

Violation PduReceiver::termination() const {
  const auto request = header_as<wire::TermReq>();
  return Violation{.text = "the controller ended the connection (C2HTermReq): " + fes_name(request.fes, request.fei),
                   .tell_controller = false};
}

}  // namespace nvme
