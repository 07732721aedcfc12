// /status documents (schema 1) for the tests and the pictures, built as cmd/status_json.cc writes them.

export const kHostNqn = 'nqn.2014-08.org.nvmexpress:uuid:5a1d6c6e-3a52-4e9c-9a53-1f6a7d5c2b10';
export const nqn = (name) => 'nqn.2024-01.com.example:' + name;

export const hold = (reason, until_seconds = null, detail = '') => ({reason, until_seconds, detail});

export function endpoint(address, more = {}) {
  const colon = address.lastIndexOf(':');
  const traddr = address.slice(0, colon).replace(/^\[|\]$/g, '');
  return {
    address, traddr, trsvcid: Number(address.slice(colon + 1)), host_traddr: null, host_iface: null, host: traddr, group: 'cluster1', hostnqn: kHostNqn,
    session: 'up', since_seconds: 86400 * 3, origins: [{kind: 'configured', where: '/etc/discovery-client/discovery.d/cluster1.conf:1:1'}], depth: 0,
    retired: false, hold: null, attempts: 1, failures_in_a_row: 0, last_error: null, last_error_kind: null,
    log: {genctr: 42, entries: 8, age_seconds: 212, remembered: false}, controller: null, events: 3, keep_alive_round_trip_seconds: 0.0004, ...more,
  };
}

export function path(name, address, more = {}) {
  const colon = address.lastIndexOf(':');
  return {
    subnqn: name.startsWith('nqn') ? name : nqn(name), hostnqn: kHostNqn, hostid: '5a1d6c6e-3a52-4e9c-9a53-1f6a7d5c2b10',
    traddr: address.slice(0, colon).replace(/^\[|\]$/g, ''), trsvcid: Number(address.slice(colon + 1)), host_traddr: null, host_iface: null,
    state: 'live', device: 'nvme0', desired: true, stale: false, adopted: false, purged: false, since_seconds: 86400 * 3, hold: null, attempts: 1,
    failures_in_a_row: 0, last_error: null, last_error_kind: null, named_by: ['10.0.0.1:8009', '10.0.0.2:8009'], ...more,
  };
}

export const missing = (since_seconds, error, failures, until) => ({
  state: 'missing', device: null, since_seconds, failures_in_a_row: failures, attempts: failures, last_error: error, last_error_kind: 'refused', hold: hold('backoff', until),
});

/// `what`: "kind subject".
export function change(at, what, before, after, cause = '') {
  const [kind, ...subject] = what.split(' ');
  return {at: new Date(at).toISOString(), kind, subject: subject.join(' '), before, after, cause};
}

/// A whole document around endpoints and paths; subsystems and counts follow from the paths, as in the agent.
export function status(parts = {}) {
  const {endpoints = [], paths = []} = parts;
  const subsystems = new Map();
  for (const p of paths) {
    const key = p.subnqn + ' ' + p.hostnqn;
    if (!subsystems.has(key)) subsystems.set(key, {subnqn: p.subnqn, hostnqn: p.hostnqn, desired: 0, live: 0, purged: false, hangs_on: null});
    subsystems.get(key).desired += p.desired ? 1 : 0;
    subsystems.get(key).live += p.state === 'live' ? 1 : 0;
  }
  for (const s of subsystems.values()) {
    const addresses = new Set(paths.filter((p) => p.state === 'live' && p.subnqn === s.subnqn && p.hostnqn === s.hostnqn).map((p) => p.traddr));
    if (addresses.size === 1) s.hangs_on = [...addresses][0];
  }
  const desired = paths.filter((p) => p.desired);
  const live = desired.filter((p) => p.state === 'live').length;
  const down = endpoints.filter((e) => !e.retired && e.session !== 'up').length;
  const level = live < desired.length || down > 0 ? 'degraded' : 'ok';
  const at = Date.now();
  return {
    schema: 1, version: '0.1.0', at: new Date(at).toISOString(), started: new Date(at - 86400e3 * 3).toISOString(), uptime_seconds: 86400 * 3,
    verdict: {level, line: (level === 'ok' ? 'OK' : level.toUpperCase()) + ': ' + live + ' of ' + desired.length + ' paths live'}, ready: true, not_ready: '',
    paths_desired: desired.length, paths_live: live, endpoints_down: down,
    identity: {hostnqn: kHostNqn, hostid: '5a1d6c6e-3a52-4e9c-9a53-1f6a7d5c2b10', source: '/etc/nvme/hostnqn and /etc/nvme/hostid'},
    kernel: {fabrics_available: true, native_multipath: true, connecting: null}, config_files: 1, refused: [], diagnostics: [], notices: [], history: [],
    counters: {}, next_look_seconds: 41.5, ...parts, endpoints, paths, subsystems: parts.subsystems ?? [...subsystems.values()],
  };
}

