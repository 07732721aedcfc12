// Decoding of discovery log pages, and the check that stands between an entry and the kernel.
#include "nvme/log_page.h"

#include <algorithm>

#include "base/text.h"
#include "nvme/wire.h"

namespace nvme {
namespace {

/// Up to the first NUL, without the spaces that some targets pad with.
template <std::size_t N>
std::string text_of(const wire::Bytes<N>& field) {
  const auto end = std::find(field.begin(), field.end(), std::uint8_t{0});
  std::string text(field.begin(), end);
  text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

std::string reserved(unsigned value) { return "reserved (" + std::to_string(value) + ")"; }

base::Error of_field(std::string_view field, base::Error error) {
  return std::move(error).with_context(field);
}

}  // namespace

base::Result<LogHeader> decode_log_header(std::span<const std::byte> bytes) {
  const auto header = wire::read<wire::LogHeader>(bytes);
  if (header.recfmt != 0) {
    return base::fail(base::ErrorKind::kProtocol,
                      "discovery log page has record format " + std::to_string(header.recfmt) + ", only 0 is known");
  }
  return LogHeader{.genctr = header.genctr, .numrec = header.numrec, .recfmt = header.recfmt};
}

LogEntry decode_log_entry(std::span<const std::byte> bytes) {
  const auto entry = wire::read<wire::LogEntry>(bytes);
  return LogEntry{.trtype = entry.trtype,
                  .adrfam = entry.adrfam,
                  .subtype = entry.subtype,
                  .treq = entry.treq,
                  .portid = entry.portid,
                  .cntlid = entry.cntlid,
                  .asqsz = entry.asqsz,
                  .eflags = entry.eflags,
                  .trsvcid = text_of(entry.trsvcid),
                  .subnqn = text_of(entry.subnqn),
                  .traddr = text_of(entry.traddr),
                  .sectype = entry.tsas[0]};
}

base::Result<EntryTarget> target(const LogEntry& entry) {
  if (entry.trtype != static_cast<std::uint8_t>(TransportType::kTcp)) {
    return base::fail(base::ErrorKind::kUnsupported, "transport " + trtype_name(entry.trtype) + " is not tcp");
  }
  // The text says which family it is; the number only has to be one of the two.
  if (entry.adrfam != static_cast<std::uint8_t>(AddressFamily::kIpv4) &&
      entry.adrfam != static_cast<std::uint8_t>(AddressFamily::kIpv6)) {
    return base::fail(base::ErrorKind::kUnsupported, "address family " + adrfam_name(entry.adrfam) + " is not ipv4 or ipv6");
  }
  base::Result<IpAddress> traddr = IpAddress::parse(entry.traddr);
  if (!traddr) return base::Failure(of_field("traddr", std::move(traddr).error()));
  // Linux would connect to this host itself.
  if (traddr->is_unspecified()) {
    return base::fail(base::ErrorKind::kInvalid, "traddr: " + to_string(*traddr) + " is the unspecified address");
  }
  base::Result<std::uint16_t> trsvcid = parse_port(entry.trsvcid);
  if (!trsvcid) return base::Failure(of_field("trsvcid", std::move(trsvcid).error()));
  base::Result<Nqn> subnqn = Nqn::parse(entry.subnqn);
  if (!subnqn) return base::Failure(of_field("subnqn", std::move(subnqn).error()));
  return EntryTarget{.traddr = *std::move(traddr), .trsvcid = *trsvcid, .subnqn = *std::move(subnqn)};
}

std::string subtype_name(std::uint8_t subtype) {
  switch (static_cast<Subtype>(subtype)) {
    case Subtype::kReferral: return "referral";
    case Subtype::kNvm: return "nvme subsystem";
    case Subtype::kCurrentDiscovery: return "current discovery subsystem";
  }
  return reserved(subtype);
}

std::string trtype_name(std::uint8_t trtype) {
  switch (static_cast<TransportType>(trtype)) {
    case TransportType::kRdma: return "rdma";
    case TransportType::kFibreChannel: return "fc";
    case TransportType::kTcp: return "tcp";
    case TransportType::kLoop: return "loop";
  }
  return reserved(trtype);
}

std::string adrfam_name(std::uint8_t adrfam) {
  switch (static_cast<AddressFamily>(adrfam)) {
    case AddressFamily::kNone: return "not specified";
    case AddressFamily::kIpv4: return "ipv4";
    case AddressFamily::kIpv6: return "ipv6";
    case AddressFamily::kInfiniBand: return "infiniband";
    case AddressFamily::kFibreChannel: return "fibre-channel";
    case AddressFamily::kLoop: return "loop";
  }
  return reserved(adrfam);
}

std::string treq_name(std::uint8_t treq) {
  std::string text;
  switch (static_cast<SecureChannel>(treq & 3)) {
    case SecureChannel::kNotSpecified: text = "not specified"; break;
    case SecureChannel::kRequired: text = "required"; break;
    case SecureChannel::kNotRequired: text = "not required"; break;
    default: text = reserved(treq & 3U); break;
  }
  if ((treq & 4) != 0) text += ", sq flow control disable supported";
  return text;
}

std::string sectype_name(std::uint8_t sectype) {
  switch (sectype) {
    case 0: return "none";
    case 1: return "tls 1.2";
    case 2: return "tls 1.3";
    default: return reserved(sectype);
  }
}

std::string eflags_name(std::uint16_t eflags) {
  std::string text;
  const auto add = [&](std::string_view name) { text.append(text.empty() ? "" : ", ").append(name); };
  if ((eflags & 1) != 0) add("duplicate returned information");
  if ((eflags & 2) != 0) add("explicit discovery connections");
  if ((eflags & 4) != 0) add("not connected to cdc");
  if ((eflags & ~7U) != 0) add(reserved(eflags & ~7U));
  return text.empty() ? "none" : text;
}

}  // namespace nvme
