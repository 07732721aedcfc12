// Strict pairing of what arrives with what was asked for.
#include "nvme/command_table.h"

#include <algorithm>
#include <string>

namespace nvme {
namespace {

using wire::Fes;

constexpr std::uint32_t kAtResponseCid = offsetof(wire::CapsuleResp, cqe) + offsetof(wire::Cqe, cid);

std::string of_unknown(std::string_view pdu, std::uint16_t cid) {
  return std::string(pdu) + " for CID " + std::to_string(cid) + ", which is not under way";
}

}  // namespace

CommandTable::Slot* CommandTable::find(std::uint16_t cid) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(), [cid](const auto& s) { return s->cid == cid; });
  return slot == slots_.end() ? nullptr : slot->get();
}

wire::Sqe CommandTable::add(Command command, OnDone on_done) {
  // Few are ever under way, so that a free one is near; 0xFFFF is avoided as the specification asks.
  while (next_cid_ == 0xFFFF || find(next_cid_) != nullptr) ++next_cid_;
  auto slot = std::make_unique<Slot>();
  slot->cid = next_cid_++;
  slot->command = std::move(command);
  slot->on_done = std::move(on_done);
  slot->command.sqe.cid = slot->cid;
  const wire::Sqe sqe = slot->command.sqe;
  slots_.push_back(std::move(slot));
  return sqe;
}

void CommandTable::silence() {
  for (const auto& slot : slots_) slot->on_done = nullptr;
}

std::expected<std::span<std::byte>, Violation> CommandTable::room_for(const wire::DataPdu& header) {
  Slot* const slot = find(header.cccid);
  if (slot == nullptr) {
    return std::unexpected(Violation{.text = of_unknown("C2HData", header.cccid), .fei = offsetof(wire::DataPdu, cccid)});
  }
  const std::string name = "C2HData for " + std::string(slot->command.name);
  const std::size_t asked = slot->command.buffer.size();
  if (asked == 0) {
    return std::unexpected(Violation{.text = name + ", which has no data", .fei = offsetof(wire::DataPdu, cccid)});
  }
  if (slot->last_seen) return std::unexpected(Violation{.text = name + " after the last one", .fes = Fes::kSequenceError});
  const std::uint64_t end = std::uint64_t{header.datao} + header.datal;
  if (end > asked) {
    return std::unexpected(Violation{.text = name + " up to byte " + std::to_string(end) + ", but only " +
                                             std::to_string(asked) + " were asked for",
                                     .fes = Fes::kDataOutOfRange});
  }
  if (header.datao != slot->received) {
    return std::unexpected(Violation{.text = name + " at offset " + std::to_string(header.datao) + " where " +
                                             std::to_string(slot->received) + " was next",
                                     .fei = offsetof(wire::DataPdu, datao)});
  }
  return std::span(slot->command.buffer).subspan(header.datao, header.datal);
}

std::optional<Violation> CommandTable::data_arrived(const wire::DataPdu& header) {
  Slot* const slot = find(header.cccid);
  if (slot == nullptr) return Violation{.text = of_unknown("C2HData", header.cccid), .fei = offsetof(wire::DataPdu, cccid)};
  slot->received += header.datal;
  slot->last_seen = (header.ch.flags & wire::kFlagLast) != 0;
  if ((header.ch.flags & wire::kFlagSuccess) == 0) return std::nullopt;
  // SUCCESS stands for a completion with status and result 0; no CapsuleResp follows.
  wire::Cqe cqe;
  cqe.cid = slot->cid;
  return response_arrived(cqe);
}

std::optional<Violation> CommandTable::response_arrived(const wire::Cqe& cqe) {
  Slot* const slot = find(cqe.cid);
  if (slot == nullptr) return Violation{.text = of_unknown("completion", cqe.cid), .fei = kAtResponseCid};
  const Status status = Status::from_completion(cqe.status);
  const std::size_t asked = slot->command.buffer.size();
  if (status.ok() && slot->received != asked) {
    return Violation{.text = std::string(slot->command.name) + " completed with " + std::to_string(slot->received) +
                             " of " + std::to_string(asked) + " bytes",
                     .fes = Fes::kSequenceError};
  }
  if (status.ok() && asked != 0 && !slot->last_seen) {
    return Violation{.text = std::string(slot->command.name) + " completed without a C2HData marked as the last",
                     .fes = Fes::kSequenceError};
  }
  complete(cqe.cid, status, cqe.result);
  return std::nullopt;
}

void CommandTable::complete(std::uint16_t cid, Status status, std::uint64_t result) {
  const auto slot = std::find_if(slots_.begin(), slots_.end(), [cid](const auto& s) { return s->cid == cid; });
  const std::unique_ptr<Slot> done = std::move(*slot);
  slots_.erase(slot);  // before the call: it may add commands
  if (done->on_done) {
    done->on_done(Completion{.status = status, .result = result, .data = std::move(done->command.buffer)});
  }
}

}  // namespace nvme
