// Bytes of the fact sheet, and a blocking socket.
#include "tests/target/test/raw_host.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cstring>

namespace target_test {
namespace {

constexpr int kPatienceMs = 5000;

void append(Bytes& to, const Bytes& from) { to.insert(to.end(), from.begin(), from.end()); }

std::string le(std::uint64_t value, int bytes) {
  std::string text;
  char two[3];
  for (int i = 0; i < bytes; ++i, value >>= 8) {
    std::snprintf(two, sizeof(two), "%02x", static_cast<unsigned>(value & 0xFF));
    text += two;
  }
  return text;
}

/// A command without data in its capsule: common header and SQE.
Bytes capsule(const std::string& sqe) {
  Bytes pdu = hex("04 00 48 00 48 00 00 00");
  append(pdu, hex(sqe));
  EXPECT_EQ(pdu.size(), 72u);
  return pdu;
}

void put_text(Bytes& bytes, std::size_t at, const std::string& text) {
  std::copy(text.begin(), text.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

Bytes hex(std::string_view text) {
  Bytes bytes;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '*') {
      std::size_t count = 0;
      while (i + 1 < text.size() && std::isdigit(static_cast<unsigned char>(text[i + 1])) != 0) {
        count = count * 10 + static_cast<std::size_t>(text[++i] - '0');
      }
      const std::uint8_t last = bytes.back();
      bytes.insert(bytes.end(), count - 1, last);
      continue;
    }
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0) continue;
    digits += c;
    if (digits.size() == 2) {
      bytes.push_back(static_cast<std::uint8_t>(std::stoul(digits, nullptr, 16)));
      digits.clear();
    }
  }
  return bytes;
}

std::string to_hex(const Bytes& bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += le(byte, 1);
  return text;
}

Bytes icreq(std::uint8_t dgst) {
  Bytes pdu = hex("00 00 80 00 80 00 00 00 00 00 00 00 00 00 00 00");
  pdu[11] = dgst;
  pdu.resize(128, 0);
  return pdu;
}

Bytes connect(const ConnectValues& values, std::uint16_t cid) {
  Bytes pdu = hex("04 00 48 48 48 04 00 00");
  append(pdu, hex("7f40" + le(cid, 2) + "01 00*19 | 0000000000000000 00040000 000000 01 | 0000 0000 1f00 " +
                  le(values.cattr, 1) + "00" + le(values.kato_ms, 4) + "00*12"));
  Bytes data(1024, 0);
  for (std::uint8_t i = 0; i < 16; ++i) data[i] = static_cast<std::uint8_t>(0xA0 + i);
  data[16] = data[17] = 0xFF;
  put_text(data, 256, values.subnqn);
  put_text(data, 512, values.hostnqn);
  append(pdu, data);
  return pdu;
}

Bytes property_get_cap(std::uint16_t cid) {
  return capsule("7f40" + le(cid, 2) + "04 00*19 | 00*15 5a | 01 000000 00000000 00*16");
}
Bytes property_get(std::uint32_t offset, std::uint16_t cid) {
  return capsule("7f40" + le(cid, 2) + "04 00*19 | 00*15 5a | 00 000000" + le(offset, 4) + "00*16");
}
Bytes property_set_cc(std::uint32_t value, std::uint16_t cid) {
  return capsule("7f40" + le(cid, 2) + "00 00*19 | 00*15 5a | 00 000000 14000000" + le(value, 4) + "00*4 00*8");
}
Bytes identify(std::uint16_t cid) {
  return capsule("0640" + le(cid, 2) + "00*20 | 00*8 00100000 000000 5a | 01000000 00*20");
}
Bytes set_events(std::uint16_t cid) {
  return capsule("0940" + le(cid, 2) + "00*20 | 00*15 5a | 0b000000 00000080 00*16");
}
Bytes set_kato(std::uint32_t ms, std::uint16_t cid) {
  return capsule("0940" + le(cid, 2) + "00*20 | 00*15 5a | 0f000000" + le(ms, 4) + "00*16");
}
Bytes aer(std::uint16_t cid) { return capsule("0c40" + le(cid, 2) + "00*20 | 00*15 5a | 00*24"); }
Bytes keep_alive(std::uint16_t cid) { return capsule("1840" + le(cid, 2) + "00*20 | 00*15 5a | 00*24"); }

Bytes get_log(std::uint64_t offset, std::uint32_t length, bool rae, std::uint16_t cid) {
  const std::uint32_t numd = length / 4 - 1;
  return capsule("0240" + le(cid, 2) + "00*20 | 00*8 " + le(length, 4) + "000000 5a | 70" + (rae ? "80" : "00") +
                 le(numd & 0xFFFF, 2) + le(numd >> 16, 2) + "0000" + le(offset, 8) + "00*8");
}

std::uint32_t slow_crc32c(const Bytes& bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78u);
  }
  return crc ^ 0xFFFFFFFFu;
}

