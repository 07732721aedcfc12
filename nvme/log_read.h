// Reads the discovery log page over an admin queue: consistent (genctr), in pieces that the controller takes, decoded
// piece by piece. Refuses pages longer than it is told to expect.
// Source: NVMe Base specification, Discovery Log Page, reading rule of 2.0c; libnvme's nvmf_get_discovery_log.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/async.h"
#include "base/error.h"
#include "nvme/admin_queue.h"
#include "nvme/log_page.h"

namespace nvme {

struct LogReadOptions {
  std::uint64_t max_entries{kDefaultMaxEntries};
  std::size_t max_transfer{4096};  ///< MDTS in bytes; at least 4096
  bool has_offsets{true};          ///< LPA bit 2; without it the page must fit one command
  bool paged{false};               ///< 4096 bytes a command
  base::Duration command_timeout{std::chrono::seconds{10}};
};

/// The last read has RAE = 0, which arms the next event; all others leave it alone. kBusy where the page changed
/// during each of 10 reads; kProtocol where it claims more than max_entries.
base::Task<base::Result<LogPage>> read_discovery_log(std::shared_ptr<AdminQueue> queue, LogReadOptions options);

}  // namespace nvme
