// Whole files in, whole files out. Reads are bounded; writes are atomic and durable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"

namespace base {

/// The file's bytes. kNotFound where it is missing; kInvalid where it holds more than `limit` bytes.
Result<std::string> read_file(const std::string& path, std::size_t limit);

/// Temporary file `tmp.dc.*` beside `path`, write, fsync, rename, fsync of the directory: after SIGKILL at any point
/// there is the old file or the new one. `mode` as in open(2).
Result<void> write_file_atomic(const std::string& path, std::string_view text, unsigned mode);

/// The same for a file that must not exist yet (link(2), so the first of two writers wins): kExists.
Result<void> create_file_once(const std::string& path, std::string_view text, unsigned mode);

/// mkdir -p; existing directories are fine.
Result<void> make_directories(const std::string& path, unsigned mode);

}  // namespace base
