// What a plan asks of the kernel, kept from pass to pass: which controller serves each desired path, and as whom hosts are known
// there. A controller that comes or changes costs one search, however many there are. Decides nothing about any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reconcile/identities.h"
#include "reconcile/model.h"

namespace reconcile {

/// Does this controller serve that path? host_traddr and host_iface count only where the path asks for them;
/// a controller made without them serves it if its source address is the wanted host_traddr. Its host id does
/// not count: same path, adopted. `aux_suffix` may be part of the path's NQN only.
bool serves(const nvme::Controller& controller, const Path& path, std::string_view aux_suffix);

class KernelView {
 public:
  /// Other paths are desired than before, or `aux_suffix` is another.
  void desired_changed() { desired_changed_ = true; }
  /// Controllers went, or moved within the snapshot, or any of them may be another.
  void kernel_changed() { kernel_changed_ = true; }
  /// The one at this index is new or has changed; all before and behind it are where they were.
  void controller_changed(const DesiredState& desired, const nvme::SysfsSnapshot& kernel, std::size_t index);
  /// Does what is due after any of these; before it only served_by() is to be asked: nothing is desired at first.
  void refresh(const DesiredState& desired, const nvme::SysfsSnapshot& kernel, std::string_view aux_suffix);

  /// For each desired path the index of its controller in the snapshot, or -1. Of several the one that is furthest: live, then
  /// reconnecting, then going away.
  int controller_of(std::size_t path) const { return matches_[path].controller; }
  std::size_t size() const { return matches_.size(); }
  /// The other way round, also for a controller that is gone: the desired paths that it serves, in their order.
  std::vector<std::size_t> served_by(const DesiredState& desired, const nvme::Controller& controller) const;
  const KernelIdentities& identities() const { return identities_; }

 private:
  struct Match {
    int controller{-1};
    bool several{false};  ///< others serve it too
  };
  struct Slot {
    std::uint32_t hash;
    std::uint32_t path;
  };
  bool is_known_as_ever(const nvme::Controller& controller) const;
  void index_paths(const DesiredState& desired);
  void match_all(const DesiredState& desired, const nvme::SysfsSnapshot& kernel);
  /// Calls `visit` with the index of each desired path that this controller serves.
  template <class Visit>
  void for_each_served(const DesiredState& desired, const nvme::Controller& controller, Visit visit) const;

  std::string aux_suffix_{};
  std::vector<Slot> slots_{};  ///< the desired paths: open addressing, a power of two; path kFree: empty
  std::vector<Match> matches_{};
  std::vector<std::uint64_t> keys_{};  ///< for each controller: a hash of all that serves() asks of it
  KernelIdentities identities_{};
  bool desired_changed_{true};
  bool kernel_changed_{true};
  bool identities_changed_{true};
};

}  // namespace reconcile
