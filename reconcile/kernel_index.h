// Finds the kernel's controller for a path among thousands: by address, port, subsystem and host NQN. Decides
// nothing about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reconcile/model.h"

namespace reconcile {

/// Does this controller serve that path? host_traddr and host_iface count only where the path asks for them;
/// a controller made without them serves it if its source address is the wanted host_traddr. Its host id does
/// not count: same path, adopted. `aux_suffix` may be part of the path's NQN only.
bool serves(const nvme::Controller& controller, const Path& path, std::string_view aux_suffix);

class KernelIndex {
 public:
  /// The snapshot must outlive the index.
  KernelIndex(const nvme::SysfsSnapshot& kernel, std::string_view aux_suffix);

  /// Index into the snapshot's controllers, or -1. Of several the one that is furthest: live, then
  /// reconnecting, then going away.
  int find(const Path& path) const;

 private:
  struct Slot {
    std::uint64_t hash;
    std::uint32_t index;
  };
  const std::vector<nvme::Controller>& controllers_;
  std::string aux_suffix_;
  std::vector<Slot> slots_{};  ///< open addressing, a power of two; index kFree: empty
  std::uint64_t mask_{0};
};

}  // namespace reconcile
