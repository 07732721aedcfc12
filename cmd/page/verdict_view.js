// The top of the page: the verdict, and the table of what is missing, since when, why, what next and when.

const kProblemsShown = 5;
let problems_limit = kProblemsShown;

function problem_view() {
  const sign = shape();
  const where = el('bdi', 'where');
  const what = el('span', 'what');
  const since = el('strong', 'since');
  const since_at = el('span', 'quiet');
  const why = el('bdi', 'why');
  const held = el('span', 'quiet');
  const next = el('strong', 'next');
  const next_at = el('span', 'quiet');
  const cell = (label, ...children) => {
    const node = el('td', '', el('span', 'lines', ...children));
    node.dataset.label = label;
    return node;
  };
  const head = el('th', '', el('span', 'cause', sign, el('span', 'lines', where, what)));
  head.scope = 'row';
  const node = el('tr', '', head, cell('Since', since, since_at), cell('Why', why, held), cell('Next', next, next_at));
  let named = null;
  return {
    node,
    update({problem, now, elapsed}) {
      mark(sign, 'shape', problem.lost > 0 ? 'bad' : problem.shape);
      say(where, problem.where + (problem.from ? ' from ' + problem.from : '') + (problem.via ? ' via ' + problem.via : ''));
      const names = [...problem.subsystems.values()];
      const text = problem.kind === 'endpoint'
        ? 'discovery service' + (problem.name ? ' ' + problem.name : '') + (problem.group && problem.group !== problem.where ? ' of ' + problem.group : '')
        : (problem.state === 'missing' ? '' : problem.state + ', ') + count_of(problem.items, 'path') + ' to ';
      const key = text + names.join(' ') + problem.lost;
      if (named !== key) {
        named = key;
        what.replaceChildren(text);
        if (names.length === 1) what.append(nqn_el(names[0]));
        if (names.length > 1) what.append(count_of(names.length, 'subsystem'));
        if (problem.lost > 0) what.append(' ', el('em', 'tag bad', names.length === 1 ? 'no path left' : problem.lost + ' without any path'));
      }
      say(since, problem.since > 0 ? about(problem.since + elapsed) : 'not known');
      say(since_at, problem.since > 0 ? clock_time(now - (problem.since + elapsed) * 1000, now) : '');
      say(why, problem.why || 'no reason given');
      say(held, (problem.hold ? problem.hold.reason : '') + (problem.failures > 1 ? (problem.hold ? ', ' : '') + problem.failures + ' failures in a row' : ''));
      say(next, next_of(problem.hold, elapsed));
      const due = problem.hold?.until;
      say(next_at, due !== null && due !== undefined && due > elapsed ? 'at ' + clock_time(now + (due - elapsed) * 1000, now) : '');
    },
  };
}

/// Words that count down; called every second.
function render_problems(page) {
  const {now, elapsed} = page.clock();
  const shown = shortened(page.problems, problems_limit, by_id('more-problems'), (n) => 'Show ' + n + ' more');
  keyed(by_id('problem-rows'), shown.map((problem) => ({problem, now, elapsed})), (row) => row.problem.key, problem_view);
  show(by_id('problems'), page.problems.length > 0);
}

/// The tab says it too: a word and a shape, for people with twenty tabs.
function render_tab(sign, headline, host) {
  const title = headline + ' · discovery-client' + (host ? ' · ' + host : '');
  if (document.title !== title) document.title = title;
  const icon = by_id('icon');
  if (icon.dataset.sign === sign) return;
  icon.dataset.sign = sign;
  const picture = {
    ok: '<circle cx="8" cy="8" r="7" fill="%2315795a"/>', waiting: '<circle cx="8" cy="8" r="6" fill="none" stroke="%234a6fa5" stroke-width="3"/>',
    degraded: '<path d="M8 1l7.5 14H.5z" fill="%23b7791f"/>', lost: '<path d="M2 2l12 12M14 2L2 14" stroke="%23c2362b" stroke-width="4"/>',
  }[sign];
  icon.href = 'data:image/svg+xml,<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">' + picture + '</svg>';
}

function render_verdict(page) {
  const verdict = verdict_of(page.status, page.subsystems);
  if (page.outdated) {  // an old picture must not look like an all-clear
    verdict.sign = 'waiting';
    verdict.headline = 'Last known: ' + verdict.headline.charAt(0).toLowerCase() + verdict.headline.slice(1);
  }
  document.body.dataset.level = verdict.sign;
  set_attribute(by_id('sign'), 'href', '#sign-' + verdict.sign);
  say(by_id('headline'), verdict.headline);
  say(by_id('subline'), verdict.subline);
  render_tab(verdict.sign, verdict.headline, page.status.hostnqn.split(':').pop().slice(0, 8));
  render_problems(page);
}

by_id('more-problems').addEventListener('click', () => {
  problems_limit = Infinity;
  render_problems(page);
});
