// What would be lost without some addresses: computed from the picture that is on screen. Pure; asks nobody.

/// What a path depends on, as keys: the address it goes to, and, where given, the one and the interface it leaves from.
function legs_of(item) {
  const legs = ['to ' + item.traddr];
  if (item.from) legs.push('from ' + item.from);
  if (item.via) legs.push('via ' + item.via);
  return legs;
}

function goes_without(item, without) { return without.size > 0 && legs_of(item).some((leg) => without.has(leg)); }

/// Losses when everything in `without` (a Set of legs) is gone: access counts every live path, listed or not.
function losses_of(status, subsystems, without) {
  const out = {last: [], fewer: [], already: [], kept: 0, paths: 0, services: [], mute: []};
  for (const s of subsystems) {
    const going = s.paths.filter((p) => p.live && goes_without(p, without)).length;
    out.paths += going;
    if (s.live === 0) out.already.push(s);
    else if (going === s.live) out.last.push({subsystem: s, before: s.live, after: 0});
    else if (going > 0) out.fewer.push({subsystem: s, before: s.live, after: s.live - going});
    else out.kept += 1;
  }
  const groups = new Map();
  for (const e of status.endpoints) {
    if (e.retired) continue;
    const going = goes_without(e, without);
    if (going && e.up) out.services.push(e);
    const group = groups.get(e.group) ?? {name: e.group, up: 0, left: 0};
    group.up += e.up ? 1 : 0;
    group.left += (e.up || e.idle) && !going ? 1 : 0;  // one that stands by takes over
    groups.set(e.group, group);
  }
  out.mute = [...groups.values()].filter((g) => g.up > 0 && g.left === 0).map((g) => g.name);
  return out;
}

/// Every single thing that can be taken away, the dangerous ones first: {leg, label, paths, last}.
function legs_to_take(status, subsystems) {
  const legs = new Map();
  const at = (leg) => {
    if (!legs.has(leg)) legs.set(leg, {leg, label: leg.startsWith('to ') ? leg.slice(3) : leg, paths: 0, last: 0, services: 0});
    return legs.get(leg);
  };
  for (const s of subsystems) {
    const going = new Map();
    for (const p of s.paths) {
      for (const leg of legs_of(p)) {
        at(leg);
        if (p.live) going.set(leg, (going.get(leg) ?? 0) + 1);
      }
    }
    for (const [leg, n] of going) {
      at(leg).paths += n;
      if (n === s.live) at(leg).last += 1;
    }
  }
  for (const e of status.endpoints) {
    if (e.idle || !e.traddr) continue;
    for (const leg of legs_of(e)) at(leg).services += 1;
  }
  return [...legs.values()].sort((a, b) => (b.last > 0) - (a.last > 0) || compare_text(a.label, b.label));
}
