// reconcile::Kernel over /dev/nvme-fabrics and sysfs: one worker writes (the kernel has one global mutex, more writers
// would only get stuck together), another one looks, so that a stuck write hides nothing; a new one where that is lost. Values
// out, values back.
#pragma once

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cmd/replaceable_worker.h"
#include "nvme/fabrics.h"
#include "nvme/kernel_log.h"
#include "nvme/sysfs.h"
#include "reconcile/held_portals.h"
#include "reconcile/ports.h"

namespace cmd {

struct KernelOptions {
  std::string fabrics_device{};
  std::string sysfs_root{};
  /// False: connects are noted and reported as not supported (so that they are not tried again soon); nothing is written (`plan`).
  bool connects{true};
};

class KernelAdapter final : public reconcile::Kernel {
 public:
  using OnConnected = std::function<void(const nvme::Path&, const nvme::ConnectedController&)>;

  KernelAdapter(asio::io_context& loop, KernelOptions options);
  ~KernelAdapter() override;  ///< joins all workers: may take as long as the kernel holds a write, see write_under_way()
  void deliver_to(reconcile::Inbox& inbox) { inbox_ = &inbox; }
  void on_connected(OnConnected tap) { connected_ = std::move(tap); }

  void read_features() override;
  void connect(const nvme::ConnectOptions& options, const nvme::FabricsFeatures& features) override;
  void scan() override;
  void look(const std::string& device) override;

  /// Nothing that is queued is written any more; what the kernel holds can't be called back.
  void close();
  /// What the kernel holds at this moment, and since when.
  struct Write { nvme::Path path{}; base::TimePoint since{}; };
  std::optional<Write> write_under_way() const;
  /// Some worker is inside the kernel (a write, a read of the device, a scan).
  bool busy() const;
  /// With connects == false: what would have been written, in order.
  const std::vector<nvme::ConnectOptions>& noted() const { return noted_; }

 private:
  void begin_look_soon();
  void begin_look();
  void looker_lost();
  void look_again(const base::Error& unread);

  asio::io_context& loop_;
  const KernelOptions options_;
  const nvme::Fabrics fabrics_;
  std::shared_ptr<nvme::Sysfs> sysfs_;  ///< the looker's alone; a lost one keeps its own
  nvme::KernelLog kernel_log_{};  ///< the writer's alone: why a connect failed, which errno doesn't say
  reconcile::HeldPortals held_{};  ///< the writer's alone
  reconcile::Inbox* inbox_{nullptr};
  OnConnected connected_{};
  std::vector<nvme::ConnectOptions> noted_{};
  std::optional<Write> writing_{};
  bool told_unread_{false};       ///< since sysfs could last be read
  asio::steady_timer again_;      ///< while it can't
  bool scan_wanted_{false};
  std::set<std::string> look_wanted_{};
  std::atomic<bool> closed_{false};
  std::atomic<int> inside_{0};
  std::unique_ptr<asio::thread_pool> writer_;
  ReplaceableWorker looker_;
};

}  // namespace cmd
