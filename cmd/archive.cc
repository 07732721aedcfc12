// Writes into memory: a report is small, and its file appears whole or not at all.
#include "cmd/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

namespace cmd {
namespace {

struct FreeArchive {
  void operator()(::archive* out) const { ::archive_write_free(out); }
};
struct FreeEntry {
  void operator()(::archive_entry* entry) const { ::archive_entry_free(entry); }
};

la_ssize_t take(::archive*, void* to, const void* bytes, std::size_t length) {
  static_cast<std::string*>(to)->append(static_cast<const char*>(bytes), length);
  return static_cast<la_ssize_t>(length);
}

base::Failure failed(::archive* out, const std::string& what) {
  const char* why = ::archive_error_string(out);
  return base::fail(base::ErrorKind::kIo, "archive: " + what + (why == nullptr ? "" : ": " + std::string(why)), ::archive_errno(out));
}

}  // namespace

base::Result<std::string> tar_gz(const std::vector<ArchiveEntry>& entries, base::WallTime at) {
  std::string bytes;
  const std::unique_ptr<::archive, FreeArchive> out(::archive_write_new());
  if (!out) return base::fail(base::ErrorKind::kIo, "archive: out of memory");
  if (::archive_write_set_format_ustar(out.get()) != ARCHIVE_OK || ::archive_write_add_filter_gzip(out.get()) != ARCHIVE_OK ||
      ::archive_write_open(out.get(), &bytes, nullptr, take, nullptr) != ARCHIVE_OK) {
    return failed(out.get(), "begin");
  }
  for (const ArchiveEntry& entry : entries) {
    const std::unique_ptr<::archive_entry, FreeEntry> header(::archive_entry_new());
    if (!header) return base::fail(base::ErrorKind::kIo, "archive: out of memory");
    ::archive_entry_set_pathname(header.get(), entry.name.c_str());
    ::archive_entry_set_filetype(header.get(), AE_IFREG);
    ::archive_entry_set_perm(header.get(), 0600);
    ::archive_entry_set_size(header.get(), static_cast<la_int64_t>(entry.text.size()));
    ::archive_entry_set_mtime(header.get(), static_cast<time_t>(at.time_since_epoch().count() / 1000), 0);
    if (::archive_write_header(out.get(), header.get()) != ARCHIVE_OK) return failed(out.get(), entry.name);
    if (::archive_write_data(out.get(), entry.text.data(), entry.text.size()) != static_cast<la_ssize_t>(entry.text.size())) return failed(out.get(), entry.name);
  }
  if (::archive_write_close(out.get()) != ARCHIVE_OK) return failed(out.get(), "end");
  return bytes;
}

}  // namespace cmd
