// What should be: from the files' lines to discovery services, from their log pages to paths and further
// services. Unknown is not absent: a page that can't be read now still counts, an unread directory empties
// nothing.
#include <algorithm>

#include "reconcile/cluster_voices.h"
#include "reconcile/identities.h"
#include "reconcile/path_drafts.h"
#include "reconcile/plan.h"
#include "reconcile/standby.h"

namespace reconcile {

namespace {

constexpr std::size_t kOriginsKept = 4;    // enough for a person; mutual referrals would fill n * n of them
constexpr int kFailuresBeforeRetired = 3;  // a service that restarts is not one that left the cluster, nor silent

template <class T>
void take(std::optional<T>& into, const std::optional<T>& from) {
  if (from) into = from;
}

/// The agent's defaults with what the line says over them.
nvme::Tunables overlay(nvme::Tunables out, const nvme::Tunables& line) {
  take(out.nr_io_queues, line.nr_io_queues);
  take(out.nr_write_queues, line.nr_write_queues);
  take(out.nr_poll_queues, line.nr_poll_queues);
  take(out.queue_size, line.queue_size);
  take(out.keep_alive_tmo, line.keep_alive_tmo);
  take(out.reconnect_delay, line.reconnect_delay);
  take(out.ctrl_loss_tmo, line.ctrl_loss_tmo);
  take(out.fast_io_fail_tmo, line.fast_io_fail_tmo);
  take(out.tos, line.tos);
  take(out.keyring, line.keyring);
  take(out.tls_key, line.tls_key);
  out.hdr_digest |= line.hdr_digest;
  out.data_digest |= line.data_digest;
  out.disable_sqflow |= line.disable_sqflow;
  out.duplicate_connect |= line.duplicate_connect;
  out.tls |= line.tls;
  out.concat |= line.concat;
  if (!line.dhchap_secret.empty()) out.dhchap_secret = line.dhchap_secret;
  if (!line.dhchap_ctrl_secret.empty()) out.dhchap_ctrl_secret = line.dhchap_ctrl_secret;
  return out;
}

using ServiceAddress = std::pair<nvme::IpAddress, std::uint16_t>;

/// What a cluster's reachable services say of it.
struct Cluster {
  bool refers{false};
  std::set<ServiceAddress> listed{};
};

class Derivation {
 public:
  Derivation(const ObservedState& observed, const Settings& settings)
      : observed_(observed), settings_(settings), identities_(observed) {}

  DesiredState run() {
    for (const config::EndpointSpec& spec : observed_.intent.endpoints) add_line(spec);
    if (!observed_.config_known && observed_.config_error) add_remembered_roots();
    roots_ = out_.endpoints.size();
    if (settings_.referrals_authoritative) drop_disowned();
    mark_retired();
    add_remembered_referrals();
    for (std::size_t i = 0; i < out_.endpoints.size(); ++i) follow(i);
    if (!out_of_date_.empty()) keep_speakers();
    finish();
    return std::move(out_);
  }

 private:
  const SessionView* session_of(const EndpointId& id) const {
    auto it = observed_.sessions.find(id);
    return it == observed_.sessions.end() ? nullptr : &it->second;
  }

  static std::string group_of(const config::EndpointSpec& spec) {
    return spec.group.empty() ? spec.host + ":" + std::to_string(spec.trsvcid) : spec.group;
  }

  /// The line as an endpoint, all but its address.
  Endpoint endpoint_of(const config::EndpointSpec& spec) {
    Endpoint out;
    out.identity = identities_.of(spec.hostnqn, spec.hostid);
    out.id.address.trsvcid = spec.trsvcid;
    out.id.address.host_traddr = spec.host_traddr;
    out.id.address.host_iface = spec.host_iface;
    if (out.identity) out.id.hostnqn = out.identity->hostnqn.str();
    else if (spec.hostnqn) out.id.hostnqn = spec.hostnqn->str();
    out.id.group = group_of(spec);
    if (spec.discovery_nqn) out.subnqn = *spec.discovery_nqn;
    out.header_digest = spec.header_digest;
    out.data_digest = spec.data_digest;
    out.tunables = overlay(settings_.defaults, spec.tunables);
    out.host = spec.host;
    out.origins.push_back(Origin{spec.detected ? OriginKind::kDetected : OriginKind::kConfigured, spec.where, {}});
    if (!spec.unsupported_reason.empty()) {
      const bool tls =
          spec.tunables.tls || spec.tunables.concat || spec.tunables.tls_key || spec.tunables.keyring;
      out.hold = Hold{tls ? HoldReason::kNeedsTls : HoldReason::kNeedsAuthentication, base::kNever,
                      spec.unsupported_reason};
    } else if (!out.identity) {
      out.hold = Hold{HoldReason::kNoIdentity, base::kNever,
                      out.id.hostnqn.empty() ? "no host NQN: give one with -q, or create /etc/nvme/hostnqn"
                                             : "no host id known for " + out.id.hostnqn};
    }
    return out;
  }

