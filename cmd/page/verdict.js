// The verdict in words, and what is wrong grouped by cause: one portal that is down is one line, not a hundred. Pure.

// What is wrong with this host, whatever the portal.
const kHostHolds = new Set(['no-fabrics', 'no-identity', 'identity-conflict']);

/// One row of the table on top: what is missing, since when, why, what is next. Worst first.
function problems_of(status, subsystems) {
  const groups = new Map();
  const lost = new Set(subsystems.filter((s) => s.standing === 'lost').map((s) => s.key));
  const join = (key, item, make) => {
    let group = groups.get(key);
    if (!group) groups.set(key, (group = {...make(), key, items: 0, since: 0, hold: null, subsystems: new Map(), lost: 0, failures: 0}));
    group.items += 1;
    group.since = Math.max(group.since, item.since);
    group.failures = Math.max(group.failures, item.failures);
    const sooner = item.hold && (!group.hold || (item.hold.until ?? Infinity) < (group.hold.until ?? Infinity));
    if (sooner) group.hold = item.hold;
    return group;
  };
  for (const p of status.paths) {
    if (!p.desired || p.live) continue;
    const why = why_of(p);
    const of_host = kHostHolds.has(p.hold?.reason);
    const key = JSON.stringify(of_host ? ['host', p.shape, why] : ['path', p.portal, p.from, p.via, p.shape, why]);
    const group = join(key, p, () => ({kind: 'path', where: p.portal, from: p.from, via: p.via, why, shape: p.shape, state: p.state, portals: new Set()}));
    if (group.portals.add(p.portal).size > 1) Object.assign(group, {where: group.portals.size + ' portals', from: '', via: ''});
    const its = subsystem_key(p.subnqn, p.hostnqn);
    group.subsystems.set(its, p.subnqn);
    if (lost.has(its)) group.lost += 1;
  }
  for (const e of status.endpoints) {
    if (e.idle || e.up) continue;
    join(JSON.stringify(['endpoint', e.key]), e, () => ({kind: 'endpoint', where: e.portal, name: e.host !== e.traddr ? e.host : '', group: e.group, why: why_of(e) || 'no session', shape: e.shape, state: e.session}));
  }
  const weight = (g) => (g.lost > 0 ? 0 : g.kind === 'path' && g.shape === 'bad' ? 1 : g.kind === 'path' ? 2 : 3);
  return [...groups.values()].sort((a, b) => weight(a) - weight(b) || b.items - a.items || compare_text(a.where, b.where));
}

/// {sign, headline, subline}: stable while nothing changes, since it is read out loud when it does.
function verdict_of(status, subsystems) {
  const desired = subsystems.reduce((n, s) => n + s.desired, 0);
  const live = subsystems.reduce((n, s) => n + s.listed_live, 0);
  const lost = subsystems.filter((s) => s.standing === 'lost');
  const reduced = subsystems.filter((s) => s.standing === 'reduced').length;
  const down = status.endpoints.filter((e) => !e.idle && !e.up).length;
  const listed = subsystems.filter((s) => s.desired > 0).length;
  const services = status.endpoints.filter((e) => !e.idle).length;
  const parts = [];
  if (lost.length === 1) parts.push('No path left to ' + lost[0].subnqn + '.');
  if (lost.length > 1) parts.push('No path left to ' + (lost.length === listed ? 'any of the ' : lost.length + ' of ') + count_of(listed, 'subsystem') + '.');
  if (reduced > 0) parts.push(count_of(reduced, 'subsystem') + (reduced === 1 ? ' works' : ' work') + ' with fewer paths than listed.');
  if (down > 0) parts.push(services === 1 ? 'The only discovery service has no session.' : down === services ? 'None of the ' + services + ' discovery services answers.' : count_of(down, 'discovery service') + ' of ' + services + (down === 1 ? ' has' : ' have') + ' no session.');
  const purged = subsystems.filter((s) => s.purged).length;
  if (purged > 0) parts.push(count_of(purged, 'subsystem') + ' lost every path for so long that the kernel gave up: what was mounted needs a remount.');
  if (status.level === 'not-ready' || status.not_ready) {
    const why = status.not_ready ? sentence(status.not_ready) : 'The first sync is not done yet.';
    return {sign: lost.length && !status.fabrics_available ? 'lost' : 'waiting', headline: 'Not ready: ' + live + ' of ' + count_of(desired, 'path') + ' live', subline: [why, ...parts].join(' ')};
  }
  const missing = desired - live;
  if (missing > 0 && status.paths.every((p) => !p.desired || p.live || p.first_time)) {
    return {sign: 'waiting', headline: 'Connecting: ' + live + ' of ' + count_of(desired, 'path') + ' live', subline: 'Nothing has failed so far.' + (down > 0 ? ' ' + parts[parts.length - 1] : '')};
  }
  if (missing > 0) {
    const headline = missing === desired ? (desired === 1 ? 'The only path is missing' : 'All ' + desired + ' paths are missing') : missing + ' of ' + desired + (missing === 1 ? ' paths is missing' : ' paths are missing');
    return {sign: lost.length ? 'lost' : 'degraded', headline, subline: parts.join(' ')};
  }
  if (down > 0) return {sign: 'degraded', headline: desired > 0 ? 'All ' + count_of(desired, 'path') + ' live, discovery impaired' : 'No discovery service answers', subline: parts.join(' ') };
  if (services === 0) return {sign: 'ok', headline: 'Nothing to connect', subline: ['No discovery service is configured.', ...parts].join(' ')};
  if (desired === 0) return {sign: 'ok', headline: 'Nothing to connect', subline: ['The discovery services list no subsystem.', ...parts].join(' ')};
  const headline = desired === 1 ? 'The one path is live' : 'All ' + desired + ' paths are live';
  const calm = count_of(listed, 'subsystem') + ', ' + count_of(services, 'discovery service') + ', nothing to do.';
  return {sign: purged ? 'degraded' : 'ok', headline, subline: [...parts, calm].join(' ')};
}

function sentence(text) { return text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!…]$/.test(text) ? '' : '.'); }
