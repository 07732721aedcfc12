// The page in Chromium against scripted /status documents: what is on screen follows the document, and nothing else happens.
import http from 'node:http';
import * as accessibility from './accessibility.mjs';
import {assert, eventually, test} from './check.mjs';
import {open} from './browser.mjs';
import * as documents from './documents.mjs';
import {ScriptedAgent} from './server.mjs';

/// Adds the cases; `given` has the browser and the real agent's page once they run.
export function add_cases(given) {
  // One scripted agent and one page a case; whatever must never happen is looked for at its end.
  const with_page = (document, options, body) => async () => {
    const agent = await new ScriptedAgent(given.page).start();
    agent.document = document;
    const {tab, context, seen} = await open(given.browser, agent.origin + '/' + (options.hash ?? ''), options);
    try {
      if (!options.no_wait) await tab.waitForFunction(() => document.body.dataset.renderMs !== undefined, null, {timeout: 30000});
      await body(tab, agent, seen);
      assert.deepEqual(seen.faults, []);
      assert.deepEqual(await tab.evaluate(() => window.violations), []);
      assert.equal(await tab.evaluate(() => window.pwned), undefined);
    } finally {
      await context.close();
      agent.stop();
    }
  };
  const text = (tab, selector) => tab.locator(selector).first().innerText();
  const count = (tab, selector) => tab.locator(selector).count();
  const subsystem = (tab, name) => tab.locator('.subsystem', {hasText: name});

  test('headers: a strict policy with hashes, nothing cached, nothing framed', async () => {
    const {status, headers, body} = given.page;
    assert.equal(status, 200);
    assert.match(headers['content-type'], /^text\/html; charset=utf-8$/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], 'no-store');
    const policy = headers['content-security-policy'];
    for (const part of ["default-src 'none'", "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "trusted-types 'none'"]) assert.ok(policy.includes(part), part);
    assert.match(policy, /script-src 'sha256-[A-Za-z0-9+/]{43}='; style-src 'sha256-[A-Za-z0-9+/]{43}=';/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    assert.doesNotMatch(body, /\son[a-z]+=|style="|innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
  });

  test('a foreign Host header gets no page', async () => {
    const {hostname, port} = new URL(given.origin);
    const answer = await new Promise((resolve, reject) => {
      http.get({hostname, port, path: '/', headers: {Host: 'rebound.example:' + port}}, (response) => {
        let body = '';
        response.on('data', (data) => { body += data; }).on('end', () => resolve({type: response.headers['content-type'], body}));
      }).on('error', reject);
    });
    assert.match(answer.type, /^text\/plain/);
    assert.doesNotMatch(answer.body, /<html/);
  });

  test('the policy is enforced: scripts, styles, markup and requests of others are refused', async () => {
    const agent = await new ScriptedAgent(given.page).start();
    agent.document = documents.calm;
    const {tab, context} = await open(given.browser, agent.origin + '/');
    const tried = await tab.evaluate(async () => {
      const refused = [];
      const attempt = async (what, run) => { try { await run(); } catch { refused.push(what); } };
      await attempt('script', () => { const s = document.createElement('script'); s.textContent = 'window.pwned = 1'; document.head.append(s); });
      await attempt('markup', () => { document.body.innerHTML = '<b>x</b>'; });
      await attempt('fetch', () => fetch('http://127.0.0.2:1/'));
      const styled = document.createElement('p');
      styled.setAttribute('style', 'color: rgb(1, 2, 3)');
      document.body.append(styled);
      if (getComputedStyle(styled).color !== 'rgb(1, 2, 3)') refused.push('style');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return {refused, pwned: window.pwned, violations: window.violations.length};
    });
    await context.close();
    agent.stop();
    assert.deepEqual(tried.refused, ['script', 'markup', 'fetch', 'style']);
    assert.equal(tried.pwned, undefined);
    assert.ok(tried.violations >= 3);
  });

  test('states change on screen when the document changes', with_page(documents.calm, {}, async (tab, agent) => {
    assert.equal(await text(tab, '#headline'), 'All 6 paths are live');
    assert.equal(await tab.locator('#problems').isVisible(), false);
    assert.match(await tab.title(), /^All 6 paths are live/);
    await tab.evaluate(() => { window.kept = document.querySelector('.subsystem'); });

    agent.document = () => {
      const next = documents.calm();
      Object.assign(next.paths[1], documents.missing(90, 'connect: connection refused', 3, 5.2));
      next.history = [documents.change(Date.now() - 90000, 'path ' + next.paths[1].subnqn + ' at 10.0.0.2:4420', 'live', 'missing', 'the kernel gave it up')];
      return documents.status(next);
    };
    await eventually('the headline', async () => (await text(tab, '#headline')) === '1 of 6 paths is missing');
    const row = tab.locator('#problem-rows tr');
    assert.equal(await row.count(), 1);
    const words = await row.innerText();
    for (const part of ['10.0.0.2:4420', 'vol-orders', '90 s', 'connection refused', 'next try in', 'backoff, 3 failures in a row']) assert.ok(words.includes(part), part + ' in ' + words);
    const broken = subsystem(tab, 'vol-orders');
    assert.match(await broken.innerText(), /1 of 2 paths/);
    assert.equal(await broken.locator('.path[data-shape=bad] .state').innerText(), 'missing');
    assert.equal(await tab.evaluate(() => document.body.dataset.level), 'degraded');
    assert.match(await text(tab, '#change-rows'), /live → missing/);

    agent.document = () => documents.status({...documents.calm(), paths: documents.calm().paths.filter((p) => !p.subnqn.endsWith('archive'))});
    await eventually('a subsystem less', async () => (await count(tab, '.subsystem')) === 2);
    assert.equal(await text(tab, '#headline'), 'All 4 paths are live');
  }));

  test('the verdict is announced when it changes, not each second', with_page(documents.night, {}, async (tab) => {
    assert.equal(await tab.getAttribute('#verdict-words', 'aria-live'), 'polite');
    const changes = await tab.evaluate(async () => {
      let seen = 0;
      new MutationObserver((list) => { seen += list.length; }).observe(document.getElementById('verdict-words'), {subtree: true, childList: true, characterData: true});
      await new Promise((resolve) => setTimeout(resolve, 5000));
      return seen;
    });
    assert.equal(changes, 0);
  }));

  test('countdowns count down between two answers', with_page(documents.night, {}, async (tab, agent) => {
    agent.failing = 'hang';
    const first = await text(tab, '.next');
    await eventually('another number', async () => (await text(tab, '.next')) !== first);
    agent.failing = null;
  }));

  test('the picture: host, services, subsystems, paths, holds with reasons and next try', with_page(documents.night, {}, async (tab) => {
    assert.match(await text(tab, '.host'), /uuid:5a1d6c6e/);
    assert.deepEqual(await tab.locator('.lane > h3 bdi').allInnerTexts(), ['cluster1', 'archive', 'Not listed by any service']);
    assert.equal(await count(tab, '.endpoint'), 5);
    const down = tab.locator('.endpoint[data-shape=bad]');
    assert.match(await down.innerText(), /10\.0\.0\.3:8009[^]*no session for 4 min[^]*referral of 10\.0\.0\.1:8009[^]*connection refused[^]*next try in/);
    assert.match(await subsystem(tab, 'vol-scratch').innerText(), /no path left[^]*0 of 1 path[^]*missing[^]*connection refused[^]*next try in 1\d s[^]*backoff/);
    assert.match(await subsystem(tab, 'archive-2025').innerText(), /connecting[^]*the kernel reconnects by itself/);
    assert.match(await subsystem(tab, 'vol-retired').innerText(), /not listed[^]*live, not listed/);
    for (const part of ['archive.conf:5:12', 'did you mean --persistent?', 'Log page entry refused', 'entry 4 of 10.1.0.2:8009', 'nvmf-autoconnect']) assert.ok((await text(tab, '#note-rows')).includes(part), part);
  }));

  test('hostile strings stay text', with_page(documents.hostile, {}, async (tab, agent) => {
    assert.equal(await count(tab, 'main img, main script, main a'), 0);
    assert.ok((await tab.locator('body').innerText()).includes('<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>\\u202etxt.exe\\u0007\\u200b'));
    assert.ok(!(await tab.locator('body').innerText()).includes('\u202e'));
    await tab.locator('.leg').last().click();
    const asked = agent.asked;
    await eventually('another poll', () => agent.asked > asked + 1);
    assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'no sideways scrolling');
  }));

  test('a link can carry hostile choices', with_page(documents.calm, {hash: '#q=%3Cimg%20src%3Dx%3E&show=__proto__&without=%3Cscript%3E&without=10.0.0.1'}, async (tab) => {
    assert.equal(await tab.inputValue('#query'), '<img src=x>');
    assert.match(await text(tab, '#what-if-answer'), /<script> and 10\.0\.0\.1/);
    assert.match(await text(tab, '#fabric-empty'), /Nothing fits/);
  }));

  test('search and filter', with_page(documents.night, {}, async (tab) => {
    await tab.fill('#query', 'vol-mail 10.0.0.3');
    assert.equal(await count(tab, '.subsystem'), 1);
    assert.equal(await count(tab, '.path'), 1);
    assert.match(await text(tab, '#fabric-count'), /^1 of 10 subsystems$/);
    await tab.fill('#query', 'nvme15');
    assert.match(await text(tab, '.subsystem'), /archive-2025/);
    await tab.fill('#query', '');
    await tab.getByText('No path', {exact: true}).click();
    assert.equal(await count(tab, '.subsystem'), 1);
    assert.match(await tab.evaluate(() => location.hash), /^#show=lost$/);
    await tab.getByText('Trouble', {exact: true}).click();
    assert.equal(await count(tab, '.subsystem'), 7);
    await tab.getByText('One failure away', {exact: true}).click();
    assert.equal(await count(tab, '.subsystem'), 2);
  }));

  test('collapse: one, all, none; what a person folded stays so', with_page(documents.night, {}, async (tab, agent) => {
    await tab.click('#fold-all');
    assert.equal(await count(tab, '.path'), 0);
    assert.equal(await tab.locator('.pips .shape').count(), 23);
    await subsystem(tab, 'vol-mail').getByRole('button').click();
    assert.equal(await count(tab, '.path'), 3);
    const asked = agent.asked;
    await eventually('two polls', () => agent.asked > asked + 1);
    assert.equal(await count(tab, '.path'), 3);
    await tab.click('#open-all');
    assert.equal(await count(tab, '.path'), 23);
  }));

  test('what if: the answer, the picture and the link', with_page(documents.night, {}, async (tab) => {
    assert.match(await text(tab, '#edge'), /^2 subsystems are one failure away/);
    await tab.locator('.leg', {hasText: '10.0.0.1'}).click();
    assert.match(await text(tab, '#what-if-answer'), /^Safe without 10\.0\.0\.1: every subsystem that has a path keeps one\./);
    assert.equal(await count(tab, '.path[data-shape=gone]'), 5);
    assert.match(await subsystem(tab, 'vol-mail').innerText(), /2 of 3 paths → 1/);
    await tab.locator('.leg', {hasText: '10.0.0.2'}).click();
    assert.match(await text(tab, '#what-if-answer'), /^Not safe without 10\.0\.0\.1 and 10\.0\.0\.2: 6 subsystems lose their last path\.[^]*No discovery service left for cluster1/);
    assert.match(await subsystem(tab, 'vol-mail').innerText(), /would lose its last path/);
    assert.equal(await tab.evaluate(() => location.hash), '#without=10.0.0.1&without=10.0.0.2');
    await tab.click('#what-if-clear');
    assert.equal(await count(tab, '[data-shape=gone]:not(.legend *)'), 0);
    assert.equal(await text(tab, '#what-if-answer'), '');
  }));

  test('changes: newest first, many at once are one row, the strip tells the same in words', with_page(documents.night, {}, async (tab) => {
    const rows = await tab.locator('.change').allInnerTexts();
    assert.match(rows[0], /live → connecting[^]*archive-2025/);
    const group = tab.locator('.change', {hasText: '6 paths'});
    await group.locator('summary').click();
    await eventually('all six', async () => (await group.locator('li').count()) === 6);  // toggle events come later
    assert.match(await tab.locator('#strip svg').getAttribute('aria-label'), /^In the last hour: \d+ came, \d+ went, 0 other$/);
  }));

  test('an agent that does not answer: said so with the time, last picture kept, slower and slower, back at once', with_page(documents.calm, {}, async (tab, agent, seen) => {
    seen.failing_is_fine = true;
    agent.failing = 'refuse';
    await eventually('the outage', () => tab.locator('#outage').isVisible());
    assert.match(await text(tab, '#outage'), /^The agent has not answered since \d\d:\d\d:\d\d \(connection refused or lost\)\. Below is the last picture\.$/);
    assert.equal(await tab.getAttribute('#outage', 'role'), 'alert');
    assert.equal(await text(tab, '#headline'), 'Last known: all 6 paths are live');
    assert.equal(await count(tab, '.subsystem'), 3);
    assert.match(await text(tab, '#fresh-text'), /^asking/);
    const asked = agent.asked;
    await new Promise((resolve) => setTimeout(resolve, 6500));
    assert.ok(agent.asked - asked <= 2, 'asked ' + (agent.asked - asked) + ' times in 6.5 s');
    agent.failing = null;
    await tab.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
    await eventually('back', async () => !(await tab.locator('#outage').isVisible()));
    assert.equal(await text(tab, '#fresh-text'), 'live');
    assert.equal(await text(tab, '#headline'), 'All 6 paths are live');
  }));

  test('an agent that has nothing to show yet', with_page(documents.calm, {no_wait: true}, async (tab, agent, seen) => {
    seen.failing_is_fine = true;
    agent.failing = 503;
    await tab.reload();
    await eventually('the reason', async () => /has not looked at anything yet/.test(await text(tab, '#outage')));
    assert.equal(await text(tab, '#headline'), 'The agent does not answer');
    agent.failing = null;
    await eventually('the picture', async () => (await text(tab, '#headline')) === 'All 6 paths are live');
  }));

  test('answers that are no status', with_page(documents.calm, {}, async (tab, agent, seen) => {
    seen.failing_is_fine = true;
    agent.document = () => [1, 2];
    await eventually('the reason', async () => (await tab.locator('#outage').isVisible()) && /no status/.test(await text(tab, '#outage')));
    assert.equal(await count(tab, '.subsystem'), 3);
  }));

  test('a hidden page asks seldom, and at once when it is looked at', with_page(documents.calm, {}, async (tab, agent) => {
    await tab.evaluate(() => Object.defineProperty(document, 'hidden', {configurable: true, get: () => true}));
    let asked = agent.asked;
    await eventually('the last quick poll', () => agent.asked > asked);
    await new Promise((resolve) => setTimeout(resolve, 300));
    asked = agent.asked;
    await new Promise((resolve) => setTimeout(resolve, 5000));
    assert.equal(agent.asked, asked);
    await tab.evaluate(() => {
      Object.defineProperty(document, 'hidden', {configurable: true, get: () => false});
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await eventually('a poll at once', () => agent.asked > asked, 1500);
  }));

  test('1,000 paths: drawn, bounded, searchable', with_page(() => given.large ??= documents.large(), {}, async (tab) => {
    assert.equal(await text(tab, '#headline'), '10 of 1000 paths are missing');
    const first = Number(await tab.evaluate(() => document.body.dataset.renderMs));
    const nodes = await count(tab, '*');
    await tab.click('#open-all');
    assert.equal(await count(tab, '.path'), 1000);
    const open_ms = await tab.evaluate(() => { const began = performance.now(); document.getElementById('fold-all').click(); document.getElementById('open-all').click(); document.body.getBoundingClientRect(); return Math.round(performance.now() - began); });
    console.log('      1,000 paths: ' + first + ' ms and ' + nodes + ' elements folded; ' + open_ms + ' ms to fold and open everything');
    assert.ok(nodes < 12000 && first < 3000, 'nodes ' + nodes + ', ' + first + ' ms');
    await tab.fill('#query', 'tenant-123');
    assert.equal(await count(tab, '.subsystem'), 1);
    await tab.fill('#query', '');
    await tab.getByText('Trouble', {exact: true}).click();
    assert.equal(await count(tab, '.subsystem'), 7);
    assert.equal(await tab.locator('#more-addresses').isVisible(), true);
  }));

  test('10,000 paths in 50 clusters: only the worst are drawn at once, all can be found', with_page(() => given.huge ??= documents.large(2500, 4), {}, async (tab) => {
    console.log('      10,000 paths: ' + await tab.evaluate(() => document.body.dataset.renderMs) + ' ms');
    assert.equal(await count(tab, '.lane'), 40);
    assert.ok((await count(tab, '.subsystem')) <= 800);
    assert.match(await text(tab, '#more-lanes'), /^Show 10 more clusters$/);
    await tab.fill('#query', 'tenant-2499');
    assert.equal(await count(tab, '.subsystem'), 1);
  }));

  for (const [name, document] of [['in trouble', documents.night], ['calm', documents.calm], ['hostile', documents.hostile]]) {
    test('a phone, 360 px, ' + name + ': nothing sideways, nothing cut', with_page(document, {width: 360, height: 740}, async (tab) => {
      assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= 360), 'no sideways scrolling');
      const cut = await tab.evaluate(() => [...document.querySelectorAll('main bdi, main .state, main .count, main strong, main button, main input')].filter((e) => e.checkVisibility() && !e.closest('.unseen') && e.type !== 'radio').filter((e) => { const box = e.getBoundingClientRect(); return box.width > 0 && (box.left < 0 || box.right > 361); }).map((e) => e.className + ' ' + e.textContent));
      assert.deepEqual(cut, []);
    }));
  }

  test('light and dark follow the system', with_page(documents.calm, {}, async (tab) => {
    const ground = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.equal(await ground(), 'rgb(243, 245, 244)');
    await tab.emulateMedia({colorScheme: 'dark'});
    assert.equal(await ground(), 'rgb(14, 20, 18)');
  }));

  for (const [name, document, hash] of [['night', documents.night, '#without=10.0.0.1&without=10.0.0.2'], ['calm', documents.calm, '#without=10.0.0.1']]) {
    for (const dark of [false, true]) {
      test('contrast, ' + name + ', ' + (dark ? 'dark' : 'light') + ': WCAG AA', with_page(document, {dark, hash}, async (tab) => assert.deepEqual(await accessibility.contrast_faults(tab), [])));
    }
    test('names, roles, headings, targets: ' + name, with_page(document, {hash}, async (tab) => {
      assert.deepEqual(await accessibility.tree_faults(tab), []);
      assert.deepEqual(await accessibility.document_faults(tab), []);
    }));
  }

  test('keyboard: skip link, search, filter, fold, what-if, and the focus survives polls', with_page(documents.night, {}, async (tab, agent) => {
    const focused = () => tab.evaluate(() => { const e = document.activeElement; return (e.id || e.className || e.tagName) + (e.value ? ' ' + e.value : ''); });
    await tab.keyboard.press('Tab');
    assert.equal(await focused(), 'skip');
    assert.ok(await tab.evaluate(() => document.activeElement.getBoundingClientRect().left >= 0), 'the skip link shows when it has the focus');
    await tab.keyboard.press('Enter');
    assert.equal(await focused(), 'fabric');
    const order = [];
    for (let i = 0; i < 5; ++i) {
      await tab.keyboard.press('Tab');
      order.push(await focused());
    }
    assert.deepEqual(order, ['open-all', 'fold-all', 'query', 'INPUT all', 'fold']);
    const fold = tab.locator('.fold').first();
    const asked = agent.asked;
    await tab.keyboard.press('Enter');
    assert.equal(await fold.getAttribute('aria-expanded'), 'false');
    await eventually('two polls', () => agent.asked > asked + 1);
    assert.equal(await focused(), 'fold');
    await tab.keyboard.press('Space');
    assert.equal(await fold.getAttribute('aria-expanded'), 'true');
    await tab.focus('input[value=all]');
    await tab.keyboard.press('ArrowRight');
    assert.equal(await focused(), 'INPUT trouble');
    assert.equal(await count(tab, '.subsystem'), 7);
    await tab.locator('.leg').first().focus();
    await tab.keyboard.press('Space');
    assert.equal(await tab.locator('.leg').first().getAttribute('aria-pressed'), 'true');
    assert.ok(await tab.evaluate(() => getComputedStyle(document.activeElement).outlineStyle !== 'none'), 'the focus is visible');
  }));

  test('reduced motion: nothing moves', with_page(documents.calm, {reduced: true}, async (tab) => {
    assert.equal(await tab.evaluate(() => document.getAnimations().length), 0);
  }));
}
