// The last changes: a strip that shows when there were many, and a list, newest first.

const kChangesShown = 30;
let changes_limit = kChangesShown;
const kSpans = [[600, '10 minutes'], [3600, '1 hour'], [6 * 3600, '6 hours'], [86400, '1 day'], [7 * 86400, '1 week'], [31 * 86400, '1 month']];
const kBars = 48;
const kTogether = 5000;  // ms; a node that goes takes its paths with it within a keep-alive
const kToneShapes = {good: 'up', bad: 'down', plain: 'plain'};
const kToneWords = {good: 'came: ', bad: 'went: ', plain: ''};

/// Newest first; what happened to many things at once, for one cause, is one row.
function grouped(changes) {
  const groups = [];
  for (const change of changes) {
    const kind = change.what.split(' ', 1)[0];
    const last = groups[groups.length - 1];
    const first = last?.changes[0];
    if (first && last.kind === kind && first.before === change.before && first.after === change.after && first.cause === change.cause && Math.abs(first.at - change.at) <= kTogether) {
      last.changes.unshift(change);
    } else {
      groups.push({kind, changes: [change]});
    }
  }
  for (const group of groups) {
    const oldest = group.changes[group.changes.length - 1];
    group.key = [oldest.at, oldest.what, oldest.before, oldest.after].join('|');
  }
  return groups.reverse();
}

function change_view() {
  const sign = shape();
  const heard = el('span', 'unseen');
  const time = el('time');
  const what = el('bdi', 'what');
  const step = el('bdi', 'step');
  const cause = el('bdi', 'quiet cause');
  const others = el('ul');
  const summary = el('summary');
  const rest = el('details', '', summary, others);
  rest.addEventListener('toggle', () => { if (rest.open) fill(); });
  let listed = [];
  const fill = () => keyed(others, listed, (change) => change.what, () => {
    const text = el('bdi');
    return {node: el('li', '', text), update(change) { say(text, change.what); }};
  });
  return {
    node: el('li', 'change', sign, el('div', 'lines', el('span', 'first', heard, step, time), what, rest, cause)),
    update({group, now}) {
      const change = group.changes[0];
      listed = group.changes;
      show(what, listed.length === 1);
      show(rest, listed.length > 1);
      say(summary, listed.length + ' ' + group.kind + 's');
      if (rest.open) fill();
      mark(sign, 'shape', kToneShapes[change.tone]);
      say(heard, kToneWords[change.tone]);
      say(time, clock_time(change.at, now));
      if (Number.isFinite(change.at)) set_attribute(time, 'datetime', new Date(change.at).toISOString());
      say(what, change.what);
      say(step, [change.before, change.after].filter(Boolean).join(' → '));
      say(cause, change.cause);
    },
  };
}

