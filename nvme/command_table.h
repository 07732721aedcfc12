// Commands under way, by CID: gives CIDs, collects their data, pairs completions. No socket, no clock.
// Whatever the controller sends for a command that is not under way is a violation.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "nvme/command.h"
#include "nvme/pdu_receiver.h"

namespace nvme {

class CommandTable : public PduSink {
 public:
  /// Called once, with a completion of whatever status; never called for a command that got none.
  using OnDone = std::function<void(Completion)>;

  /// Gives the command a CID that is not under way and keeps it until its completion; the SQE to send.
  wire::Sqe add(Command command, OnDone on_done);
  std::size_t size() const { return slots_.size(); }
  /// No completion is told from now on. Buffers stay, since a read may be under way into one.
  void silence();

  std::expected<std::span<std::byte>, Violation> room_for(const wire::DataPdu& header) override;
  std::optional<Violation> data_arrived(const wire::DataPdu& header) override;
  std::optional<Violation> response_arrived(const wire::Cqe& cqe) override;

 private:
  struct Slot {
    std::uint16_t cid{0};
    Command command{};
    OnDone on_done{};
    std::size_t received{0};
    bool last_seen{false};
  };
  Slot* find(std::uint16_t cid);
  void complete(std::uint16_t cid, Status status, std::uint64_t result);

  std::vector<std::unique_ptr<Slot>> slots_{};
  std::uint16_t next_cid_{0};
};

}  // namespace nvme
