// What the page computes, without a browser: model.js, verdict.js, what_if.js and words.js as they are in the binary's sources.
import fs from 'node:fs';
import {fileURLToPath} from 'node:url';
import vm from 'node:vm';
import {assert, test} from './check.mjs';
import * as documents from './documents.mjs';

const folder = fileURLToPath(new URL('../../cmd/page/', import.meta.url));
const names = ['printable', 'about', 'clock_time', 'next_of', 'why_of', 'kHolds', 'read_status', 'subsystems_of', 'lanes_of', 'problems_of', 'verdict_of', 'losses_of', 'legs_to_take'];
const source = ['words.js', 'model.js', 'verdict.js', 'what_if.js'].map((name) => fs.readFileSync(folder + name, 'utf8')).join('\n');
const pure = vm.runInNewContext(source + '\n({' + names.join(', ') + '})', {});

function view(document) {
  const status = pure.read_status(document);
  const subsystems = pure.subsystems_of(status);
  return {status, subsystems, verdict: pure.verdict_of(status, subsystems), problems: pure.problems_of(status, subsystems), lanes: pure.lanes_of(status, subsystems)};
}
const without = (...addresses) => new Set(addresses.map((a) => 'to ' + a));
const plain = (value) => JSON.parse(JSON.stringify(value));  // values of another realm

test('words: durations as the terminal says them', () => {
  assert.deepEqual([0, -4, 0.4, 3, 119, 120, 254, 7199, 7200, 172800].map(pure.about), ['0 s', '0 s', '0 s', '3 s', '119 s', '2 min', '4 min', '119 min', '2 h', '2 d']);
});

test('words: control, bidirectional and invisible characters become escapes, long text ends', () => {
  assert.equal(pure.printable('a\u202eb\u0000c\u200d\ud83d\ude00'), 'a\\u202eb\\u0000c\\u200d\ud83d\ude00');
  assert.equal(pure.printable('x'.repeat(5000)).length, 601);
  assert.equal(pure.printable({}), '');
});

test('words: every hold reason of the agent has a sentence', () => {
  const words = fs.readFileSync(folder + '../../reconcile/words.cc', 'utf8');
  const reasons = [...words.matchAll(/case HoldReason::k\w+:\s*return "([^"]+)"/g)].map((m) => m[1]);
  assert.ok(reasons.length >= 18, 'reasons found: ' + reasons.length);
  for (const reason of reasons) assert.ok(pure.kHolds[reason]?.why && pure.kHolds[reason]?.next, reason);
});

test('verdict: calm, missing, lost, not ready, connecting', () => {
  assert.deepEqual(plain(view(documents.calm()).verdict), {sign: 'ok', headline: 'All 6 paths are live', subline: '3 subsystems, 2 discovery services, nothing to do.'});
  const night = view(documents.night());
  assert.equal(night.verdict.headline, '7 of 22 paths are missing');
  assert.equal(night.verdict.sign, 'lost');
  assert.match(night.verdict.subline, /No path left to nqn\.2024-01\.com\.example:vol-scratch\./);
  const fresh = documents.calm();
  for (const p of fresh.paths) Object.assign(p, {state: 'missing', device: null, hold: documents.hold('queued'), attempts: 0});
  assert.equal(view(fresh).verdict.headline, 'Connecting: 0 of 6 paths live');
  const raw = documents.status({...documents.calm(), verdict: {level: 'not-ready', line: ''}, not_ready: 'sysfs has not been read yet'});
  assert.equal(view(raw).verdict.subline, 'Sysfs has not been read yet.');
});

test('verdict: what has one cause is one row, the worst first', () => {
  const {problems} = view(documents.night());
  assert.deepEqual(plain(problems.map((p) => [p.where, p.items, p.lost])), [['10.0.0.3:4420', 6, 1], ['10.1.0.2:4420', 1, 0], ['10.0.0.3:8009', 1, 0]]);
  assert.equal(pure.next_of(problems[0].hold, 4), 'next try in 10 s');
  assert.equal(pure.next_of(problems[1].hold, 4), 'the kernel reconnects by itself');
});

