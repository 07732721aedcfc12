// The numbers that decisions use, each a named setting with its reason.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/backoff.h"
#include "nvme/fabrics.h"

namespace reconcile {

using namespace std::chrono_literals;

struct Settings {
  base::BackoffPolicy backoff{1s, 60s, 0.2};
  base::Duration resync{60s};             ///< look at everything although nothing happened; ± 20 %
  base::Duration kernel_poll{2s};         ///< the kernel announces neither a reset nor that it reconnects: look this often
  base::Duration parked_first{10s};       ///< first wait after such a failure; doubles up to …
  base::Duration parked_retry{5min};      ///< what only new input mends is still tried this often: targets change
  base::Duration log_refresh{10min};      ///< re-read log pages without an event; ± 20 %
  bool preflight{true};
  base::Duration preflight_deadline{1500ms};
  base::Duration preflight_good_for{2s};
  int preflight_parallel{64};
  int silent_failures_before_forcing{3};  ///< a silent portal goes to the kernel after as many failures …
  base::Duration silent_force_every{5min};///< … and then at most this often, one at a time
  int sessions_starting{64};              ///< discovery sessions that are being set up at once
  int max_endpoints{4096};                ///< each costs a socket; a hostile fabric could refer without end
  int fabrics_queue{16};                  ///< paths handed to the one worker at once; more where passes take long (ObservedState::fabrics_ahead)
  int max_referral_depth{8};
  std::uint64_t max_log_entries{65536};
  bool paged_log{false};
  std::chrono::milliseconds discovery_kato{30000};
  nvme::Tunables defaults{};              ///< kato, ctrlLossTMO, maxIOQueues, dhChapSecret of the agent's settings
  int sessions_per_group{0};              ///< services of one cluster with a session at a time; 0: all
  bool referrals_authoritative{false};    ///< configured services that the others don't refer to are out of use
  std::string aux_suffix{};               ///< appended (".suffix") to subsystem NQNs of I/O connects
  bool keep_remembered{true};
};

}  // namespace reconcile