Bytes with_digests(Bytes pdu, bool header, bool data) {
  Bytes front(pdu.begin(), pdu.begin() + 72);
  const Bytes payload(pdu.begin() + 72, pdu.end());
  const bool carries = !payload.empty();
  const std::size_t plen = pdu.size() + (header ? 4 : 0) + (data && carries ? 4 : 0);
  front[1] = static_cast<std::uint8_t>((header ? 1 : 0) | (data && carries ? 2 : 0));
  if (carries) front[3] = header ? 76 : 72;
  const Bytes size = hex(le(plen, 4));
  std::copy(size.begin(), size.end(), front.begin() + 4);
  Bytes out = front;
  if (header) append(out, hex(le(slow_crc32c(front), 4)));
  append(out, payload);
  if (data && carries) append(out, hex(le(slow_crc32c(payload), 4)));
  return out;
}

std::uint16_t Pdu::u16(std::size_t at) const {
  return static_cast<std::uint16_t>(bytes.at(at) | (bytes.at(at + 1) << 8));
}
std::uint32_t Pdu::u32(std::size_t at) const { return u16(at) | (std::uint32_t{u16(at + 2)} << 16); }
std::uint64_t Pdu::u64(std::size_t at) const { return u32(at) | (std::uint64_t{u32(at + 4)} << 32); }

RawHost::RawHost(const std::string& addr, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(addr.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return;
  socket_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (::connect(socket_, found->ai_addr, found->ai_addrlen) != 0) {
    ADD_FAILURE() << "connect: " << std::strerror(errno);
  }
  freeaddrinfo(found);
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

RawHost::~RawHost() { ::close(socket_); }

void RawHost::send(const Bytes& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;  // the next receive() sees the end
    sent += static_cast<std::size_t>(n);
  }
}

void RawHost::half_close() const { ::shutdown(socket_, SHUT_WR); }

bool RawHost::wait_readable(int ms) const {
  pollfd wait{socket_, POLLIN, 0};
  return ::poll(&wait, 1, ms) > 0;
}

bool RawHost::read_exactly(Bytes& bytes, std::size_t size) const {
  std::size_t have = bytes.size();
  bytes.resize(size);
  while (have < size) {
    if (!wait_readable(kPatienceMs)) return false;
    const ssize_t n = ::recv(socket_, bytes.data() + have, size - have, 0);
    if (n <= 0) return false;
    have += static_cast<std::size_t>(n);
  }
  return true;
}

std::optional<Pdu> RawHost::receive() const {
  Pdu pdu;
  if (!read_exactly(pdu.bytes, 8)) return std::nullopt;
  const std::uint32_t plen = pdu.u32(4);
  if (plen < 8 || plen > (64u << 20) || !read_exactly(pdu.bytes, plen)) return std::nullopt;
  return pdu;
}

Pdu RawHost::ask(const Bytes& bytes) const {
  send(bytes);
  std::optional<Pdu> pdu = receive();
  EXPECT_TRUE(pdu) << "no answer to " << to_hex(bytes).substr(0, 64);
  return pdu ? *pdu : Pdu{Bytes(4096, 0)};
}

void RawHost::set_up(std::uint32_t kato_ms) const {
  EXPECT_EQ(ask(icreq()).type(), 1);
  EXPECT_EQ(ask(connect({.kato_ms = kato_ms})).status(), 0);
  EXPECT_EQ(ask(property_set_cc(0x00460001)).status(), 0);
  EXPECT_EQ(ask(property_get(0x1C)).result(), 1u);
  EXPECT_EQ(ask(set_events()).status(), 0);
}

Bytes RawHost::read_log(std::uint64_t offset, std::uint32_t length, bool rae, std::uint16_t cid) const {
  Bytes data(length, 0);
  send(get_log(offset, length, rae, cid));
  while (true) {
    const std::optional<Pdu> pdu = receive();
    if (!pdu) {
      ADD_FAILURE() << "the log page ended early";
      return data;
    }
    if (pdu->type() == 5) {
      EXPECT_EQ(pdu->cid(), cid);
      EXPECT_EQ(pdu->status(), 0);
      return data;
    }
    EXPECT_EQ(pdu->type(), 7);
    EXPECT_EQ(pdu->u16(8), cid);
    const std::uint32_t at = pdu->u32(12);
    const std::uint32_t size = pdu->u32(16);
    EXPECT_EQ(pdu->bytes.size(), 24 + size);
    if (at + size > length) {
      ADD_FAILURE() << "data out of range";
      return data;
    }
    std::copy(pdu->bytes.begin() + 24, pdu->bytes.end(), data.begin() + at);
  }
}

bool RawHost::ends() const {
  Bytes sink(65536);
  while (wait_readable(kPatienceMs)) {
    if (::recv(socket_, sink.data(), sink.size(), 0) <= 0) return true;
  }
  return false;
}

bool RawHost::silent() const { return !wait_readable(50); }

}  // namespace target_test
