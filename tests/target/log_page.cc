// Serves any part of log page 70h.
#include "tests/target/log_page.h"

#include <algorithm>
#include <utility>

#include "tests/target/wire.h"

namespace target {

void LogPage::set_entries(std::vector<LogEntry> entries) {
  entries_ = std::move(entries);
  bytes_ = encode_page(++genctr_, entries_);
  write_header();
}

void LogPage::set_genctr(std::uint64_t genctr) {
  genctr_ = genctr;
  write_header();
}

void LogPage::set_misbehaviour(const Misbehaviour& misbehaviour) {
  numrec_ = misbehaviour.numrec;
  recfmt_ = misbehaviour.recfmt;
  genctr_moves_ = misbehaviour.genctr_moves;
  write_header();
}

std::optional<std::vector<std::uint8_t>> LogPage::read(std::uint64_t offset, std::uint64_t length) {
  if (offset > bytes_.size()) return std::nullopt;
  if (offset < 8 && genctr_moves_ > 0) {
    if (genctr_moves_ != kForEver) --genctr_moves_;
    set_genctr(genctr_ + 1);
  }
  std::vector<std::uint8_t> part(length, 0);
  const std::uint64_t there = std::min<std::uint64_t>(length, bytes_.size() - offset);
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), there, part.begin());
  return part;
}

void LogPage::write_header() {
  wire::put64(bytes_, 0, genctr_);
  wire::put64(bytes_, 8, numrec_.value_or(entries_.size()));
  wire::put16(bytes_, 16, recfmt_.value_or(0));
}

}  // namespace target