/// Bars upwards for what came, downwards for what went: readable without colours.
function render_strip(changes, now) {
  const strip = by_id('strip');
  const timed = changes.filter((c) => Number.isFinite(c.at) && c.at <= now + 60000);
  show(strip, timed.length > 0);
  if (timed.length === 0) return;
  const oldest = Math.max(1, (now - timed[0].at) / 1000);
  const [span, name] = kSpans.find(([s]) => s >= oldest) ?? kSpans[kSpans.length - 1];
  const good = new Array(kBars).fill(0);
  const bad = new Array(kBars).fill(0);
  const plain = new Array(kBars).fill(0);
  for (const c of timed) {
    const i = Math.floor(kBars - ((now - c.at) / 1000 / span) * kBars);
    if (i < 0) continue;
    (c.tone === 'good' ? good : c.tone === 'bad' ? bad : plain)[Math.min(i, kBars - 1)] += 1;
  }
  const drawn = JSON.stringify([good, bad, plain, name]);
  if (strip.dataset.drawn === drawn) return;
  strip.dataset.drawn = drawn;
  const most = Math.max(1, ...good, ...bad, ...plain);
  const height = (n) => (n === 0 ? 0 : Math.max(3, 22 * Math.sqrt(n / most)));
  const bars = [];
  for (let i = 0; i < kBars; ++i) {
    const x = i * 6 + 1;
    if (good[i]) bars.push(svg_el('rect', {class: 'good', x, y: 24 - height(good[i]), width: 4, height: height(good[i]), rx: 1}));
    if (bad[i]) bars.push(svg_el('rect', {class: 'bad', x, y: 26, width: 4, height: height(bad[i]), rx: 1}));
    if (plain[i] && !good[i] && !bad[i]) bars.push(svg_el('rect', {class: 'plain', x, y: 23.5, width: 4, height: 3, rx: 1}));
  }
  const sum = (list) => list.reduce((a, b) => a + b, 0);
  const words = 'In the last ' + name.replace(/^1 /, '') + ': ' + sum(good) + ' came, ' + sum(bad) + ' went, ' + sum(plain) + ' other';
  const picture = svg_el('svg', {viewBox: '0 0 ' + kBars * 6 + ' 50', role: 'img', 'aria-label': words, preserveAspectRatio: 'none'}, svg_el('line', {class: 'axis', x1: 0, x2: kBars * 6, y1: 25, y2: 25}), ...bars);
  strip.replaceChildren(picture, el('p', 'quiet axis-words', el('span', '', name + ' ago'), el('span', '', sum(good) + ' came ▲ · ' + sum(bad) + ' went ▼'), el('span', '', 'now')));
}

function render_changes(page) {
  const {now} = page.clock();
  const all = page.status.changes;
  render_strip(all, now);
  const fitting = page.words.length === 0 ? all : all.filter((c) => page.words.every((word) => [c.what, c.before, c.after, c.cause].join(' ').toLowerCase().includes(word)));
  const shown = shortened(grouped(fitting), changes_limit, by_id('more-changes'), (n) => 'Show ' + Math.min(n, 200) + ' more of ' + n);
  keyed(by_id('change-rows'), shown.map((group) => ({group, now})), (row) => row.group.key, change_view);
  say(by_id('changes-count'), fitting.length === all.length ? (all.length === 0 ? 'none since the start' : String(all.length)) : fitting.length + ' of ' + all.length);
}

const kNotesShown = 10;
let notes_limit = kNotesShown;

function note_view() {
  const sign = shape();
  const title = el('strong');
  const where = el('bdi', 'quiet');
  const text = el('bdi');
  return {
    node: el('li', '', sign, el('div', 'lines', title, text, where)),
    update(note) {
      mark(sign, 'shape', note.tone);
      say(title, note.title);
      say(text, note.text);
      say(where, note.where);
    },
  };
}

/// Refused entries, configuration errors, other orchestrators: nothing is missing, yet somebody should know.
function render_notes(page) {
  const {status} = page;
  const notes = [
    ...status.diagnostics.map((d) => ({tone: d.severity === 'error' ? 'bad' : 'warn', title: 'Configuration ' + (d.severity || 'note'), text: d.message, where: d.where})),
    ...status.refused.map((r) => ({tone: 'warn', title: 'Log page entry refused', text: r.message, where: 'entry ' + r.index + ' of ' + r.endpoint})),
    ...status.notices.map((n) => ({tone: 'plain', title: 'Notice', text: n, where: ''})),
  ];
  show(by_id('notes'), notes.length > 0);
  show(by_id('notes-link'), notes.length > 0);
  const shown = shortened(notes, notes_limit, by_id('more-notes'), (n) => 'Show ' + n + ' more');
  keyed(by_id('note-rows'), shown, (n) => [n.title, n.text, n.where].join('|'), note_view);
}

by_id('more-changes').addEventListener('click', () => {
  changes_limit += 200;
  keeping_focus(() => render_changes(page));
});
by_id('more-notes').addEventListener('click', () => {
  notes_limit = Infinity;
  render_notes(page);
});
