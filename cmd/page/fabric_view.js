// The picture: host, discovery services, subsystems, paths, one lane a cluster. Folded subsystems show one shape a path.

const kPathsOpenAtOnce = 24;       // a fabric this small fits on a screen
const kTroubledOpenAtOnce = 8;     // more than that and the table on top says it better
const kSubsystemsShown = 100;      // a lane's first ones; the worst come first
const kSubsystemsShownOfMany = 20; // with more than kMany altogether
const kMany = 500;
const kLanesShown = 40;
let lanes_limit = kLanesShown;
const kEndpointsShown = 24;
const kPipsShown = 16;
const folds = new Map();           // subsystem key -> open, where a person said so
const lane_limits = new Map();

const kStandingWords = {lost: 'no path left', reduced: '', whole: '', unlisted: 'not listed'};  // the count says the rest
const kStandingShapes = {lost: 'bad', reduced: 'warn', whole: 'live', unlisted: 'unlisted'};

function is_open(page, subsystem) {
  const said = folds.get(subsystem.key);
  if (said !== undefined) return said;
  if (page.words.length > 0 && subsystem.shown.length < subsystem.paths.length) return true;
  if (page.status.paths.length <= kPathsOpenAtOnce) return true;
  return (subsystem.standing === 'lost' || subsystem.standing === 'reduced') && page.troubled <= kTroubledOpenAtOnce;
}

function fact_view() {
  const term = el('dt');
  const text = el('bdi');
  const node = el('div', '', term, el('dd', '', text));
  return {node, update([name, value, tone]) { say(term, name); say(text, value); mark(node, 'tone', tone ?? ''); }};
}

function host_view() {
  const facts = el('dl', 'facts');
  const name = el('span', 'host-name');
  const node = el('div', 'host card', el('h3', '', 'This host'), name, facts);
  let named = null;
  return {
    node,
    update({page}) {
      const {status} = page;
      const {elapsed} = page.clock();
      if (named !== status.hostnqn) name.replaceChildren(nqn_el((named = status.hostnqn)));
      const rows = [['kernel', status.fabrics_available ? 'NVMe over fabrics loaded' : 'no NVMe over fabrics', status.fabrics_available ? '' : 'bad']];
      if (status.multipath !== null) rows.push(['native multipath', status.multipath ? 'on' : 'off', status.multipath ? '' : 'warn']);
      rows.push(['agent', 'up for ' + about(status.uptime + elapsed)]);
      rows.push(['configuration', count_of(status.config_files, 'file')]);
      if (status.connecting) rows.push(['at the kernel', status.connecting.path + ', for ' + about(status.connecting.since + elapsed), 'busy']);
      keyed(facts, rows, (row) => row[0], fact_view);
    },
  };
}

function endpoint_view() {
  const sign = shape();
  const address = el('bdi', 'address');
  const state = el('span', 'state');
  const name = el('bdi', 'quiet line');
  const log = el('span', 'quiet line');
  const why = el('bdi', 'line why');
  const next = el('span', 'line next');
  const node = el('li', 'endpoint', el('div', 'node', el('span', 'first', sign, address), state, name, log, why, next));
  return {
    node,
    update({endpoint: e, page}) {
      const {elapsed} = page.clock();
      const gone = goes_without(e, page.without);
      mark(node, 'shape', gone ? 'gone' : e.shape);
      mark(sign, 'shape', gone ? 'gone' : e.shape);
      say(address, e.portal);
      const word = e.up ? 'session up' : e.retired ? 'retired' : e.idle ? 'stands by' : e.session === 'starting' ? 'connecting' : 'no session';
      say(state, (gone ? 'without it: ' : '') + word + (e.since > 0 ? ' for ' + about(e.since + elapsed) : ''));
      say(name, [e.host && e.host !== e.traddr && !e.portal.startsWith(e.host) ? e.host : '', e.via ? 'via ' + e.via : '', e.from ? 'from ' + e.from : '', e.origins.join(', ')].filter(Boolean).join(' · '));
      say(log, e.log ? count_of(e.log.entries, 'entry', 'entries') + ', ' + (e.log.age === null ? 'remembered' : about(e.log.age + elapsed) + ' old') + ', genctr ' + e.log.genctr : 'no log page yet');
      const bad = !e.up && (e.hold || e.last_error);
      say(why, bad ? why_of(e) : '');
      say(next, bad ? next_of(e.hold, elapsed) : '');
    },
  };
}

