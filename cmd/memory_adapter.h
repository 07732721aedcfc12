// reconcile::Memory over internalDir: internal.json on a writer thread, the newest of many saves wins; host ids.
#pragma once

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "config/identity.h"
#include "reconcile/ports.h"

namespace cmd {

class MemoryAdapter final : public reconcile::Memory {
 public:
  /// `writes` false: nothing is kept, and host ids that are missing are made up for this run only.
  MemoryAdapter(asio::io_context& loop, asio::thread_pool& files, const std::string& internal_dir, bool writes);

  /// What an earlier run left. Sets a corrupt file aside only where it may write.
  config::LoadedRemembered load();
  void save(config::Remembered remembered) override;
  base::Result<nvme::HostId> host_id_for(const nvme::Nqn& hostnqn) override;
  bool idle() const { return !writing_; }

 private:
  void write();

  asio::io_context& loop_;
  asio::thread_pool& files_;
  const std::string path_;
  const bool writes_;
  config::HostIdBook book_;
  std::map<nvme::Nqn, nvme::HostId> made_up_{};
  std::shared_ptr<const config::Remembered> wanted_{};
  bool writing_{false};
  std::string last_error_{};
};

/// From the kernel's random source.
nvme::HostId random_host_id();

}  // namespace cmd