/// Two nodes of one array, three volumes, everything live.
export function calm() {
  const paths = ['vol-orders', 'vol-billing', 'vol-archive'].flatMap((name, i) => [
    path(name, '10.0.0.1:4420', {device: 'nvme' + 2 * i}), path(name, '10.0.0.2:4420', {device: 'nvme' + (2 * i + 1)})]);
  return status({endpoints: [endpoint('10.0.0.1:8009'), endpoint('10.0.0.2:8009')], paths});
}

/// A night at a storage cluster: node 3 is down, one volume lived there alone, another cluster is fine, things to notice.
export function night() {
  const at = Date.now();
  const ago = (seconds) => at - seconds * 1000;
  const refused = 'connect to 10.0.0.3:4420: connection refused';
  const named = ['10.0.0.1:8009', '10.0.0.2:8009', '10.0.0.3:8009'];
  const names = ['vol-orders', 'vol-billing', 'vol-mail', 'vol-images', 'vol-ledger'];
  let device = 0;
  const paths = names.flatMap((name) => ['10.0.0.1:4420', '10.0.0.2:4420', '10.0.0.3:4420'].map((a) =>
    path(name, a, {named_by: named, ...(a.startsWith('10.0.0.3') ? missing(254, refused, 9, 14.2) : {device: 'nvme' + device++})})));
  paths.push(path('vol-scratch', '10.0.0.3:4420', {named_by: named, ...missing(254, refused, 9, 14.2)}));
  for (const name of ['archive-2023', 'archive-2024', 'archive-2025']) {
    for (const a of ['10.1.0.1:4420', '10.1.0.2:4420']) paths.push(path(name, a, {named_by: ['10.1.0.1:8009', '10.1.0.2:8009'], device: 'nvme' + device++, host_iface: 'ens2f0'}));
  }
  paths.find((p) => p.subnqn.endsWith('2025') && p.traddr === '10.1.0.2').state = 'connecting';
  Object.assign(paths.find((p) => p.state === 'connecting'), {since_seconds: 8, hold: hold('kernel-reconnecting')});
  paths.push(path('vol-retired', '10.0.0.2:4420', {desired: false, named_by: [], device: 'nvme' + device++, since_seconds: 86400 * 20}));
  const archive = {group: 'archive', origins: [{kind: 'configured', where: '/etc/discovery-client/discovery.d/archive.conf:2:1'}], log: {genctr: 7, entries: 6, age_seconds: 95, remembered: false}};
  return status({
    endpoints: [endpoint('10.0.0.1:8009'), endpoint('10.0.0.2:8009', {origins: [{kind: 'referral', referrer: '10.0.0.1:8009'}]}),
      endpoint('10.0.0.3:8009', {session: 'down', since_seconds: 251, origins: [{kind: 'referral', referrer: '10.0.0.1:8009'}], failures_in_a_row: 8, attempts: 9,
        last_error: 'connect to 10.0.0.3:8009: connection refused', hold: hold('backoff', 22.4), log: {genctr: 41, entries: 8, age_seconds: 460, remembered: false}}),
      endpoint('10.1.0.1:8009', archive), endpoint('10.1.0.2:8009', archive)],
    paths,
    refused: [{endpoint: '10.1.0.2:8009', index: 4, error: {kind: 'invalid', message: 'traddr "10.1.0.9,hostnqn=x": a comma is no part of an address', code: 0, permanent: true}}],
    diagnostics: [{where: '/etc/discovery-client/discovery.d/archive.conf:5:12', severity: 'warning', message: 'option --persistant is not known; did you mean --persistent?'}],
    notices: ['nvmf-autoconnect is set up on this host too (/lib/udev/rules.d/70-nvmf-autoconnect.rules): it connects and may disconnect the same controllers'],
    history: [
      change(ago(3400), 'endpoint 10.0.0.2:8009', 'down', 'up', 'connected'),
      ...names.map((n, i) => change(ago(3395 - i), 'path ' + nqn(n) + ' at 10.0.0.2:4420', 'new', 'live', 'connected')),
      change(ago(1210), 'path ' + nqn('archive-2024') + ' at 10.1.0.1:4420', 'live', 'resetting', 'the kernel resets the controller'),
      change(ago(1207), 'path ' + nqn('archive-2024') + ' at 10.1.0.1:4420', 'resetting', 'live', ''),
      ...[...names, 'vol-scratch'].map((n, i) => change(ago(258 - i * 0.2), 'path ' + nqn(n) + ' at 10.0.0.3:4420', 'live', 'connecting', 'the kernel lost the connection')),
      change(ago(251), 'endpoint 10.0.0.3:8009', 'up', 'down', 'connection reset by peer'),
      change(ago(250), 'portal 10.0.0.3:4420', '', 'silent', 'connection refused'),
      change(ago(8), 'path ' + nqn('archive-2025') + ' at 10.1.0.2:4420', 'live', 'connecting', 'the kernel lost the connection'),
    ],
  });
}