  void add_line(const config::EndpointSpec& spec) {
    if (spec.address) return add_at(endpoint_of(spec), *spec.address, spec);
    out_.hosts.push_back(spec.host);
    std::vector<nvme::IpAddress> addresses = addresses_of(spec);
    for (const nvme::IpAddress& address : addresses)
      add_at(endpoint_of(spec), address, spec);
    if (!addresses.empty()) return;
    Endpoint unresolved = endpoint_of(spec);
    auto name = observed_.names.find(spec.host);
    std::string why = spec.host + " has no address yet";
    if (name != observed_.names.end() && name->second.attempt.last_error)
      why = name->second.attempt.last_error->message;
    if (!spec.held.empty()) unresolved.hold = Hold{HoldReason::kSelection, base::kNever, spec.held};
    if (!unresolved.hold) unresolved.hold = Hold{HoldReason::kUnresolved, base::kNever, std::move(why)};
    out_.endpoints.push_back(std::move(unresolved));
  }

  /// The name's addresses; before the first answer those that this line had before the agent's restart,
  /// if it was for the same cluster then.
  std::vector<nvme::IpAddress> addresses_of(const config::EndpointSpec& spec) const {
    auto name = observed_.names.find(spec.host);
    if (name != observed_.names.end() && !name->second.addresses.empty()) return name->second.addresses;
    std::vector<nvme::IpAddress> out;
    for (const config::RememberedEndpoint& known : observed_.remembered.endpoints) {
      const bool same_line = known.referrer.empty() && known.configured_at.file == spec.where.file &&
                             known.configured_at.line == spec.where.line &&
                             known.transport.trsvcid == spec.trsvcid && known.group == group_of(spec);
      if (same_line) out.push_back(known.transport.traddr);
    }
    return out;
  }

  /// A line of which it is not known whether it is for this node: what it named before stays in use.
  bool is_held(const config::EndpointSpec& spec, const EndpointId& id) const {
    if (spec.held.empty()) return false;
    const SessionView* session = session_of(id);
    return !session || (!session->log && session->phase == SessionPhase::kDown);
  }

  static bool awaits_selection(const Endpoint& endpoint) { return endpoint.hold && endpoint.hold->reason == HoldReason::kSelection; }

  void add_at(Endpoint endpoint, const nvme::IpAddress& address, const config::EndpointSpec& spec) {
    endpoint.id.address.traddr = address;
    if (is_held(spec, endpoint.id)) endpoint.hold = Hold{HoldReason::kSelection, base::kNever, spec.held};
    if (address.is_unspecified() && !endpoint.hold) {
      endpoint.hold =
          Hold{HoldReason::kParked, base::kNever, nvme::to_string(address) + " is no address to go to"};
    }
    auto [it, fresh] = by_id_.try_emplace(endpoint.id, out_.endpoints.size());
    if (!fresh && awaits_selection(out_.endpoints[it->second]) && !awaits_selection(endpoint)) {
      if (spec.discovery_nqn) nqn_given_.insert(it->second);
      else nqn_given_.erase(it->second);
      out_.endpoints[it->second] = std::move(endpoint);
      return;
    }
    if (!fresh) {  // the first line's options win
      if (awaits_selection(endpoint)) return;
      add_origin(out_.endpoints[it->second], std::move(endpoint.origins.front()));
      return;
    }
    if (spec.discovery_nqn) nqn_given_.insert(out_.endpoints.size());
    by_address_[ServiceAddress{address, endpoint.id.address.trsvcid}].push_back(out_.endpoints.size());
    out_.endpoints.push_back(std::move(endpoint));
  }

