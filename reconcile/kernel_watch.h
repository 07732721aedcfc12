// Keeps the kernel's controllers as the last scans and looks saw them, and says what changed in between. A
// scan that was under way while something newer was seen does not undo it. Neither scans nor acts.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reconcile/model.h"

namespace reconcile {

/// What was seen of one controller over time.
struct Watched {
  TimePoint since{};  ///< of its state
  bool was_live{false};
  TimePoint live_since{};   ///< of the last time it became live
  TimePoint lost_at{};      ///< when it was last seen to be live no more; only where was_live
  bool gave_up{false};      ///< it was reconnecting before it began to go away
  TimePoint made_at{};      ///< when this agent had connected it; epoch: somebody else did
  bool here_before{false};  ///< the first scan found it

  bool ours() const { return made_at != TimePoint{}; }
};

/// One difference. `before` is empty for a new controller, `after` for one that is gone.
struct Sighting {
  nvme::Controller controller{};  ///< as it is, or was last
  std::optional<nvme::ControllerState> before{};
  std::optional<nvme::ControllerState> after{};
  Watched watched{};  ///< until now
};

/// The same controller, whose namespaces' ANA states (or whose ctrl_loss_tmo) are others than before.
struct AnaSighting {
  nvme::Controller controller{};
  nvme::AnaCounts before{};
};

class KernelWatch {
 public:
  /// From here on, what look() sees is newer than the scan that is about to begin.
  void scan_called() { looked_.clear(); }

  /// Devices whose looked-at state differs from the scan's go into `again`.
  std::vector<Sighting> scanned(ObservedState& observed, nvme::SysfsSnapshot fresh, TimePoint now,
                                std::vector<std::string>& again);
  std::vector<Sighting> looked(ObservedState& observed, const std::string& device,
                               std::optional<nvme::Controller> found, TimePoint now);

  /// The connect that made it was this agent's.
  void made_here(int instance, TimePoint began, TimePoint ended);
  const Watched* of(int instance) const;
  /// Since the last call.
  std::vector<AnaSighting> take_ana_changes() { return std::exchange(ana_changes_, {}); }

 private:
  void compare(const nvme::Controller* before, nvme::Controller* after, TimePoint now,
               std::vector<Sighting>& out);

  std::unordered_map<int, Watched> watched_{};
  std::vector<AnaSighting> ana_changes_{};
  bool first_scan_{true};
  std::map<int, TimePoint> made_{};  ///< made here, then, and not seen yet
  std::set<std::string> looked_{};  ///< since scan_called()
};

/// Same controller: a device name is used again after a removal.
bool same_controller(const nvme::Controller& a, const nvme::Controller& b);

/// "nvme12" -> 12; -1 for any other text.
int instance_of(const std::string& device);

}  // namespace reconcile
