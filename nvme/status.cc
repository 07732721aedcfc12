// The closed list of status names, and errors made of them.
#include "nvme/status.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "nvme/wire.h"

namespace nvme {
namespace {

struct Named {
  std::uint16_t code;  ///< SCT << 8 | SC
  std::string_view name;
};

constexpr std::array kNames = std::to_array<Named>({
    {0x000, "Successful Completion"},
    {0x001, "Invalid Command Opcode"},
    {0x002, "Invalid Field in Command"},
    {0x003, "Command ID Conflict"},
    {0x004, "Data Transfer Error"},
    {0x005, "Aborted due to Power Loss"},
    {0x006, "Internal Error"},
    {0x007, "Command Abort Requested"},
    {0x008, "Aborted due to SQ Deletion"},
    {0x00B, "Invalid Namespace or Format"},
    {0x00C, "Command Sequence Error"},
    {0x00D, "Invalid SGL Segment Descriptor"},
    {0x00E, "Invalid Number of SGL Descriptors"},
    {0x00F, "Data SGL Length Invalid"},
    {0x010, "Metadata SGL Length Invalid"},
    {0x011, "SGL Descriptor Type Invalid"},
    {0x016, "SGL Offset Invalid"},
    {0x018, "Host Identifier Inconsistent Format"},
    {0x019, "Keep Alive Timer Expired"},
    {0x01A, "Keep Alive Timeout Invalid"},
    {0x022, "Transient Transport Error"},
    {0x105, "Asynchronous Event Request Limit Exceeded"},
    {0x109, "Invalid Log Page"},
    {0x10D, "Feature Identifier Not Saveable"},
    {0x10E, "Feature Not Changeable"},
    {0x180, "Connect Incompatible Format"},
    {0x181, "Connect Controller Busy"},
    {0x182, "Connect Invalid Parameters"},
    {0x183, "Connect Restart Discovery"},
    {0x184, "Connect Invalid Host"},
    {0x190, "Discovery Restart"},
    {0x191, "Authentication Required"},
    {0x370, "Host Path Error"},
    {0x371, "Command Aborted by Host"},
});

std::string numbers(Status status) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "SCT %X SC %02Xh", static_cast<unsigned>(status.sct()), static_cast<unsigned>(status.sc()));
  return text.data();
}

/// Which Connect parameter the controller dislikes. IPO is in bits 15:0, bit 16 says "in the data".
std::string_view parameter_name(std::uint64_t result) {
  const bool in_data = (result & 0x10000) != 0;
  const auto offset = static_cast<std::uint16_t>(result);
  if (in_data) {
    switch (offset) {
      case 0: return "the host id";
      case 16: return "the controller id";
      case 256: return "the subsystem NQN: it has no such subsystem here";
      case 512: return "the host NQN";
      default: return "";
    }
  }
  switch (offset) {
    case 40: return "RECFMT";
    case 42: return "the queue id";
    case 44: return "the queue size";
    case 46: return "the connect attributes";
    case 48: return "the keep alive timeout";
    default: return "";
  }
}

}  // namespace

std::string_view status_name(Status status) {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(), [&](const Named& named) { return named.code == status.code(); });
  return found == kNames.end() ? std::string_view() : found->name;
}

std::vector<std::string_view> status_names() {
  std::vector<std::string_view> out;
  for (const Named& named : kNames) out.push_back(named.name);
  return out;
}

std::string to_string(Status status) {
  const std::string_view name = status_name(status);
  std::string text = name.empty() ? "status " + numbers(status) : std::string(name) + " (" + numbers(status);
  if (status.dnr()) text += ", do not retry";
  if (!name.empty()) text += ")";
  return text;
}

base::Error status_error(std::string_view what, Status status) {
  base::ErrorKind kind = base::ErrorKind::kStatus;
  std::string why;
  if (status.code() == kConnectInvalidHost) {
    kind = base::ErrorKind::kDenied;
    why = "; the target does not allow this host NQN (or host id)";
  } else if (status.code() == kAuthenticationRequired) {
    kind = base::ErrorKind::kDenied;
    why = "; in-band authentication required";
  } else if (status.code() == kConnectBusy) {
    kind = base::ErrorKind::kBusy;
  }
  return base::Error{.kind = kind,
                     .message = std::string(what) + ": " + to_string(status) + why,
                     .code = status.value(),
                     .permanent = status.dnr()};
}

base::Error connect_error(std::string_view what, Status status, std::uint64_t result) {
  base::Error error = status_error(what, status);
  if (status.code() == kConnectInvalidParameters) {
    if (const std::string_view name = parameter_name(result); !name.empty()) {
      error.message.append("; the controller refuses ").append(name);
    }
  } else if (status.code() == kConnectBusy) {
    error.message += "; it has no free controller for another connection";
  } else if (status.code() == kConnectRestartDiscovery) {
    error.message += "; it wants the host to discover again and connect elsewhere";
  }
  return error;
}

std::string fes_name(std::uint16_t fes, std::uint32_t fei) {
  switch (static_cast<wire::Fes>(fes)) {
    case wire::Fes::kUnknown: return "no reason given";
    case wire::Fes::kInvalidHeaderField: return "invalid PDU header field at byte " + std::to_string(fei);
    case wire::Fes::kSequenceError: return "PDU sequence error";
    case wire::Fes::kHeaderDigestError: return "header digest error";
    case wire::Fes::kDataOutOfRange: return "data transfer out of range";
    case wire::Fes::kDataLimitExceeded: return "data transfer or R2T limit exceeded";
    case wire::Fes::kUnsupportedParameter: return "unsupported parameter at byte " + std::to_string(fei);
  }
  return "unknown reason " + std::to_string(fes);
}

}  // namespace nvme