  /// The directory was never read since the start: what was configured before it is all that is known.
  void add_remembered_roots() {
    for (const config::RememberedEndpoint& known : observed_.remembered.endpoints) {
      if (!known.referrer.empty()) continue;
      base::Result<nvme::Nqn> hostnqn = nvme::Nqn::parse(known.hostnqn);
      base::Result<nvme::HostId> hostid = nvme::HostId::parse(known.hostid);
      if (!hostnqn) continue;
      Endpoint out;
      out.identity = identities_.of(*hostnqn, hostid ? std::optional(*hostid) : std::nullopt);
      out.id = EndpointId{known.transport, known.hostnqn, known.group};
      out.tunables = settings_.defaults;
      out.host = nvme::to_string(known.transport.traddr);
      out.origins.push_back(Origin{OriginKind::kRemembered, known.configured_at, {}});
      if (!out.identity)
        out.hold = Hold{HoldReason::kNoIdentity, base::kNever, "no host id known for " + known.hostnqn};
      add_at(std::move(out), known.transport.traddr, {});
    }
  }

  /// referralPolicy: authoritative. A configured service that answers counts as little as one that does not; but so that
  /// services that contradict each other come to rest, one without a session joins before one with a session goes. Who goes
  /// then takes no voice away that brought anybody in.
  void drop_disowned() {
    for (Endpoint& endpoint : out_.endpoints) {
      if (!is_up(endpoint.id)) drop_if_disowned(endpoint);
    }
    for (Endpoint& endpoint : out_.endpoints) {
      if (is_up(endpoint.id) && voices_.disowned(endpoint.id) && !awaits_others(endpoint.id)) drop_if_disowned(endpoint);
    }
  }

  bool is_up(const EndpointId& id) const {
    const SessionView* session = session_of(id);
    return session && session->phase == SessionPhase::kUp;
  }

  /// Some service in use of that cluster has yet to say whom it knows: it is not up, and not because it fails.
  bool awaits_others(const EndpointId& id) const {
    return std::ranges::any_of(reachable_without({}, false), [&](const EndpointId& other) {
      if (other.group != id.group || other.hostnqn != id.hostnqn) return false;
      const std::optional<std::size_t> root = known_service(other);
      const EndpointId& there = root ? out_.endpoints[*root].id : other;
      if (is_up(there) || (root && out_.endpoints[*root].hold)) return false;
      const SessionView* session = session_of(there);
      return !session || !session->attempt.last_error || session->attempt.failures < kFailuresBeforeRetired;
    });
  }

  void drop_if_disowned(Endpoint& endpoint) {
    if (endpoint.hold || !voices_.disowned(endpoint.id)) return;
    const std::set<EndpointId> others = reachable_without(endpoint.id, false);
    if (!voices_.disowned(endpoint.id, &others)) return;
    voices_.silence(endpoint.id);
    endpoint.retired = true;
    endpoint.hold =
        Hold{HoldReason::kRetired, base::kNever, "its cluster does not refer to it (referralPolicy: authoritative)"};
  }

  /// What the configured services but this one lead to, themselves included. Those that only it leads to can't put it out
  /// of use: without it they would be out of use themselves, and it back in use. `kept`: pages of those that are not up
  /// lead on as well.
  std::set<EndpointId> reachable_without(const EndpointId& excluded, bool kept) const {
    std::vector<EndpointId> queue;
    for (const Endpoint& root : out_.endpoints) {
      if (!root.hold && !root.retired && root.id != excluded) queue.push_back(root.id);
    }
    std::set<EndpointId> out;
    while (!queue.empty()) {
      const EndpointId id = std::move(queue.back());
      queue.pop_back();
      const SessionView* session = session_of(id);
      if (!out.insert(id).second || !session || !session->log || !(kept || is_up(id))) continue;
      for (const nvme::LogEntry& entry : session->log->entries) {
        if (entry.subtype != static_cast<std::uint8_t>(nvme::Subtype::kReferral)) continue;
        base::Result<nvme::EntryTarget> target = nvme::target(entry);
        if (!target || target->traddr.is_unspecified()) continue;
        EndpointId there{seen_from(id.address, std::move(target->traddr), target->trsvcid), id.hostnqn, id.group};
        if (there != excluded) queue.push_back(std::move(there));
      }
    }
    return out;
  }

