// Encoders and decoders of the target: NVMe/TCP common header, capsules, C2HData, R2T, termination.
#include "tests/target/wire.h"

#include <algorithm>

#include "tests/target/crc32c.h"

namespace target::wire {
namespace {

constexpr std::size_t kDigestSize = 4;

Bytes blank(Type type, std::uint8_t flags, std::size_t hlen, std::size_t plen) {
  Bytes pdu(plen, 0);
  pdu[0] = static_cast<std::uint8_t>(type);
  pdu[1] = flags;
  pdu[2] = static_cast<std::uint8_t>(hlen);
  put32(pdu, 4, static_cast<std::uint32_t>(plen));
  return pdu;
}

Bytes blank_short(Type type, Digests digests) {
  const std::size_t plen = kShortHlen + (digests.header ? kDigestSize : 0);
  return blank(type, digests.header ? kFlagHdgst : 0, kShortHlen, plen);
}

}  // namespace

std::uint16_t get16(View bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | (bytes[at + 1] << 8));
}

std::uint32_t get32(View bytes, std::size_t at) {
  return get16(bytes, at) | (std::uint32_t{get16(bytes, at + 2)} << 16);
}

std::uint64_t get64(View bytes, std::size_t at) {
  return get32(bytes, at) | (std::uint64_t{get32(bytes, at + 4)} << 32);
}

void put16(std::span<std::uint8_t> bytes, std::size_t at, std::uint16_t value) {
  bytes[at] = static_cast<std::uint8_t>(value & 0xFF);
  bytes[at + 1] = static_cast<std::uint8_t>(value >> 8);
}

void put32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
  put16(bytes, at, static_cast<std::uint16_t>(value & 0xFFFF));
  put16(bytes, at + 2, static_cast<std::uint16_t>(value >> 16));
}

void put64(std::span<std::uint8_t> bytes, std::size_t at, std::uint64_t value) {
  put32(bytes, at, static_cast<std::uint32_t>(value & 0xFFFFFFFFu));
  put32(bytes, at + 4, static_cast<std::uint32_t>(value >> 32));
}

std::string get_text(View bytes, std::size_t at, std::size_t size) {
  const View field = bytes.subspan(at, size);
  return {field.begin(), std::ranges::find(field, 0)};
}

void put_text(std::span<std::uint8_t> bytes, std::size_t at, std::size_t size, std::string_view text, char pad) {
  const std::size_t used = std::min(size, text.size());
  std::ranges::copy(text.substr(0, used), bytes.begin() + static_cast<std::ptrdiff_t>(at));
  std::ranges::fill(bytes.subspan(at + used, size - used), static_cast<std::uint8_t>(pad));
}

Header get_header(View pdu) { return {pdu[0], pdu[1], pdu[2], pdu[3], get32(pdu, 4)}; }

Bytes icresp(std::uint16_t pfv, std::uint8_t cpda, std::uint8_t dgst, std::uint32_t maxh2cdata) {
  Bytes pdu = blank(Type::kIcResp, 0, kIcSize, kIcSize);
  put16(pdu, 8, pfv);
  pdu[10] = cpda;
  pdu[11] = dgst;
  put32(pdu, 12, maxh2cdata);
  return pdu;
}

Bytes capsule_resp(const Completion& completion, Digests digests) {
  Bytes pdu = blank_short(Type::kCapsuleResp, digests);
  put64(pdu, 8, completion.result);
  put16(pdu, 16, completion.sqhd);
  put16(pdu, 20, completion.cid);
  put16(pdu, 22, completion.status);
  if (digests.header) seal_header(pdu);
  return pdu;
}

Bytes c2h_data(const DataPiece& piece, Digests digests) {
  const std::size_t pdo = kShortHlen + (digests.header ? kDigestSize : 0);
  const std::size_t end = pdo + piece.data.size();
  const auto flags = static_cast<std::uint8_t>((digests.header ? kFlagHdgst : 0) | (digests.data ? kFlagDdgst : 0) |
                                               (piece.last ? kFlagLast : 0) | (piece.success ? kFlagSuccess : 0));
  Bytes pdu = blank(Type::kC2hData, flags, kShortHlen, end + (digests.data ? kDigestSize : 0));
  pdu[3] = static_cast<std::uint8_t>(pdo);
  put16(pdu, 8, piece.cid);
  put32(pdu, 12, piece.datao);
  put32(pdu, 16, static_cast<std::uint32_t>(piece.data.size()));
  std::ranges::copy(piece.data, pdu.begin() + static_cast<std::ptrdiff_t>(pdo));
  if (digests.data) put32(pdu, end, crc32c(piece.data));
  if (digests.header) seal_header(pdu);
  return pdu;
}

Bytes r2t(std::uint16_t cid, std::uint16_t ttag, std::uint32_t offset, std::uint32_t length, Digests digests) {
  Bytes pdu = blank_short(Type::kR2t, digests);
  put16(pdu, 8, cid);
  put16(pdu, 10, ttag);
  put32(pdu, 12, offset);
  put32(pdu, 16, length);
  if (digests.header) seal_header(pdu);
  return pdu;
}

Bytes c2h_termreq(std::uint16_t fes, std::uint32_t fei, View offending) {
  const View copied = offending.first(std::min<std::size_t>(offending.size(), 128));
  Bytes pdu = blank(Type::kC2hTermReq, 0, kShortHlen, kShortHlen + copied.size());
  put16(pdu, 8, fes);
  put32(pdu, 10, fei);
  std::ranges::copy(copied, pdu.begin() + kShortHlen);
  return pdu;
}

void seal_header(Bytes& pdu) {
  const std::size_t hlen = pdu[2];
  if (pdu.size() < hlen + kDigestSize) return;
  put32(pdu, hlen, crc32c(View(pdu).first(hlen)));
}

}  // namespace target::wire