/// `subsystems` x `per` paths in clusters of 50, a few of them in trouble.
export function large(subsystems = 250, per = 4) {
  const endpoints = [];
  const paths = [];
  for (let s = 0; s < subsystems; ++s) {
    const cluster = Math.floor(s / 50);
    const services = Array.from({length: per}, (_, i) => '10.' + cluster + '.0.' + (i + 1) + ':8009');
    if (s % 50 === 0) for (const a of services) endpoints.push(endpoint(a, {group: 'cluster' + (cluster + 1)}));
    for (let i = 0; i < per; ++i) {
      const gone = s % 41 === 7 && i === per - 1;
      const all_gone = s === 123;
      const bad = gone || all_gone ? missing(600 + s, 'connect: no route to host', 12, 37) : {device: 'nvme' + (s * per + i)};
      paths.push(path('tenant-' + String(s).padStart(3, '0'), '10.' + cluster + '.0.' + (i + 1) + ':4420', {named_by: services, ...bad}));
    }
  }
  const at = Date.now();
  const history = Array.from({length: 1000}, (_, i) => change(at - (1000 - i) * 21000, 'path ' + nqn('tenant-' + String(i % subsystems).padStart(3, '0')) + ' at 10.0.0.1:4420', i % 3 ? 'missing' : 'live', i % 3 ? 'live' : 'missing', ''));
  return status({endpoints, paths, history});
}

/// What a hostile target and a hostile file can put into strings.
export const kHostile = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>\u202etxt.exe\u0007\u200b';
export function hostile() {
  const evil = 'nqn.2024-01.com.example:' + kHostile + "'\"`${window.pwned=1}{{7*7}}";
  return status({
    endpoints: [endpoint('10.0.0.1:8009', {host: kHostile, group: kHostile, last_error: kHostile, session: 'down', origins: [{kind: kHostile, where: kHostile}], hold: hold(kHostile, 5, kHostile)})],
    paths: [path(evil, '10.0.0.1:4420', {named_by: ['10.0.0.1:8009', kHostile], device: kHostile, state: kHostile, last_error: kHostile, host_iface: kHostile, hold: hold('__proto__', null, '')}),
      path(evil, '10.0.0.1:4420', {named_by: ['10.0.0.1:8009']}), path('javascript:alert(1)', '10.0.0.1:4420', {traddr: 'javascript:alert(1)', named_by: []})],
    refused: [{endpoint: kHostile, index: kHostile, error: {message: kHostile}}], diagnostics: [{where: kHostile, severity: kHostile, message: kHostile}],
    notices: [kHostile, kHostile, {}], history: [change(Date.now(), kHostile, kHostile, kHostile, kHostile), {at: 'never', kind: null, subject: {}}, 7],
    identity: {hostnqn: kHostile, hostid: kHostile, source: kHostile},
  });
}