  /// Referrals that an earlier client kept, without saying whose: they count for a cluster that is still
  /// configured, until a service of it that refers to others does not list them.
  void add_remembered_referrals() {
    for (const config::RememberedEndpoint& known : observed_.remembered.endpoints) {
      if (known.referrer != config::kUnknownReferrer) continue;
      const auto root = std::ranges::find_if(out_.endpoints, [&](const Endpoint& endpoint) {
        return endpoint.id.group == known.group && endpoint.id.hostnqn == known.hostnqn && !endpoint.hold;
      });
      if (root == out_.endpoints.end()) continue;
      EndpointId id{known.transport, known.hostnqn, known.group};
      if (known_service(id) || out_.endpoints.size() >= static_cast<std::size_t>(settings_.max_endpoints)) continue;
      if (voices_.disowned(id)) {
        voices_.silence(id);
        continue;
      }
      Endpoint out;
      out.identity = root->identity;
      out.header_digest = root->header_digest;
      out.data_digest = root->data_digest;
      out.tunables = root->tunables;
      out.host = nvme::to_string(known.transport.traddr);
      out.origins.push_back(Origin{OriginKind::kRemembered, {}, config::kUnknownReferrer});
      out.depth = 1;
      out.id = std::move(id);
      by_id_.emplace(out.id, out_.endpoints.size());
      by_address_[ServiceAddress{out.id.address.traddr, out.id.address.trsvcid}].push_back(out_.endpoints.size());
      out_.endpoints.push_back(std::move(out));
    }
  }

  static void add_origin(Endpoint& endpoint, Origin origin) {
    if (endpoint.origins.size() >= kOriginsKept) return;
    if (std::ranges::find(endpoint.origins, origin) == endpoint.origins.end())
      endpoint.origins.push_back(std::move(origin));
  }

  /// Configured services that their cluster's reachable ones do not list and that don't answer (decision 4).
  void mark_retired() {
    std::map<std::pair<std::string, std::string>, Cluster>
        clusters;  // by group and host NQN; made when needed
    bool made = false;
    for (Endpoint& endpoint : out_.endpoints) {
      if (endpoint.hold) continue;
      const SessionView* session = session_of(endpoint.id);
      if (!session || session->phase == SessionPhase::kUp ||
          session->attempt.failures < kFailuresBeforeRetired)
        continue;
      if (!made) clusters = reachable_clusters();
      made = true;
      auto cluster = clusters.find({endpoint.id.group, endpoint.id.hostnqn});
      if (cluster == clusters.end() || !cluster->second.refers) continue;
      if (cluster->second.listed.contains({endpoint.id.address.traddr, endpoint.id.address.trsvcid})) continue;
      const std::set<EndpointId> others = reachable_without(endpoint.id, true);
      endpoint.retired = voices_.disowned(endpoint.id, &others);
    }
  }

  std::map<std::pair<std::string, std::string>, Cluster> reachable_clusters() const {
    std::map<std::pair<std::string, std::string>, Cluster> out;
    for (const auto& [id, session] : observed_.sessions) {
      if (session.phase != SessionPhase::kUp || !session.log || session.log_remembered) continue;
      Cluster& cluster = out[{id.group, id.hostnqn}];
      for (const nvme::LogEntry& entry : session.log->entries) {
        const bool refers = entry.subtype == static_cast<std::uint8_t>(nvme::Subtype::kReferral);
        if (!refers && entry.subtype != static_cast<std::uint8_t>(nvme::Subtype::kCurrentDiscovery)) continue;
        base::Result<nvme::EntryTarget> target = nvme::target(entry);
        if (!target) continue;
        cluster.refers |= refers;
        nvme::TransportId there = seen_from(id.address, target->traddr, target->trsvcid);
        cluster.listed.insert({there.traddr, there.trsvcid});
      }
    }
    return out;
  }

  /// A service that speaks for its cluster may be known only from one whose page is out of date because it speaks. Such
  /// referrals still count, or the two would put each other out of use in turns.
  void keep_speakers() {
    for (const auto& [id, session] : observed_.sessions) {
      const bool speaks = session.phase == SessionPhase::kUp && session.log && !session.log_remembered;
      if (speaks && !known_service(id)) unreached_.insert({id.group, id.hostnqn});
    }
    std::size_t next = out_.endpoints.size();
    for (const std::size_t i : std::exchange(out_of_date_, {})) follow(i);
    for (; next < out_.endpoints.size(); ++next) follow(next);
  }

