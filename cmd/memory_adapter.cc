// One write at a time; while it runs, only the newest wish is kept.
#include "cmd/memory_adapter.h"

#include <sys/random.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/async.h"
#include "base/file.h"
#include "cmd/logging.h"

namespace cmd {
namespace {

constexpr std::size_t kRememberedLimit = 256U << 20;  // 1,000 endpoints with full log pages, and some

}  // namespace

nvme::HostId random_host_id() {
  std::array<std::uint8_t, 16> random{};
  for (std::size_t have = 0; have < random.size();) {
    const ssize_t got = ::getrandom(random.data() + have, random.size() - have, 0);
    if (got > 0) have += static_cast<std::size_t>(got);
    else if (errno != EINTR) break;  // ENOSYS only, and not on a kernel that has NVMe/TCP
  }
  return nvme::HostId::from_random(random);
}

MemoryAdapter::MemoryAdapter(asio::io_context& loop, asio::thread_pool& files, const std::string& internal_dir, bool writes)
    : loop_(loop), files_(files), path_(internal_dir + "/internal.json"), writes_(writes), book_(internal_dir + "/hostids.json") {}

config::LoadedRemembered MemoryAdapter::load() {
  if (writes_) {
    std::vector<config::Diagnostic> of_the_book = book_.load();
    config::LoadedRemembered loaded = config::load_remembered(path_);
    loaded.diagnostics.insert(loaded.diagnostics.end(), of_the_book.begin(), of_the_book.end());
    return loaded;
  }
  config::LoadedRemembered loaded;
  const base::Result<std::string> text = base::read_file(path_, kRememberedLimit);
  if (!text) return loaded;
  base::Result<config::Remembered> decoded = config::decode_remembered(*text);
  if (decoded) loaded.remembered = std::move(*decoded);
  return loaded;
}

void MemoryAdapter::save(config::Remembered remembered) {
  if (!writes_) return;
  wanted_ = std::make_shared<const config::Remembered>(std::move(remembered));
  if (!writing_) write();
}

void MemoryAdapter::write() {
  writing_ = true;
  auto work = [path = path_, remembered = std::exchange(wanted_, nullptr)] { return config::save_remembered(path, *remembered); };
  auto done = [this](base::Result<void> saved) {
    writing_ = false;
    const std::string error = saved ? std::string() : saved.error().message;
    if (!saved && error != last_error_) warn("memory not written; a restart will know the files only", {kv("error", error)});
    last_error_ = error;
    if (wanted_) write();
  };
  base::run_on(files_, loop_.get_executor(), std::move(work), std::move(done));
}

base::Result<nvme::HostId> MemoryAdapter::host_id_for(const nvme::Nqn& hostnqn) {
  if (writes_) return book_.id_for(hostnqn);
  if (const auto kept = book_.ids().find(hostnqn.str()); kept != book_.ids().end()) return kept->second;
  const auto [made, is_new] = made_up_.try_emplace(hostnqn, random_host_id());
  return made->second;
}

}  // namespace cmd
