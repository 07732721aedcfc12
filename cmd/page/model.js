// What /status says, made into what the page shows: typed, grouped, sorted. Pure; knows no DOM, trusts no field.

const kBusyStates = new Set(['new', 'connecting', 'resetting']);
const kBusyHolds = new Set(['in-flight', 'queued', 'probing', 'observing']);

const is_object = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const objects_of = (value) => (Array.isArray(value) ? value.filter(is_object) : []);
const number_of = (value) => (Number.isFinite(value) ? value : 0);
const number_or_null = (value) => (Number.isFinite(value) ? value : null);

function read_hold(raw) {
  if (!is_object(raw)) return null;
  return {reason: printable(raw.reason), until: number_or_null(raw.until_seconds), detail: printable(raw.detail)};
}

function read_transport(raw) {
  const traddr = printable(raw.traddr);
  const host = traddr.includes(':') ? '[' + traddr + ']' : traddr;
  return {traddr, from: printable(raw.host_traddr), via: printable(raw.host_iface), portal: host + ':' + printable(raw.trsvcid)};
}

function read_endpoint(raw) {
  const log = is_object(raw.log) ? raw.log : null;
  const origins = objects_of(raw.origins).map((o) => [printable(o.kind), o.kind === 'referral' ? 'of' : '', printable(o.referrer), printable(o.where).split('/').pop()].filter(Boolean).join(' '));
  const endpoint = {
    ...read_transport(raw),
    address: printable(raw.address), host: printable(raw.host), group: printable(raw.group), hostnqn: printable(raw.hostnqn),
    session: printable(raw.session) || 'down', since: number_of(raw.since_seconds), retired: raw.retired === true,
    hold: read_hold(raw.hold), last_error: printable(raw.last_error), failures: number_of(raw.failures_in_a_row), origins,
    log: log && {genctr: printable(log.genctr), entries: number_of(log.entries), age: number_or_null(log.age_seconds)},
    round_trip: number_or_null(raw.keep_alive_round_trip_seconds),
  };
  // A name without an address yet has the unspecified one: it is no place that anything goes to.
  if (endpoint.traddr === '0.0.0.0' || endpoint.traddr === '::') {
    endpoint.traddr = '';
    endpoint.portal = endpoint.host + ':' + printable(raw.trsvcid);
  }
  endpoint.up = endpoint.session === 'up';
  // Retired or standing by: has no session and needs none.
  endpoint.idle = endpoint.retired || (['standby', 'selection'].includes(endpoint.hold?.reason) && !endpoint.up);
  endpoint.shape = endpoint.up ? 'live' : endpoint.idle ? 'unlisted' : endpoint.session === 'starting' && !endpoint.failures ? 'busy' : 'bad';
  endpoint.key = JSON.stringify([endpoint.address, endpoint.group, endpoint.hostnqn, endpoint.from, endpoint.via, endpoint.host]);
  return endpoint;
}

/// live: usable. busy: on its way without having failed. bad: should be there and is not. unlisted: there, named by no service.
function shape_of_path(path) {
  if (path.live) return path.desired ? 'live' : 'unlisted';
  if (!path.desired) return 'unlisted';
  if (kBusyStates.has(path.state)) return 'busy';
  return path.failures === 0 && path.hold && kBusyHolds.has(path.hold.reason) ? 'busy' : 'bad';
}

function read_path(raw) {
  const path = {
    ...read_transport(raw),
    subnqn: printable(raw.subnqn), hostnqn: printable(raw.hostnqn), state: printable(raw.state) || 'unknown', device: printable(raw.device),
    desired: raw.desired === true, stale: raw.stale === true, adopted: raw.adopted === true, purged: raw.purged === true,
    since: number_of(raw.since_seconds), hold: read_hold(raw.hold), last_error: printable(raw.last_error), failures: number_of(raw.failures_in_a_row),
    attempts: number_of(raw.attempts), named_by: Array.isArray(raw.named_by) ? raw.named_by.map(printable) : [],
  };
  path.live = path.state === 'live';
  path.first_time = (path.state === 'missing' || path.state === 'new') && path.failures === 0 && !path.purged && kBusyHolds.has(path.hold?.reason);
  path.shape = shape_of_path(path);
  path.key = JSON.stringify([path.portal, path.from, path.via, path.device && !path.desired ? path.device : '']);
  return path;
}