  void follow(std::size_t index) {
    const Endpoint& endpoint = out_.endpoints[index];
    if (endpoint.retired || (endpoint.hold && endpoint.hold->reason == HoldReason::kDepth)) return;
    const SessionView* session = session_of(endpoint.id);
    if (!session || !session->log) return;
    const bool stale = session->phase != SessionPhase::kUp || session->log_remembered;
    // With sessionsPerGroup one service speaks for its cluster; what the standbys said before is out of date.
    const bool out_of_date = stale && settings_.sessions_per_group > 0 && voices_.heard(endpoint.id.group, endpoint.id.hostnqn);
    if (out_of_date && !unreached_.contains({endpoint.id.group, endpoint.id.hostnqn})) return out_of_date_.push_back(index);
    const std::vector<nvme::LogEntry>& entries = session->log->entries;
    drafts_.expect(entries.size());
    std::optional<nvme::Nqn> unique_nqn;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      base::Result<nvme::EntryTarget> target = nvme::target(entries[i]);
      if (target && target->traddr.is_unspecified()) {
        target = base::fail(base::ErrorKind::kInvalid,
                            "traddr " + nvme::to_string(target->traddr) + " is no address to go to");
      }
      if (!target) {
        out_.refused.push_back(RefusedEntry{out_.endpoints[index].id, i, std::move(target.error())});
        continue;
      }
      switch (static_cast<nvme::Subtype>(entries[i].subtype)) {
        case nvme::Subtype::kNvm:
          if (!out_of_date) add_path(index, entries[i], std::move(*target), stale);
          break;
        case nvme::Subtype::kReferral:
          add_referral(index, i, std::move(*target), session->log_remembered);
          break;
        case nvme::Subtype::kCurrentDiscovery:
          note_own_nqn(index, *target, unique_nqn);
          break;
        default:
          out_.refused.push_back(
              RefusedEntry{out_.endpoints[index].id, i,
                           base::Error{base::ErrorKind::kUnsupported,
                                       "subtype " + std::to_string(entries[i].subtype) + " is unknown"}});
      }
    }
    if (unique_nqn) use_unique_nqn(index, *unique_nqn, *session);
  }

  void add_path(std::size_t index, const nvme::LogEntry& entry, nvme::EntryTarget target, bool stale) {
    const Endpoint& endpoint = out_.endpoints[index];
    nvme::TransportId transport = seen_from(endpoint.id.address, std::move(target.traddr), target.trsvcid);
    std::string subnqn = target.subnqn.str();
    if (!settings_.aux_suffix.empty() && !subnqn.ends_with("." + settings_.aux_suffix)) {
      subnqn += "." + settings_.aux_suffix;
      if (base::Result<nvme::Nqn> whole = nvme::Nqn::parse(subnqn); !whole) {
        out_.refused.push_back(RefusedEntry{endpoint.id, 0, whole.error().with_context("with auxSuffix")});
        return;
      }
    }
    const bool needs_tls = entry.requires_tls() && !endpoint.tunables.tls;
    drafts_.add(transport, std::move(subnqn), endpoint.id.hostnqn, static_cast<std::uint32_t>(index), stale,
                needs_tls);
  }