function path_view() {
  const sign = shape();
  const portal = el('bdi', 'portal');
  const state = el('span', 'state');
  const device = el('span', 'device');
  const since = el('span', 'quiet since');
  const legs = el('bdi', 'quiet');
  const why = el('bdi', 'why');
  const next = el('span', 'next');
  const marks = el('span', 'quiet');
  const more = el('div', 'more', legs, why, next, marks);
  const node = el('li', 'path', sign, portal, state, device, since, more);
  return {
    node,
    update({path: p, page}) {
      const {elapsed} = page.clock();
      const gone = p.live && goes_without(p, page.without);
      mark(node, 'shape', gone ? 'gone' : p.shape);
      mark(sign, 'shape', gone ? 'gone' : p.shape);
      say(portal, p.portal);
      say(state, gone ? 'would go' : p.live && !p.desired ? 'live, not listed' : p.state);
      say(device, p.device || '–');
      say(since, p.since > 0 ? about(p.since + elapsed) : '');
      say(legs, [p.from ? 'from ' + p.from : '', p.via ? 'via ' + p.via : ''].filter(Boolean).join(' '));
      const bad = p.desired && !p.live;
      say(why, bad ? why_of(p) : '');
      say(next, bad ? next_of(p.hold, elapsed) : '');
      const words = [bad && p.hold ? p.hold.reason : '', bad && p.failures > 1 ? p.failures + ' failures in a row' : '', p.stale ? 'its service does not answer; listed as last seen' : '', p.purged ? 'given up by the kernel before' : ''];
      say(marks, words.filter(Boolean).join(' · '));
      show(more, more.textContent !== '');
    },
  };
}

function pips_of(subsystem, without) {
  const shown = subsystem.paths.slice(0, kPipsShown).map((p) => shape(p.live && goes_without(p, without) ? 'gone' : p.shape));
  return subsystem.paths.length > kPipsShown ? [...shown, '+' + (subsystem.paths.length - kPipsShown)] : shown;
}

function subsystem_view({subsystem: first}) {
  const sign = shape();
  const pips = el('span', 'pips');
  const count = el('span', 'count');
  const tags = el('span', 'tags');
  const toggle = button('', 'fold', () => {
    folds.set(first.key, toggle.getAttribute('aria-expanded') !== 'true');
    page.render_fabric();
  });
  pips.setAttribute('aria-hidden', 'true');
  toggle.append(el('span', 'chevron'), sign, el('span', 'name', nqn_el(first.subnqn), tags), el('span', 'tally', pips, count));
  const paths = el('ul', 'paths');
  const node = el('li', 'subsystem', el('h4', '', toggle), paths);
  let drawn = null;
  let tagged = null;
  return {
    node,
    update({subsystem: s, page}) {
      const open = is_open(page, s);
      const going = s.paths.filter((p) => p.live && goes_without(p, page.without)).length;
      mark(node, 'standing', s.standing);
      mark(sign, 'shape', kStandingShapes[s.standing]);
      set_attribute(toggle, 'aria-expanded', open);
      say(count, (s.desired > 0 ? s.listed_live + ' of ' + count_of(s.desired, 'path') : count_of(s.paths.length, 'path')) + (going > 0 ? ' → ' + (s.live - going) : ''));
      const now_tags = [s.standing === 'lost' && s.busy_only ? 'connecting' : kStandingWords[s.standing], s.purged ? 'needs a remount' : '', going > 0 && going === s.live ? 'would lose its last path' : '', s.foreign ? 'as ' + s.hostnqn : ''].filter(Boolean);
      const bad = s.standing === 'lost' || s.purged || (going > 0 && going === s.live);
      if (tagged !== now_tags.join('|') + bad) {
        tagged = now_tags.join('|') + bad;
        tags.replaceChildren(...now_tags.map((text) => el('em', bad ? 'tag bad' : 'tag', text)));
      }
      const picture = s.paths.map((p) => (p.live && goes_without(p, page.without) ? 'gone' : p.shape)).join(' ');
      if (drawn !== picture) {
        drawn = picture;
        pips.replaceChildren(...pips_of(s, page.without));
      }
      show(paths, open);
      keyed(paths, open ? s.shown.map((path) => ({path, page})) : [], (row) => row.path.key, path_view);
    },
  };
}