/// Nothing where `raw` is no status at all; else every field has its type, and every string is printable.
function read_status(raw) {
  if (!is_object(raw) || !Array.isArray(raw.paths)) return null;
  const verdict = is_object(raw.verdict) ? raw.verdict : {};
  const identity = is_object(raw.identity) ? raw.identity : {};
  const kernel = is_object(raw.kernel) ? raw.kernel : {};
  const connecting = is_object(kernel.connecting) ? kernel.connecting : null;
  const at = Date.parse(raw.at) || Date.now();
  return {
    schema: number_of(raw.schema), version: printable(raw.version), at, uptime: number_of(raw.uptime_seconds),
    level: printable(verdict.level), line: printable(verdict.line), not_ready: printable(raw.not_ready),
    hostnqn: printable(identity.hostnqn), hostid: printable(identity.hostid), identity_source: printable(identity.source),
    fabrics_available: kernel.fabrics_available !== false, multipath: typeof kernel.native_multipath === 'boolean' ? kernel.native_multipath : null,
    connecting: connecting && {path: printable(connecting.path), since: number_of(connecting.since_seconds)},
    config_files: number_of(raw.config_files), next_look: number_or_null(raw.next_look_seconds),
    endpoints: objects_of(raw.endpoints).map(read_endpoint),
    paths: objects_of(raw.paths).map(read_path),
    purged: new Set(objects_of(raw.subsystems).filter((s) => s.purged === true).map((s) => subsystem_key(printable(s.subnqn), printable(s.hostnqn)))),
    refused: objects_of(raw.refused).map((r) => ({endpoint: printable(r.endpoint), index: printable(r.index), message: printable(is_object(r.error) ? r.error.message : '')})),
    diagnostics: objects_of(raw.diagnostics).map((d) => ({where: printable(d.where), severity: printable(d.severity), message: printable(d.message)})),
    notices: Array.isArray(raw.notices) ? raw.notices.map(printable).filter(Boolean) : [],
    changes: objects_of(raw.history).map(read_change),
  };
}

const kGoodAfter = new Set(['live', 'up', 'connected', 'known', 'listed', 'answering', 'available', 'done']);
const kBadAfter = new Set(['missing', 'down', 'dead', 'failing', 'silent', 'unresolved', 'purged', 'unreadable', 'deleting', 'forgotten']);

const kBadBefore = new Set(['unresolved', 'unreadable']);

/// `tone`: good (came), bad (went), or plain.
function read_change(raw, index) {
  const change = {at: Date.parse(raw.at), what: [printable(raw.kind), printable(raw.subject)].filter(Boolean).join(' '), before: printable(raw.before), after: printable(raw.after), cause: printable(raw.cause), index};
  const lost = change.before === 'live' || change.before === 'up';
  change.tone = kGoodAfter.has(change.after) || kBadBefore.has(change.before) ? 'good' : lost || kBadAfter.has(change.after) ? 'bad' : 'plain';
  return change;
}

function subsystem_key(subnqn, hostnqn) { return JSON.stringify([subnqn, hostnqn]); }

/// What all of these live paths hang on, so that they are one failure away from losing access; '' if nothing does. The rule of
/// reconcile/redundancy.h: a local leg counts where this host uses several of its kind. tests/golden/redundancy.json holds both to it.
function shared_leg(live, choice) {
  const common = (leg) => live.length > 0 && Boolean(live[0][leg]) && live.every((p) => p[leg] === live[0][leg]);
  if (common('traddr')) return live[0].traddr;
  if (choice.from && common('from')) return 'from ' + live[0].from;
  return choice.via && common('via') ? 'via ' + live[0].via : '';
}

