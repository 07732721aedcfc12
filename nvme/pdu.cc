// Encoding of the three PDUs that a discovery host sends.
#include "nvme/pdu.h"

#include <algorithm>

#include "nvme/crc32c.h"

namespace nvme {
namespace {

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void append_digest_of(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  append(out, wire::bytes_of(wire::le32(crc32c(bytes))));
}

}  // namespace

std::vector<std::byte> encode_icreq(Digests wanted) {
  wire::IcReq request;
  request.ch.type = static_cast<std::uint8_t>(wire::PduType::kIcReq);
  request.ch.hlen = sizeof(wire::IcReq);
  request.ch.plen = sizeof(wire::IcReq);
  // PFV 0; HPDA 0 (nvmet drops the connection for another); MAXR2T 0: one at a time, and we never need one.
  request.dgst = digest_bits(wanted);
  std::vector<std::byte> out;
  append(out, wire::bytes_of(request));
  return out;
}

std::vector<std::byte> encode_command(const wire::Sqe& sqe, std::span<const std::byte> in_capsule, Digests digests) {
  const bool data_digest = digests.data && !in_capsule.empty();
  const std::size_t header = sizeof(wire::CapsuleCmd) + (digests.header ? wire::kDigestSize : 0);
  const std::size_t plen = header + in_capsule.size() + (data_digest ? wire::kDigestSize : 0);
  wire::CapsuleCmd capsule{.sqe = sqe};
  capsule.ch.type = static_cast<std::uint8_t>(wire::PduType::kCapsuleCmd);
  capsule.ch.flags = static_cast<std::uint8_t>((digests.header ? wire::kFlagHeaderDigest : 0) |
                                               (data_digest ? wire::kFlagDataDigest : 0));
  capsule.ch.hlen = sizeof(wire::CapsuleCmd);
  capsule.ch.pdo = static_cast<std::uint8_t>(in_capsule.empty() ? 0 : header);
  capsule.ch.plen = static_cast<std::uint32_t>(plen);
  std::vector<std::byte> out;
  out.reserve(plen);
  append(out, wire::bytes_of(capsule));
  if (digests.header) append_digest_of(out, wire::bytes_of(capsule));
  append(out, in_capsule);
  if (data_digest) append_digest_of(out, in_capsule);
  return out;
}

std::vector<std::byte> encode_termreq(wire::Fes fes, std::uint32_t fei, std::span<const std::byte> offending) {
  const auto copied = offending.first(std::min(offending.size(), wire::kTermReqMaxPlen - sizeof(wire::TermReq)));
  wire::TermReq request;
  request.ch.type = static_cast<std::uint8_t>(wire::PduType::kH2cTermReq);
  request.ch.hlen = sizeof(wire::TermReq);
  request.ch.plen = static_cast<std::uint32_t>(sizeof(wire::TermReq) + copied.size());
  request.fes = static_cast<std::uint16_t>(fes);
  request.fei = fei;
  std::vector<std::byte> out;
  append(out, wire::bytes_of(request));
  append(out, copied);
  return out;
}

}  // namespace nvme