  void add_referral(std::size_t index, std::size_t entry, nvme::EntryTarget target, bool remembered) {
    const Endpoint& referrer = out_.endpoints[index];
    EndpointId id{seen_from(referrer.id.address, target.traddr, target.trsvcid), referrer.id.hostnqn,
                  referrer.id.group};
    Origin origin{remembered ? OriginKind::kRemembered : OriginKind::kReferral,
                  {},
                  nvme::host_port(referrer.id.address.traddr, referrer.id.address.trsvcid)};
    if (std::optional<std::size_t> known = known_service(id)) {
      if (*known != index) add_origin(out_.endpoints[*known], std::move(origin));
      return;
    }
    if (out_.endpoints.size() >= static_cast<std::size_t>(settings_.max_endpoints)) {
      out_.refused.push_back(RefusedEntry{
          referrer.id, entry,
          base::Error{base::ErrorKind::kBusy, "more than " + std::to_string(settings_.max_endpoints) +
                                                  " discovery services; referral not followed"}});
      return;
    }
    Endpoint out;
    out.identity = referrer.identity;
    out.subnqn = std::move(target.subnqn);
    out.header_digest = referrer.header_digest;
    out.data_digest = referrer.data_digest;
    out.tunables = referrer.tunables;
    out.host = nvme::to_string(id.address.traddr);
    out.origins.push_back(std::move(origin));
    out.depth = referrer.depth + 1;
    out.hold = referrer.hold && referrer.hold->reason != HoldReason::kParked ? referrer.hold : std::nullopt;
    if (out.depth > settings_.max_referral_depth) {
      out.hold = Hold{HoldReason::kDepth, base::kNever,
                      "more than " + std::to_string(settings_.max_referral_depth) +
                          " referrals away from a configured service"};
    }
    if (!out.subnqn.is_well_known_discovery()) {
      const SessionView* session = session_of(id);
      if (session && session->attempt.failures % 2 == 1) out.subnqn = nvme::Nqn::discovery();
    }
    out.id = std::move(id);
    by_id_.emplace(out.id, out_.endpoints.size());
    by_address_[ServiceAddress{out.id.address.traddr, out.id.address.trsvcid}].push_back(
        out_.endpoints.size());
    out_.endpoints.push_back(std::move(out));
  }

  /// The same service, or a configured one of the same cluster that may be reached over any interface.
  std::optional<std::size_t> known_service(const EndpointId& id) const {
    if (auto exact = by_id_.find(id); exact != by_id_.end()) return exact->second;
    auto there = by_address_.find(ServiceAddress{id.address.traddr, id.address.trsvcid});
    if (there == by_address_.end()) return std::nullopt;
    for (std::size_t i : there->second) {
      const EndpointId& other = out_.endpoints[i].id;
      const bool any_way = !other.address.host_traddr && other.address.host_iface.empty();
      if (i < roots_ && any_way && other.group == id.group && other.hostnqn == id.hostnqn) return i;
    }
    return std::nullopt;
  }

  /// Subtype 3 is the service itself; several are its other portals, which share one NQN.
  void note_own_nqn(std::size_t index, const nvme::EntryTarget& target,
                    std::optional<nvme::Nqn>& unique_nqn) const {
    if (target.subnqn.is_well_known_discovery()) return;
    const nvme::TransportId& own = out_.endpoints[index].id.address;
    const bool here = target.traddr == own.traddr && target.trsvcid == own.trsvcid;
    if (here || !unique_nqn) unique_nqn = target.subnqn;
  }

  /// A service that was set up anew may have another unique NQN: every second try after a failure goes back
  /// to the well-known one, which is always right (TP8013).
  void use_unique_nqn(std::size_t index, const nvme::Nqn& nqn, const SessionView& session) {
    if (nqn_given_.contains(index)) return;
    out_.endpoints[index].subnqn = session.attempt.failures % 2 == 1 ? nvme::Nqn::discovery() : nqn;
  }

  void finish() {
    out_.paths = drafts_.finish(out_.endpoints);
    out_.subsystems = number_subsystems(out_.paths);
    hold_standbys(out_.endpoints, observed_, settings_.sessions_per_group);
    std::ranges::sort(out_.endpoints, {}, &Endpoint::id);
    std::ranges::sort(out_.hosts);
    out_.hosts.erase(std::ranges::unique(out_.hosts).begin(), out_.hosts.end());
    out_.host_ids_wanted = identities_.wanted();
  }

  const ObservedState& observed_;
  const Settings& settings_;
  Identities identities_;
  DesiredState out_{};
  PathDrafts drafts_{};
  ClusterVoices voices_{observed_};
  std::size_t roots_{0};
  std::map<EndpointId, std::size_t> by_id_{};
  std::map<ServiceAddress, std::vector<std::size_t>> by_address_{};
  std::set<std::size_t> nqn_given_{};
  std::vector<std::size_t> out_of_date_{};                      ///< endpoints whose page was not followed
  std::set<std::pair<std::string, std::string>> unreached_{};   ///< clusters whose speaker only such a page leads to
};

}  // namespace

DesiredState desire(const ObservedState& observed, const Settings& settings) {
  return Derivation(observed, settings).run();
}

}  // namespace reconcile
