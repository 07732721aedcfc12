// One line for each setting that both sides know.
#include "cmd/settings_from_config.h"

#include <algorithm>

namespace cmd {

reconcile::Settings settings_from(const config::AgentConfig& config) {
  reconcile::Settings settings;
  settings.backoff.initial = config.reconnect_interval;
  settings.backoff.ceiling = std::max(config.max_retry_interval, config.reconnect_interval);
  settings.resync = config.resync_interval;
  settings.log_refresh = config.log_refresh_interval;
  settings.preflight = config.preflight;
  settings.preflight_deadline = config.preflight_timeout;
  settings.max_log_entries = config.max_log_entries;
  settings.paged_log = config.log_page_pagination_enabled;
  settings.discovery_kato = std::chrono::duration_cast<std::chrono::milliseconds>(config.discovery_kato);
  if (config.kato > 0) settings.defaults.keep_alive_tmo = config.kato;
  settings.defaults.ctrl_loss_tmo = config.ctrl_loss_tmo;
  if (config.max_io_queues > 0) settings.defaults.nr_io_queues = config.max_io_queues;
  settings.defaults.dhchap_secret = config.dhchap_secret;
  settings.defaults.dhchap_ctrl_secret = config.dhchap_ctrl_secret;
  settings.aux_suffix = config.aux_suffix;
  settings.sessions_per_group = config.sessions_per_group;
  settings.referrals_authoritative = config.referral_policy == config::ReferralPolicy::kAuthoritative;
  return settings;
}

}  // namespace cmd
