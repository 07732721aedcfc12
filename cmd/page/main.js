// Polls /status, keeps the last picture, draws. Asks the address that it came from, and nothing else.

const kPollEvery = 2000;        // one rendering of the agent is good for 1 s
const kHiddenEvery = 30000;     // nobody looks
const kSlowest = 30000;         // between two tries while the agent does not answer
const kGiveUpAfter = 5000;      // the server gives a whole answer no longer
const kSchema = 1;

const page = {
  status: null, subsystems: [], lanes: [], problems: [], troubled: 0, shown_subsystems: 0, words: [], filter: 'all', without: new Set(),
  received: 0,                  // performance.now() of the last good answer
  version: null,
  outdated: false,              // the agent does not answer

  /// The agent's own clock, carried on: the browser's may be wrong. `elapsed` seconds since the agent wrote the status.
  clock() {
    const elapsed = (performance.now() - page.received) / 1000;
    return {elapsed, now: page.status.at + elapsed * 1000};
  },

  accept(status) {
    page.status = status;
    page.received = performance.now();
    page.subsystems = subsystems_of(status);
    page.lanes = lanes_of(status, page.subsystems);
    page.problems = problems_of(status, page.subsystems);
    page.troubled = page.subsystems.filter((s) => s.standing === 'lost' || s.standing === 'reduced').length;
    page.render();
  },

  render() {
    if (!page.status) return;
    const began = performance.now();
    keeping_focus(() => {
      render_verdict(page);
      render_filters();
      render_lanes(page);
      render_what_if(page);
      render_changes(page);
      render_notes(page);
    });
    const {status} = page;
    say(by_id('version'), status.version);
    const reload = page.version !== null && page.version !== status.version ? ' The agent is now ' + status.version + ': reload this page.' : '';
    const schema = status.schema !== kSchema ? ' The agent speaks status schema ' + status.schema + ', this page ' + kSchema + '.' : '';
    page.version ??= status.version;
    say(by_id('foot'), 'Times are the agent\'s clock in ' + zone_name(status.at) + '. Host id ' + status.hostid + (status.identity_source ? ' from ' + status.identity_source : '') + '.' + schema + reload);
    document.body.dataset.renderMs = String(Math.round(performance.now() - began));
  },

  render_fabric() { keeping_focus(() => { render_filters(); render_lanes(page); }); },

  toggle_without(leg) {
    if (!page.without.delete(leg)) page.without.add(leg);
    remember_view();
    page.render();
  },
  clear_without() {
    page.without.clear();
    remember_view();
    page.render();
    by_id('what-if').focus({preventScroll: true});
  },
};

function render_filters() {
  keyed(by_id('filters'), Object.entries(kFilters).map(([name, filter]) => ({name, filter, n: page.subsystems.filter(filter.fits).length})), (row) => row.name, ({name}) => {
    const input = el('input');
    input.type = 'radio';
    input.name = 'filter';
    input.value = name;
    const text = el('span');
    const number = el('span', 'number');
    const node = el('label', '', input, text, ' ', number);
    input.addEventListener('change', () => {
      page.filter = name;
      remember_view();
      page.render_fabric();
    });
    return {node, update({filter, n}) {
      input.checked = page.filter === name;
      say(text, filter.label);
      say(number, String(n));
      show(node, name === 'all' || n > 0 || page.filter === name);
    }};
  });
  show(by_id('filters').parentNode, by_id('filters').querySelectorAll('label:not([hidden])').length > 1);
}

// What a person chose stands in the address bar's fragment, so that a link shows the same picture.
function remember_view() {
  const parts = new URLSearchParams();
  if (by_id('query').value) parts.set('q', by_id('query').value);
  if (page.filter !== 'all') parts.set('show', page.filter);
  for (const leg of page.without) parts.append('without', leg.startsWith('to ') ? leg.slice(3) : leg);
  const text = parts.toString();
  history.replaceState(null, '', text ? '#' + text : location.pathname);
}

function recall_view() {
  if (!location.hash.includes('=')) return;
  const parts = new URLSearchParams(location.hash.slice(1));
  by_id('query').value = parts.get('q') ?? '';
  page.filter = Object.hasOwn(kFilters, parts.get('show') ?? '') ? parts.get('show') : 'all';
  page.without = new Set(parts.getAll('without').map((name) => (/^(from|via) /.test(name) ? name : 'to ' + name)));
  search_changed();
}

function search_changed() {
  page.words = by_id('query').value.toLowerCase().split(/\s+/).filter(Boolean);
  page.render();
}

const feed = {timer: 0, failures: 0, failing_since: 0, next_at: 0, reason: '', running: false};

async function ask() {
  const response = await fetch('status', {signal: AbortSignal.timeout(kGiveUpAfter), cache: 'no-store', credentials: 'omit', redirect: 'error'});
  if (!response.ok) throw new Error((await response.text()).trim() || 'HTTP ' + response.status);
  const status = read_status(await response.json());
  if (!status) throw new Error('the answer is no status');
  return status;
}

async function poll() {
  if (feed.running) return;
  feed.running = true;
  clearTimeout(feed.timer);
  try {
    const status = await ask();
    feed.failures = 0;
    page.accept(status);
  } catch (error) {
    if (feed.failures === 0) feed.failing_since = Date.now();
    feed.failures += 1;
    feed.reason = error.name === 'TimeoutError' ? 'no answer within 5 s' : error instanceof TypeError ? 'connection refused or lost' : printable(error.message);
  }
  feed.running = false;
  const backoff = Math.min(kSlowest, kPollEvery * 2 ** Math.min(Math.max(0, feed.failures - 1), 6));
  const wait = document.hidden ? kHiddenEvery : backoff;
  feed.next_at = Date.now() + wait;
  feed.timer = setTimeout(poll, wait);
  tick();
}

/// Every second: what counts down, and how fresh the picture is.
function tick() {
  const failing = feed.failures > (page.status ? 1 : 0);  // one lost answer is no outage
  if (page.outdated !== failing) {
    page.outdated = failing;
    if (page.status) render_verdict(page);
  }
  mark(document.body, 'feed', failing ? 'failing' : page.status ? 'live' : 'waiting');
  show(by_id('outage'), failing);
  if (failing) {
    const lead = 'The agent has not answered since ' + clock_time(feed.failing_since, Date.now()) + ' (' + feed.reason + ').';
    say(by_id('outage'), lead + (page.status ? ' Below is the last picture.' : ''));
    const left = Math.max(0, (feed.next_at - Date.now()) / 1000);
    say(by_id('fresh-text'), left > 0.5 ? 'asking again in ' + about(left) : 'asking');
    if (!page.status) say(by_id('headline'), 'The agent does not answer');
  } else if (page.status) {
    const age = page.clock().elapsed;
    say(by_id('fresh-text'), age < 4 ? 'live' : 'updated ' + about(age) + ' ago');
  }
  if (page.status && !document.hidden) keeping_focus(() => render_problems(page));
}

by_id('find').addEventListener('submit', (event) => event.preventDefault());
by_id('query').addEventListener('input', () => {
  remember_view();
  search_changed();
});
const fold_all = (open) => () => {
  for (const subsystem of page.subsystems) folds.set(subsystem.key, open);
  page.render_fabric();
};
by_id('open-all').addEventListener('click', fold_all(true));
by_id('fold-all').addEventListener('click', fold_all(false));
addEventListener('hashchange', recall_view);
document.addEventListener('visibilitychange', () => { if (!document.hidden) poll(); });
recall_view();
setInterval(tick, 1000);
poll();
