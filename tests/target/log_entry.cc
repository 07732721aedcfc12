// Encodes log page 70h, and makes the usual entries.
#include "tests/target/log_entry.h"

#include <algorithm>

#include "tests/target/wire.h"

namespace target {
namespace {

LogEntry tcp_entry(std::uint8_t subtype, std::string addr, std::uint16_t port, std::string nqn) {
  LogEntry entry;
  entry.adrfam = addr.contains(':') ? 2 : 1;
  entry.subtype = subtype;
  entry.trsvcid = std::to_string(port);
  entry.subnqn = std::move(nqn);
  entry.traddr = std::move(addr);
  return entry;
}

}  // namespace

LogEntry tcp_subsystem(std::string addr, std::uint16_t port, std::string nqn) {
  return tcp_entry(kSubtypeNvm, std::move(addr), port, std::move(nqn));
}

LogEntry referral(std::string addr, std::uint16_t port, std::string nqn) {
  return tcp_entry(kSubtypeReferral, std::move(addr), port, std::move(nqn));
}

LogEntry self(std::string addr, std::uint16_t port, std::string nqn) {
  return tcp_entry(kSubtypeSelf, std::move(addr), port, std::move(nqn));
}

std::array<std::uint8_t, kEntrySize> encode(const LogEntry& entry) {
  if (entry.raw) return *entry.raw;
  std::array<std::uint8_t, kEntrySize> bytes{};
  bytes[0] = entry.trtype;
  bytes[1] = entry.adrfam;
  bytes[2] = entry.subtype;
  bytes[3] = entry.treq;
  wire::put16(bytes, 4, entry.portid);
  wire::put16(bytes, 6, entry.cntlid);
  wire::put16(bytes, 8, entry.asqsz);
  wire::put16(bytes, 10, entry.eflags);
  wire::put_text(bytes, 32, 32, entry.trsvcid, entry.pad);
  wire::put_text(bytes, 256, 256, entry.subnqn, '\0');
  wire::put_text(bytes, 512, 256, entry.traddr, entry.pad);
  const std::size_t tsas_size = std::min<std::size_t>(entry.tsas.size(), 256);
  std::copy_n(entry.tsas.begin(), tsas_size, bytes.begin() + 768);
  return bytes;
}

std::vector<std::uint8_t> encode_page(std::uint64_t genctr, const std::vector<LogEntry>& entries) {
  std::vector<std::uint8_t> page(1024, 0);
  wire::put64(page, 0, genctr);
  wire::put64(page, 8, entries.size());
  page.reserve(1024 + entries.size() * kEntrySize);
  for (const LogEntry& entry : entries) {
    const auto bytes = encode(entry);
    page.insert(page.end(), bytes.begin(), bytes.end());
  }
  return page;
}

}  // namespace target
