// Keeps the Record, under a lock, and wakes those who wait for something in it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "tests/target/record.h"

namespace target {

class Ledger {
 public:
  explicit Ledger(std::size_t limit) : limit_(limit) {}

  /// A new association; the key stays its name until the end, whatever clear() does to its index.
  std::uint64_t add(std::size_t listener, std::string peer);
  /// Calls `change` with the association's entry under the lock, then wakes all waiters.  No call when it is beyond the
  /// limit or was cleared.
  void edit(std::uint64_t key, const std::function<void(AssociationRecord&)>& change);
  void add_command(std::uint64_t key, ReceivedCommand command);
  void set_status(std::uint64_t key, std::uint16_t cid, std::uint16_t status);  ///< of the newest with that CID
  void end(std::uint64_t key, Ending ending, std::string protocol_error = {});

  [[nodiscard]] Record copy() const;
  void clear();
  bool wait_for(const std::function<bool(const Record&)>& predicate, TimePoint deadline) const;

 private:
  AssociationRecord* find(std::uint64_t key);

  const std::size_t limit_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Record record_;
  std::map<std::uint64_t, std::size_t> index_;  // key → index in record_.associations
  std::uint64_t next_key_ = 0;
};

}  // namespace target
