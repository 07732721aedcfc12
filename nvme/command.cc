// Field by field, as the specification numbers them.
#include "nvme/command.h"

#include <algorithm>

namespace nvme {
namespace {

constexpr std::uint8_t kOpcodeGetLogPage = 0x02;
constexpr std::uint8_t kOpcodeIdentify = 0x06;
constexpr std::uint8_t kOpcodeSetFeatures = 0x09;
constexpr std::uint8_t kOpcodeAsyncEventRequest = 0x0C;
constexpr std::uint8_t kOpcodeKeepAlive = 0x18;
constexpr std::uint8_t kOpcodeFabrics = 0x7F;
constexpr std::uint32_t kFabricsPropertySet = 0x00;
constexpr std::uint32_t kFabricsConnect = 0x01;
constexpr std::uint32_t kFabricsPropertyGet = 0x04;

constexpr std::uint32_t kDiscoveryLogId = 0x70;
constexpr std::uint32_t kAsyncEventConfiguration = 0x0B;
constexpr std::uint16_t kAdminQueueSize = 32;  // Linux's; entries, on the wire 0's based
constexpr std::size_t kIdentifySize = 4096;

Command make(std::string_view name, std::uint8_t opcode) {
  Command command{.name = name};
  command.sqe.opcode = opcode;
  command.sqe.sgl.type = wire::kSglTransport;  // also without data, as Linux sends it
  return command;
}

void expect_data(Command& command, std::vector<std::byte> buffer) {
  command.sqe.sgl.length = static_cast<std::uint32_t>(buffer.size());
  command.buffer = std::move(buffer);
}

void put_text(std::string_view text, wire::Bytes<256>& field) {
  std::copy_n(text.begin(), std::min(text.size(), field.size() - 1), field.begin());
}

// CAP.CSS, and CC.CSS for them.
constexpr std::uint64_t kCapNvmCommandSet = std::uint64_t{1} << 37;
constexpr std::uint64_t kCapManyCommandSets = std::uint64_t{1} << 43;
constexpr std::uint64_t kCapNoIoCommandSet = std::uint64_t{1} << 44;
constexpr std::uint32_t kCcManyCommandSets = 6U << 4;
constexpr std::uint32_t kCcAdminCommandsOnly = 7U << 4;

}  // namespace

std::uint32_t enabling_cc(std::uint64_t cap) {
  if ((cap & kCapNvmCommandSet) != 0) return kCcEnable;
  if ((cap & kCapManyCommandSets) != 0) return kCcEnable | kCcManyCommandSets;
  if ((cap & kCapNoIoCommandSet) != 0) return kCcEnable | kCcAdminCommandsOnly;
  return kCcEnable;  // old controllers report none
}

Command connect_command(const HostIdentity& identity, const Nqn& subnqn, std::chrono::milliseconds kato) {
  Command command = make("Connect", kOpcodeFabrics);
  wire::Sqe& sqe = command.sqe;
  sqe.nsid = kFabricsConnect;
  sqe.sgl.type = wire::kSglInCapsule;
  sqe.sgl.length = sizeof(wire::ConnectData);
  // cdw10: RECFMT 0, QID 0 (the admin queue). cdw11: SQSIZE, CATTR 0 (SQ flow control stays on).
  sqe.cdw11 = kAdminQueueSize - 1;
  sqe.cdw12 = static_cast<std::uint32_t>(std::clamp<std::chrono::milliseconds::rep>(kato.count(), 0, 0xFFFFFFFF));
  wire::ConnectData data;
  data.hostid = identity.hostid.bytes();
  data.cntlid = 0xFFFF;  // any controller
  put_text(subnqn.str(), data.subnqn);
  put_text(identity.hostnqn.str(), data.hostnqn);
  const auto bytes = wire::bytes_of(data);
  command.in_capsule.assign(bytes.begin(), bytes.end());
  return command;
}

Command property_get(std::uint32_t offset) {
  Command command = make("Property Get", kOpcodeFabrics);
  command.sqe.nsid = kFabricsPropertyGet;
  command.sqe.cdw10 = offset == kPropertyCap ? 1 : 0;  // ATTRIB: 1 for 8 bytes
  command.sqe.cdw11 = offset;
  return command;
}

Command property_set(std::uint32_t offset, std::uint32_t value) {
  Command command = make("Property Set", kOpcodeFabrics);
  command.sqe.nsid = kFabricsPropertySet;
  command.sqe.cdw11 = offset;
  command.sqe.cdw12 = value;
  return command;
}

Command identify_controller() {
  Command command = make("Identify Controller", kOpcodeIdentify);
  command.sqe.cdw10 = 1;  // CNS
  expect_data(command, std::vector<std::byte>(kIdentifySize));
  return command;
}

Command configure_events(std::uint32_t events) {
  Command command = make("Set Features", kOpcodeSetFeatures);
  command.sqe.cdw10 = kAsyncEventConfiguration;
  command.sqe.cdw11 = events;
  return command;
}

Command async_event_request() { return make("Asynchronous Event Request", kOpcodeAsyncEventRequest); }

Command keep_alive() { return make("Keep Alive", kOpcodeKeepAlive); }

Command get_discovery_log(std::uint64_t offset, bool retain, std::vector<std::byte> buffer) {
  Command command = make("Get Log Page", kOpcodeGetLogPage);
  const auto numd = static_cast<std::uint32_t>(buffer.size() / 4 - 1);  // dwords, 0's based
  command.sqe.cdw10 = kDiscoveryLogId | (retain ? 1U << 15 : 0U) | (numd & 0xFFFF) << 16;
  command.sqe.cdw11 = numd >> 16;
  command.sqe.cdw12 = static_cast<std::uint32_t>(offset);
  command.sqe.cdw13 = static_cast<std::uint32_t>(offset >> 32);
  expect_data(command, std::move(buffer));
  return command;
}

}  // namespace nvme
