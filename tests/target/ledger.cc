// The Record's keeper.
#include "tests/target/ledger.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace target {

std::uint64_t Ledger::add(std::size_t listener, std::string peer) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t key = next_key_++;
  ++record_.accepted;
  ++record_.open;
  if (record_.associations.size() < limit_) {
    AssociationRecord association;
    association.id = record_.associations.size();
    association.listener = listener;
    association.peer = std::move(peer);
    association.accepted = std::chrono::steady_clock::now();
    index_[key] = association.id;
    record_.associations.push_back(std::move(association));
  }
  changed_.notify_all();
  return key;
}

void Ledger::edit(std::uint64_t key, const std::function<void(AssociationRecord&)>& change) {
  const std::lock_guard lock(mutex_);
  AssociationRecord* association = find(key);
  if (association == nullptr) return;
  change(*association);
  changed_.notify_all();
}

void Ledger::add_command(std::uint64_t key, ReceivedCommand command) {
  const std::lock_guard lock(mutex_);
  ++record_.commands;
  if (AssociationRecord* association = find(key)) {
    if (command.opcode == opc::kKeepAlive) ++association->keep_alives;
    if (command.opcode == opc::kGetLog && (command.cdw10() & 0xFF) == 0x70) ++association->log_reads;
    if (association->commands.size() < limit_) association->commands.push_back(std::move(command));
  }
  changed_.notify_all();
}

void Ledger::set_status(std::uint64_t key, std::uint16_t cid, std::uint16_t status) {
  edit(key, [&](AssociationRecord& association) {
    for (ReceivedCommand& command : std::views::reverse(association.commands)) {
      if (command.cid != cid) continue;
      command.status = status;
      return;
    }
  });
}

void Ledger::end(std::uint64_t key, Ending ending, std::string protocol_error) {
  const std::lock_guard lock(mutex_);
  --record_.open;
  if (AssociationRecord* association = find(key)) {
    association->ending = ending;
    association->protocol_error = std::move(protocol_error);
    association->aers_waiting = 0;
  }
  changed_.notify_all();
}

Record Ledger::copy() const {
  const std::lock_guard lock(mutex_);
  return record_;
}

void Ledger::clear() {
  const std::lock_guard lock(mutex_);
  std::vector<AssociationRecord> kept;
  std::map<std::uint64_t, std::size_t> index;
  for (const auto& [key, old] : index_) {
    AssociationRecord& association = record_.associations[old];
    if (!association.open()) continue;
    association.id = kept.size();
    association.commands.clear();
    association.keep_alives = 0;
    association.log_reads = 0;
    association.aens_sent = 0;
    association.violations.clear();
    index[key] = kept.size();
    kept.push_back(std::move(association));
  }
  record_.associations = std::move(kept);
  index_ = std::move(index);
  record_.accepted = record_.open;
  record_.commands = 0;
  changed_.notify_all();
}

bool Ledger::wait_for(const std::function<bool(const Record&)>& predicate, TimePoint deadline) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [&] { return predicate(record_); });
}

AssociationRecord* Ledger::find(std::uint64_t key) {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &record_.associations[found->second];
}

}  // namespace target