test('verdict: what is wrong with the host is one row, whatever the portal', () => {
  const none = documents.calm();
  for (const p of none.paths) Object.assign(p, {state: 'missing', device: null, hold: documents.hold('no-fabrics', null, 'no such device')});
  const {problems, verdict} = view(documents.status(none));
  assert.deepEqual(plain(problems.map((p) => [p.where, p.items, p.why])), [['2 portals', 6, 'no such device']]);
  assert.equal(verdict.subline, 'No path left to any of the 3 subsystems.');
});

test('what if: last path, fewer paths, already lost, discovery left alone', () => {
  const {status, subsystems} = view(documents.night());
  const one = pure.losses_of(status, subsystems, without('10.0.0.1'));
  assert.deepEqual([one.last.length, one.fewer.length, one.already.length, one.paths, one.mute.length], [0, 5, 1, 5, 0]);
  const both = pure.losses_of(status, subsystems, without('10.0.0.1', '10.0.0.2'));
  assert.deepEqual([both.last.length, plain(both.mute)], [6, ['cluster1']]);
  const gone = pure.losses_of(status, subsystems, without('10.0.0.3'));
  assert.deepEqual([gone.last.length, gone.fewer.length, gone.paths], [0, 0, 0]);
  const nic = pure.losses_of(status, subsystems, new Set(['via ens2f0']));
  assert.deepEqual([nic.last.length, nic.services.length], [3, 0]);
});

test('what if: one failure away from losing access', () => {
  const {subsystems, status} = view(documents.night());
  assert.deepEqual(plain(subsystems.filter((s) => s.at_the_edge).map((s) => s.subnqn.split(':')[1])), ['archive-2025', 'vol-retired']);
  const dangerous = pure.legs_to_take(status, subsystems).filter((leg) => leg.last > 0).map((leg) => leg.label);
  assert.deepEqual(plain(dangerous), ['10.0.0.2', '10.1.0.1', 'via ens2f0']);
});

test('what if: the cases that `status --without` and the metric answer too', () => {
  const cases = JSON.parse(fs.readFileSync(new URL('../golden/redundancy.json', import.meta.url), 'utf8'));
  assert.ok(cases.length >= 8);
  const names = (losses) => losses.map((l) => l.subsystem.subnqn).sort();
  for (const one of cases) {
    const status = pure.read_status(one.status);
    const subsystems = pure.subsystems_of(status);
    const losses = pure.losses_of(status, subsystems, new Set(one.without));
    const edge = Object.fromEntries(subsystems.filter((s) => s.at_the_edge).map((s) => [s.subnqn, s.hangs_on]));
    assert.deepEqual({last: names(plain(losses.last)), fewer: names(plain(losses.fewer)), mute: plain(losses.mute).sort(), edge}, one.expect, one.name);
  }
});

test('lanes: clusters, and lines without a group that list the same subsystems are one', () => {
  const lanes = view(documents.night()).lanes;
  assert.deepEqual(plain(lanes.map((l) => [l.title, l.endpoints.length, l.subsystems.length])), [['cluster1', 3, 6], ['archive', 2, 3], ['Not listed by any service', 0, 1]]);
  const loose = documents.calm();
  loose.endpoints[0].group = '10.0.0.1:8009';
  loose.endpoints[1].group = '10.0.0.2:8009';
  assert.deepEqual(plain(view(loose).lanes.map((l) => l.title)), ['10.0.0.1:8009 + 10.0.0.2:8009']);
});

test('model: nonsense is no status, or an empty one; never an exception', () => {
  for (const raw of [null, 7, [], 'x', {}, {paths: 1}]) assert.equal(pure.read_status(raw), null);
  for (const raw of [{paths: []}, {paths: [null, 7, {}, {named_by: {}}], endpoints: [{}], history: [{}, null], kernel: 7, identity: [], subsystems: {}, notices: [{}]}]) {
    const its = view(raw);
    assert.ok(its.verdict.headline);
    pure.losses_of(its.status, its.subsystems, without('10.0.0.1'));
  }
});
