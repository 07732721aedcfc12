// Texts as one tar.gz, with libarchive (man 3 libarchive): plain ustar, mode 0600, owner root, so that any tar reads it.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"

namespace cmd {

struct ArchiveEntry {
  std::string name{};  ///< relative, at most 100 bytes (ustar's short name)
  std::string text{};
};
/// The archive's bytes. Every entry carries `at`.
base::Result<std::string> tar_gz(const std::vector<ArchiveEntry>& entries, base::WallTime at);

}  // namespace cmd
