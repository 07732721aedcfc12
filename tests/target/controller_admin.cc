// Admin commands of the discovery controller: Identify, features, log pages, asynchronous events.
#include <algorithm>

#include "tests/target/controller.h"

namespace target {
namespace {

constexpr std::uint8_t kFeatureEvents = 0x0B;
constexpr std::uint8_t kFeatureKato = 0x0F;
constexpr std::uint64_t kLongestRead = 64u << 20;  // keeps a wild NUMD from taking all memory

Reply failure(std::uint16_t status) { return {.data = {}, .result = 0, .status = status}; }
Reply result(std::uint64_t value) { return {.data = {}, .result = value, .status = 0}; }
Reply data(wire::Bytes bytes) { return {.data = std::move(bytes), .result = 0, .status = 0}; }

}  // namespace

Reply Controller::identify(const wire::Command& command) const {
  constexpr std::size_t kSize = 4096;
  constexpr std::uint32_t kController = 1;
  if ((command.cdw(10) & 0xFF) != kController) return failure(kStatusInvalidField);
  if (command.sgl_length() != kSize) return failure(kStatusSglLength);
  wire::Bytes id(kSize, 0);
  wire::put_text(id, 4, 20, "TESTTARGET", ' ');
  wire::put_text(id, 24, 40, "discovery target for tests", ' ');
  wire::put_text(id, 64, 8, "1", ' ');
  id[76] = 2;  // CMIC: more than one controller
  id[77] = options_.mdts;
  wire::put16(id, 78, misbehaviour_.identify_cntlid.value_or(cntlid_));
  wire::put32(id, 80, options_.vs);
  wire::put32(id, 92, options_.oaes);
  wire::put32(id, 96, options_.ctratt);
  id[111] = options_.cntrltype;
  id[259] = static_cast<std::uint8_t>(options_.aer_limit > 0 ? options_.aer_limit - 1 : 0);
  id[261] = options_.lpa;
  wire::put16(id, 320, options_.kas);
  wire::put16(id, 514, options_.maxcmd);
  wire::put32(id, 536, (1u << 20) | 1u);  // SGLS: SGLs, and an offset in the capsule
  wire::put_text(id, 768, 256, options_.nqn.empty() ? kWellKnownNqn : std::string_view(options_.nqn), '\0');
  wire::put32(id, 1792, (64 + 8192) / 16);  // IOCCSZ
  wire::put32(id, 1796, 1);                 // IORCSZ
  id[1803] = 1;                             // MSDBD
  id[1806] = options_.dctype;
  return data(std::move(id));
}

Reply Controller::set_features(const wire::Command& command) {
  const std::uint32_t value = command.cdw(11);
  switch (command.cdw(10) & 0xFF) {
    case kFeatureEvents:
      if ((value & ~options_.oaes) != 0) return failure(kStatusInvalidField);
      aen_config_ = value;
      return result(value);
    case kFeatureKato:
      kato_ms_ = value;
      return result(0);
    default: return failure(kStatusInvalidField);
  }
}

Reply Controller::get_features(const wire::Command& command) const {
  switch (command.cdw(10) & 0xFF) {
    case kFeatureEvents: return result(aen_config_);
    case kFeatureKato: return result(kato_ms_);
    default: return failure(kStatusInvalidField);
  }
}

Reply Controller::get_log(const wire::Command& command) {
  constexpr std::uint8_t kSupportedPages = 0x00;
  constexpr std::uint8_t kDiscovery = 0x70;
  const auto lid = static_cast<std::uint8_t>(command.cdw(10) & 0xFF);
  const bool retains_event = (command.cdw(10) & 0x8000) != 0;
  const std::uint64_t dwords = ((command.cdw(10) >> 16) | (std::uint64_t{command.cdw(11) & 0xFFFF} << 16)) + 1;
  const std::uint64_t length = dwords * 4;
  const std::uint64_t offset = command.cdw(12) | (std::uint64_t{command.cdw(13)} << 32);

  if (command.sgl_length() != length) return failure(kStatusSglLength);
  if (offset % 4 != 0) return failure(kStatusInvalidField);
  const bool extended = (options_.lpa & 4) != 0;
  if (!extended && (offset != 0 || dwords > 0x1000)) return failure(kStatusInvalidField);
  const std::uint64_t limit = options_.mdts == 0 ? kLongestRead : std::uint64_t{4096} << options_.mdts;
  if (length > limit) return failure(kStatusInvalidField);

  if (lid == kSupportedPages && options_.log_00h) {
    wire::Bytes page(1024, 0);
    wire::put32(page, kSupportedPages * 4, 1);
    wire::put32(page, kDiscovery * 4, 1u | (options_.log_00h_discovery << 16));
    if (offset > page.size()) return failure(kStatusInvalidField);
    page.erase(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(offset));
    page.resize(length, 0);
    return data(std::move(page));
  }
  if (lid != kDiscovery) return failure(kStatusInvalidField);
  std::optional<wire::Bytes> part = page_.read(offset, length);
  if (!part) return failure(kStatusInvalidField);
  if (!retains_event) masked_ = false;
  return data(std::move(*part));
}

void Controller::announce() {
  if (!connected() || !events_enabled()) return;
  if (misbehaviour_.aen_never_masks) {
    if (!aers_.empty()) events_.push_back(kDiscoveryChanged);
    return;
  }
  if (masked_) return;
  masked_ = true;
  events_.push_back(kDiscoveryChanged);
}

std::vector<Controller::AerCompletion> Controller::take_completed_aers() {
  std::vector<AerCompletion> completed;
  while (!aers_.empty() && !events_.empty()) {
    completed.push_back({aers_.front(), events_.front()});
    aers_.pop_front();
    events_.pop_front();
  }
  return completed;
}

std::optional<std::uint16_t> Controller::take_aer() {
  if (aers_.empty()) return std::nullopt;
  const std::uint16_t cid = aers_.front();
  aers_.pop_front();
  return cid;
}

bool Controller::aer_waits(std::uint16_t cid) const { return std::ranges::find(aers_, cid) != aers_.end(); }

}  // namespace target