/// The subsystems of a status, worst first. `standing`: lost, reduced, whole, unlisted.
function subsystems_of(status) {
  const by_key = new Map();
  for (const path of status.paths) {
    const key = subsystem_key(path.subnqn, path.hostnqn);
    let subsystem = by_key.get(key);
    if (!subsystem) {
      subsystem = {key, subnqn: path.subnqn, hostnqn: path.hostnqn, foreign: path.hostnqn !== status.hostnqn, paths: [], desired: 0, live: 0, listed_live: 0, purged: status.purged.has(key)};
      by_key.set(key, subsystem);
    }
    subsystem.paths.push(path);
    subsystem.desired += path.desired ? 1 : 0;
    subsystem.live += path.live ? 1 : 0;
    subsystem.listed_live += path.live && path.desired ? 1 : 0;
  }
  const order = {lost: 0, reduced: 1, whole: 2, unlisted: 3};
  const out = [...by_key.values()];
  const choice = {from: new Set(status.paths.map((p) => p.from).filter(Boolean)).size > 1, via: new Set(status.paths.map((p) => p.via).filter(Boolean)).size > 1};
  for (const s of out) {
    s.standing = s.desired === 0 ? 'unlisted' : s.live === 0 ? 'lost' : s.listed_live < s.desired ? 'reduced' : 'whole';
    s.busy_only = s.paths.every((p) => p.shape !== 'bad');
    s.hangs_on = shared_leg(s.paths.filter((p) => p.live), choice);
    s.at_the_edge = s.hangs_on !== '';
    s.text = (s.subnqn + ' ' + s.hostnqn + ' ' + s.standing).toLowerCase();
    s.paths.sort((a, b) => compare_text(a.portal, b.portal) || compare_text(a.key, b.key));
    for (const p of s.paths) p.text = [p.portal, p.from, p.via, p.device, p.state, p.hold?.reason, why_of(p), p.desired ? '' : 'unlisted'].join(' ').toLowerCase();
  }
  return out.sort((a, b) => order[a.standing] - order[b.standing] || compare_text(a.subnqn, b.subnqn) || compare_text(a.hostnqn, b.hostnqn));
}

const collator = new Intl.Collator('en', {numeric: true});
function compare_text(a, b) { return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0); }

/// Clusters as swim lanes: groups that list a common subsystem are one lane, since lines without a name are groups of their own.
function lanes_of(status, subsystems) {
  const parent = new Map();
  const root = (group) => {
    while (parent.get(group) !== group) group = parent.get(group);
    return group;
  };
  const groups_of_address = new Map();
  for (const e of status.endpoints) {
    if (!parent.has(e.group)) parent.set(e.group, e.group);
    if (!groups_of_address.has(e.address)) groups_of_address.set(e.address, new Set());
    groups_of_address.get(e.address).add(e.group);
  }
  const named_group = new Map();
  for (const s of subsystems) {
    const groups = new Set(s.paths.flatMap((p) => p.named_by.flatMap((address) => [...(groups_of_address.get(address) ?? [])])));
    let first = null;
    for (const group of groups) {
      if (first === null) first = group;
      else parent.set(root(group), root(first));
    }
    named_group.set(s, first);
  }
  const lanes = new Map();
  const lane_at = (key) => {
    if (!lanes.has(key)) lanes.set(key, {key, groups: new Set(), endpoints: [], subsystems: []});
    return lanes.get(key);
  };
  for (const e of status.endpoints) {
    const lane = lane_at('group ' + root(e.group));
    lane.groups.add(e.group);
    lane.endpoints.push(e);
  }
  for (const s of subsystems) {
    const group = named_group.get(s);
    lane_at(group !== null ? 'group ' + root(group) : s.desired > 0 ? 'orphans' : 'unlisted').subsystems.push(s);
  }
  for (const lane of lanes.values()) {
    lane.title = lane.key === 'unlisted' ? 'Not listed by any service' : lane.key === 'orphans' ? 'Named by services not shown here' : [...lane.groups].sort(compare_text).join(' + ') || 'Cluster without a name';
    lane.text = lane.title.toLowerCase();
    lane.services = new Set(lane.endpoints.flatMap((e) => [e.address, e.portal, e.host === e.traddr ? e.address : e.host]).map((name) => name.toLowerCase()));
  }
  const loose = (lane) => (lane.key === 'unlisted' ? 1 : 0);
  const trouble = (lane) => (lane.subsystems[0]?.standing === 'lost' ? 0 : lane.subsystems[0]?.standing === 'reduced' ? 1 : lane.endpoints.some((e) => !e.up && !e.idle) ? 2 : 3);
  return [...lanes.values()].sort((a, b) => loose(a) - loose(b) || trouble(a) - trouble(b) || compare_text(a.title, b.title));
}