function lane_view({lane: first}) {
  const title = el('bdi');
  const tally = el('span', 'quiet');
  const endpoints = el('ul', 'endpoints');
  const subsystems = el('ul', 'subsystems');
  const none = el('p', 'quiet none');
  const step = (kind, amount) => () => {
    lane_limits.set(kind + first.key, (lane_limits.get(kind + first.key) ?? 0) + amount);
    page.render_fabric();
  };
  const more = button('', 'plain', step('subsystems ', 400));
  const more_endpoints = button('', 'plain', step('endpoints ', 400));
  endpoints.setAttribute('aria-label', 'Discovery services');
  subsystems.setAttribute('aria-label', 'Subsystems');
  const node = el('section', 'lane', el('h3', '', title, ' ', tally), el('div', 'endpoint-column', endpoints, more_endpoints), el('div', 'subsystem-column', subsystems, none, more));
  return {
    node,
    update({lane, page, last}) {
      say(title, lane.title);
      node.setAttribute('aria-label', lane.title);
      mark(node, 'last', last ? 'yes' : 'no');
      mark(node, 'kind', lane.endpoints.length > 0 ? 'cluster' : 'loose');
      say(tally, [lane.endpoints.length > 0 ? count_of(lane.endpoints.length, 'discovery service') : '', count_of(lane.subsystems.length, 'subsystem')].filter(Boolean).join(', '));
      const some_endpoints = shortened(lane.endpoints, kEndpointsShown + (lane_limits.get('endpoints ' + lane.key) ?? 0), more_endpoints, (n) => 'Show ' + n + ' more services');
      keyed(endpoints, some_endpoints.map((endpoint) => ({endpoint, page})), (row) => row.endpoint.key, endpoint_view);
      const some = shortened(lane.shown, (page.shown_subsystems > kMany ? kSubsystemsShownOfMany : kSubsystemsShown) + (lane_limits.get('subsystems ' + lane.key) ?? 0), more, (n) => 'Show more: ' + count_of(n, 'subsystem') + ' not shown');
      keyed(subsystems, some.map((subsystem) => ({subsystem, page})), (row) => row.subsystem.key, subsystem_view);
      show(none, lane.shown.length === 0);
      say(none, lane.subsystems.length > 0 ? 'No subsystem here fits the filter.' : lane.endpoints.some((e) => e.log) ? 'Its services list no subsystem.' : 'No log page has been read yet.');
    },
  };
}

const kFilters = {
  all: {label: 'All', fits: () => true},
  trouble: {label: 'Trouble', fits: (s) => s.standing === 'lost' || s.standing === 'reduced' || s.purged},
  lost: {label: 'No path', fits: (s) => s.standing === 'lost'},
  edge: {label: 'One failure away', fits: (s) => s.at_the_edge},
  unlisted: {label: 'Not listed', fits: (s) => s.paths.some((p) => !p.desired)},
};

/// Sets `shown` on lanes and subsystems: what search and filter leave.
function apply_filter(page) {
  const {words, filter} = page;
  const fits = kFilters[filter].fits;
  for (const lane of page.lanes) {
    lane.shown = lane.subsystems.filter((s) => {
      if (!fits(s)) return false;
      const rest = words.filter((word) => !s.text.includes(word) && !lane.text.includes(word) && !lane.services.has(word));
      s.shown = rest.length === 0 ? s.paths : s.paths.filter((p) => rest.every((word) => p.text.includes(word)));
      return s.shown.length > 0;
    });
  }
}

/// Lanes without anything to show go away while there is a search or a filter.
function render_lanes(page) {
  apply_filter(page);
  const narrowed = page.words.length > 0 || page.filter !== 'all';
  const fitting = page.lanes.filter((lane) => !narrowed || lane.shown.length > 0);
  page.shown_subsystems = fitting.reduce((n, lane) => n + lane.shown.length, 0);
  const lanes = shortened(fitting, lanes_limit, by_id('more-lanes'), (n) => 'Show ' + count_of(n, 'more cluster'));
  keyed(by_id('host'), [{page}], () => 'host', host_view);
  keyed(by_id('lanes'), lanes.map((lane, i) => ({lane, page, last: i === lanes.length - 1})), (row) => row.lane.key, lane_view);
  const total = page.subsystems.length;
  say(by_id('fabric-count'), narrowed ? page.shown_subsystems + ' of ' + count_of(total, 'subsystem') : count_of(total, 'subsystem') + ', ' + count_of(page.status.paths.length, 'path'));
  show(by_id('fabric-empty'), lanes.length === 0);
  say(by_id('fabric-empty'), narrowed ? 'Nothing fits the search and the filter.' : 'No discovery service is configured and the kernel has no NVMe/TCP controller.');
}

by_id('more-lanes').addEventListener('click', () => {
  lanes_limit += 10 * kLanesShown;
  page.render_fabric();
});
