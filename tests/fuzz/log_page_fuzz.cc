// A discovery log page of arbitrary bytes. What target() lets through must be fit for the kernel's option string.
#include <cstdint>
#include <cstdlib>
#include <span>

#include "nvme/log_page.h"

namespace {

void expect_harmless(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7F || c == ',' || c == '"') std::abort();
  }
}

void name_everything(const nvme::LogEntry& entry) {
  if (nvme::subtype_name(entry.subtype).empty() || nvme::trtype_name(entry.trtype).empty() ||
      nvme::adrfam_name(entry.adrfam).empty() || nvme::treq_name(entry.treq).empty() ||
      nvme::sectype_name(entry.sectype).empty() || nvme::eflags_name(entry.eflags).empty()) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
  if (bytes.size() >= nvme::kLogHeaderSize) {
    const auto header = nvme::decode_log_header(bytes.first(nvme::kLogHeaderSize));
    if (header && header->recfmt != 0) std::abort();
  }
  for (; bytes.size() >= nvme::kLogEntrySize; bytes = bytes.subspan(nvme::kLogEntrySize)) {
    const nvme::LogEntry entry = nvme::decode_log_entry(bytes.first(nvme::kLogEntrySize));
    name_everything(entry);
    const base::Result<nvme::EntryTarget> checked = nvme::target(entry);
    if (!checked) {
      if (checked.error().message.empty()) std::abort();
      continue;
    }
    expect_harmless(to_string(checked->traddr));
    expect_harmless(checked->subnqn.str());
    if (checked->trsvcid == 0 || checked->subnqn.str().size() > nvme::kNqnMaxLength) std::abort();
    if (nvme::IpAddress::parse(to_string(checked->traddr)) != checked->traddr) std::abort();
  }
  return 0;
}
