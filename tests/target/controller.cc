// Fabrics commands: Connect, properties, and the controller's life (CC, CSTS).
#include "tests/target/controller.h"

#include <algorithm>

namespace target {
namespace {

constexpr std::uint32_t kCap = 0x00;
constexpr std::uint32_t kVs = 0x08;
constexpr std::uint32_t kCc = 0x14;
constexpr std::uint32_t kCsts = 0x1C;
constexpr std::uint32_t kCrto = 0x68;

constexpr std::uint8_t kSglInCapsule = 0x01;
constexpr std::uint8_t kSglTransport = 0x5A;

constexpr bool kInData = true;
constexpr bool kInSqe = false;

Reply failure(std::uint16_t status) { return {.data = {}, .result = 0, .status = status}; }

/// Connect Invalid Parameters (or Host) that points at the field: IPO in bits 15:0, IATTR bit 0 in bit 16.
Reply invalid_parameter(std::uint16_t offset, bool in_data, std::uint16_t status = kStatusInvalidParameters) {
  return {.data = {}, .result = offset | (in_data ? 0x10000u : 0u), .status = status};
}

}  // namespace

std::optional<std::uint16_t> CntlidPool::take() {
  constexpr std::uint16_t kLast = 0xFFEF;
  for (unsigned tries = 0; tries < kLast; ++tries) {
    if (next_ == 0 || next_ > kLast) next_ = 1;
    const std::uint16_t candidate = next_++;
    if (used_.insert(candidate).second) return candidate;
  }
  return std::nullopt;
}

Controller::Controller(const TargetOptions& options, CntlidPool& cntlids, LogPage& page, Misbehaviour& misbehaviour)
    : options_(options), cntlids_(cntlids), page_(page), misbehaviour_(misbehaviour) {}

Controller::~Controller() {
  if (connected()) cntlids_.give_back(cntlid_);
}

std::optional<Reply> Controller::execute(const wire::Command& command, Clock::time_point now) {
  // PSDT must be 01b and FUSE 0 on every command.
  if ((command.flags() & 0xC3) != 0x40) return failure(kStatusInvalidField);
  if (command.opcode() == opc::kFabrics) return fabrics(command, now);
  if (!connected()) return failure(kStatusSequenceError);
  if ((csts(now) & 1) == 0) return failure(kStatusSequenceError);

  const bool has_data = command.opcode() == opc::kIdentify || command.opcode() == opc::kGetLog;
  if (has_data && command.sgl_type() != kSglTransport) return failure(kStatusSglType);
  if (command.sgl_address() != 0) return failure(kStatusSglOffset);
  switch (command.opcode()) {
    case opc::kIdentify: return identify(command);
    case opc::kGetLog: return get_log(command);
    case opc::kSetFeatures:
    case opc::kGetFeatures:
    case opc::kKeepAlive:
    case opc::kAer: break;
    default: return failure(kStatusInvalidOpcode);
  }
  if (command.sgl_length() != 0) return failure(kStatusSglLength);
  if (command.opcode() == opc::kSetFeatures) return set_features(command);
  if (command.opcode() == opc::kGetFeatures) return get_features(command);
  if (command.opcode() == opc::kKeepAlive) return kato_ms_ == 0 ? failure(kStatusKatoInvalid) : Reply{};

  if (aers_.size() >= options_.aer_limit) return failure(kStatusAerLimit);
  aers_.push_back(command.cid());
  if (misbehaviour_.aen_storm > 0) {
    --misbehaviour_.aen_storm;
    events_.push_back(kDiscoveryChanged);
  }
  return std::nullopt;
}

Reply Controller::fabrics(const wire::Command& command, Clock::time_point now) {
  if (command.fctype() == fct::kConnect) return connect(command);
  if (!connected()) return failure(kStatusSequenceError);
  if (command.fctype() != fct::kPropertyGet && command.fctype() != fct::kPropertySet) {
    return failure(kStatusInvalidOpcode);
  }
  if (command.sgl_address() != 0) return failure(kStatusSglOffset);
  if (command.sgl_length() != 0) return failure(kStatusSglLength);
  return command.fctype() == fct::kPropertyGet ? property_get(command, now) : property_set(command, now);
}

Reply Controller::connect(const wire::Command& command) {
  if (connected()) return failure(kStatusSequenceError);
  if (command.sgl_type() != kSglInCapsule) return failure(kStatusSglType);
  if (command.sgl_address() != 0) return failure(kStatusSglOffset);
  if (command.sgl_length() != wire::kConnectDataSize || command.data.size() != wire::kConnectDataSize) {
    return failure(kStatusSglLength);
  }
  const auto& sqe = command.sqe;
  const wire::Bytes& data = command.data;
  const std::uint16_t sqsize = wire::get16(sqe, 44);
  const std::uint32_t kato = wire::get32(sqe, 48);
  if (wire::get16(sqe, 40) != 0) return failure(kStatusInvalidFormat);
  if (wire::get16(sqe, 42) != 0) return invalid_parameter(42, kInSqe);
  if (sqsize == 0 || sqsize > (options_.cap & 0xFFFF)) return invalid_parameter(44, kInSqe);
  if (wire::get16(data, 16) != 0xFFFF) return invalid_parameter(16, kInData);
  if (!answers_to(wire::get_text(data, 256, 256))) return invalid_parameter(256, kInData);
  const std::string hostnqn = wire::get_text(data, 512, 256);
  constexpr std::size_t kNqnMax = 223;
  if (hostnqn.empty() || hostnqn.size() > kNqnMax) return invalid_parameter(512, kInData, kStatusInvalidHost);
  if (misbehaviour_.rejects_kato && kato != 0) return invalid_parameter(48, kInSqe);

  const std::optional<std::uint16_t> cntlid = cntlids_.take();
  if (!cntlid) return failure(kStatusBusy);
  cntlid_ = *cntlid;
  kato_ms_ = kato;
  queue_entries_ = static_cast<std::uint16_t>(sqsize + 1);
  flow_control_disabled_ = (sqe[46] & 4) != 0;
  return {.data = {}, .result = cntlid_ | (std::uint64_t{misbehaviour_.authreq} << 16), .status = 0};
}

bool Controller::answers_to(const std::string& subnqn) const {
  if (subnqn == kWellKnownNqn) return options_.accepts_well_known;
  return !options_.nqn.empty() && subnqn == options_.nqn;
}

Reply Controller::property_get(const wire::Command& command, Clock::time_point now) const {
  const bool eight_bytes = (command.sqe[40] & 7) == 1;
  if (!eight_bytes && (command.sqe[40] & 7) != 0) return failure(kStatusInvalidField);
  const std::uint32_t offset = wire::get32(command.sqe, 44);
  if (eight_bytes != (offset == kCap)) return failure(kStatusInvalidField);
  const bool has_crto = (options_.cap >> 59 & 1) != 0;
  switch (offset) {
    case kCap: return {.data = {}, .result = options_.cap, .status = 0};
    case kVs: return {.data = {}, .result = options_.vs, .status = 0};
    case kCc: return {.data = {}, .result = cc_, .status = 0};
    case kCsts: return {.data = {}, .result = csts(now), .status = 0};
    case kCrto:
      if (has_crto) return {.data = {}, .result = options_.crto, .status = 0};
      [[fallthrough]];
    default: return failure(kStatusInvalidField);
  }
}

Reply Controller::property_set(const wire::Command& command, Clock::time_point now) {
  if ((command.sqe[40] & 7) != 0 || wire::get32(command.sqe, 44) != kCc) return failure(kStatusInvalidField);
  set_cc(wire::get32(command.sqe, 48), now);
  return {};
}

void Controller::set_cc(std::uint32_t value, Clock::time_point now) {
  const auto enable = [](std::uint32_t cc) { return (cc & 1) != 0; };
  const auto shn = [](std::uint32_t cc) { return cc >> 14 & 3; };
  const std::uint32_t old = cc_;
  cc_ = value;
  if (enable(value) && !enable(old)) {
    const std::uint32_t css = value >> 4 & 7;
    const bool all_sets = (options_.cap >> 43 & 1) != 0;
    const bool bad = (value >> 7 & 0x7F) != 0 || (css != 0 && !(css == 6 && all_sets));  // MPS, AMS, CSS
    fatal_ = bad || misbehaviour_.fatal_status;
    if (!fatal_ && !misbehaviour_.never_ready) ready_at_ = now + options_.ready_delay;
  }
  const bool shuts_down = shn(value) != 0 && shn(old) == 0;
  if ((!enable(value) && enable(old)) || shuts_down) {
    ready_at_.reset();
    fatal_ = false;
    aers_.clear();
    events_.clear();
    masked_ = false;
    aen_config_ = 0;
  }
  if (shuts_down) shutdown_ = true;
  if (shn(value) == 0 && shn(old) != 0) shutdown_ = false;
}

std::uint32_t Controller::csts(Clock::time_point now) const {
  const bool ready = ready_at_ && now >= *ready_at_;
  constexpr std::uint32_t kShutdownComplete = 2u << 2;
  return (ready ? 1u : 0u) | (fatal_ ? 2u : 0u) | (shutdown_ ? kShutdownComplete : 0u);
}

}  // namespace target
