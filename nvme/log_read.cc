// Header, entries in increasing order, header again: the same genctr, or all over.
#include "nvme/log_read.h"

#include <algorithm>

namespace nvme {
namespace {

using base::ErrorKind;

constexpr int kTries = 10;                      // libnvme's
constexpr std::size_t kPage = 4096;             // legal for every controller
constexpr std::size_t kChunk = 64 * 1024;       // 64 entries: few commands, and little memory in 1,000 sessions at once
constexpr std::size_t kNumdlLimit = 256 * 1024;  // 16-bit NUMD: all there is without LPA bit 2

base::Task<base::Result<LogHeader>> read_header(std::shared_ptr<AdminQueue> queue, bool retain, base::Duration limit) {
  Command command = get_discovery_log(0, retain, std::vector<std::byte>(kLogHeaderSize));
  const base::Result<Completion> done = co_await AdminQueue::submit_ok(queue, std::move(command), limit);
  if (!done) co_return base::Failure(done.error());
  base::Result<LogHeader> header = decode_log_header(done->data);
  if (!header) co_return base::Failure(std::move(header).error().with_context(queue->endpoint()));
  co_return header;
}

void decode_entries(std::span<const std::byte> bytes, std::vector<LogEntry>& entries) {
  for (; bytes.size() >= kLogEntrySize; bytes = bytes.subspan(kLogEntrySize)) {
    entries.push_back(decode_log_entry(bytes.first(kLogEntrySize)));
  }
}

/// All entries at once, for controllers that know no offsets.
base::Task<base::Result<LogPage>> read_whole(std::shared_ptr<AdminQueue> queue, LogReadOptions options, LogHeader header) {
  const std::uint64_t length = kLogHeaderSize + header.numrec * kLogEntrySize;
  const std::size_t most = std::min(options.max_transfer, kNumdlLimit);
  if (length > most) {
    co_return base::fail(ErrorKind::kUnsupported,
                         queue->endpoint() + ": discovery log page of " + std::to_string(header.numrec) +
                             " entries does not fit one command of at most " + std::to_string(most) +
                             " bytes, and the controller takes no offsets (LPA bit 2)");
  }
  Command command = get_discovery_log(0, true, std::vector<std::byte>(length));
  const base::Result<Completion> done = co_await AdminQueue::submit_ok(queue, std::move(command), options.command_timeout);
  if (!done) co_return base::Failure(done.error());
  LogPage page{.genctr = header.genctr};
  decode_entries(std::span(done->data).subspan(kLogHeaderSize), page.entries);
  co_return page;
}

base::Task<base::Result<LogPage>> read_in_chunks(std::shared_ptr<AdminQueue> queue, LogReadOptions options, LogHeader header) {
  const std::size_t chunk = options.paged ? kPage : std::clamp(options.max_transfer, kPage, kChunk);
  LogPage page{.genctr = header.genctr};
  std::vector<std::byte> buffer;
  while (page.entries.size() < header.numrec) {
    const std::uint64_t left = (header.numrec - page.entries.size()) * kLogEntrySize;
    buffer.resize(std::min<std::uint64_t>(chunk, left));
    const std::uint64_t offset = kLogHeaderSize + page.entries.size() * kLogEntrySize;
    Command command = get_discovery_log(offset, true, std::move(buffer));
    base::Result<Completion> done = co_await AdminQueue::submit_ok(queue, std::move(command), options.command_timeout);
    if (!done) co_return base::Failure(done.error());
    buffer = std::move(done->data);
    decode_entries(buffer, page.entries);
  }
  co_return page;
}

}  // namespace

base::Task<base::Result<LogPage>> read_discovery_log(std::shared_ptr<AdminQueue> queue, LogReadOptions options) {
  base::Result<LogHeader> header = co_await read_header(queue, true, options.command_timeout);
  if (!header) co_return base::Failure(header.error());
  for (int tries = 0; tries < kTries; ++tries) {
    if (header->numrec > options.max_entries) {
      co_return base::fail(ErrorKind::kProtocol, queue->endpoint() + ": discovery log page claims " +
                                                     std::to_string(header->numrec) + " entries, more than maxLogEntries allows: " +
                                                     std::to_string(options.max_entries));
    }
    base::Task<base::Result<LogPage>> reading =
        options.has_offsets ? read_in_chunks(queue, options, *header) : read_whole(queue, options, *header);
    base::Result<LogPage> page = co_await std::move(reading);
    if (!page) co_return page;
    const base::Result<LogHeader> again = co_await read_header(queue, false, options.command_timeout);
    if (!again) co_return base::Failure(again.error());
    // Unequal is all that counts: a target that restarted begins at 0 again.
    if (again->genctr == header->genctr && again->numrec == header->numrec) co_return page;
    header = again;
  }
  co_return base::fail(ErrorKind::kBusy, queue->endpoint() + ": the discovery log page changed during each of " +
                                             std::to_string(kTries) + " reads");
}

}  // namespace nvme
