// The log page of one listener: entries, genctr, and the bytes that Get Log Page reads.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tests/target/log_entry.h"
#include "tests/target/misbehaviour.h"

namespace target {

class LogPage {
 public:
  void set_entries(std::vector<LogEntry> entries);  ///< genctr + 1
  void set_genctr(std::uint64_t genctr);
  /// numrec, recfmt and genctr_moves of it count.
  void set_misbehaviour(const Misbehaviour& misbehaviour);

  [[nodiscard]] const std::vector<LogEntry>& entries() const { return entries_; }
  [[nodiscard]] std::uint64_t genctr() const { return genctr_; }

  /// Bytes [offset, offset + length), zeros past the end; nothing when the offset is past the end.  A read that touches
  /// genctr moves it first when it was told to.
  std::optional<std::vector<std::uint8_t>> read(std::uint64_t offset, std::uint64_t length);

 private:
  void write_header();

  std::vector<LogEntry> entries_;
  std::vector<std::uint8_t> bytes_ = encode_page(0, {});
  std::uint64_t genctr_ = 0;
  std::optional<std::uint64_t> numrec_;
  std::optional<std::uint16_t> recfmt_;
  unsigned genctr_moves_ = 0;
};

}  // namespace target
