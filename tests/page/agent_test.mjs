// The page, the real agent and the project's own discovery target: what changes in the target changes on screen.
import {assert, eventually, test} from './check.mjs';
import {open} from './browser.mjs';
import {RealAgent, Target, free_port} from './real_agent.mjs';

export function add_cases(given) {
  test('real agent: a subsystem that the target adds appears, its path comes and goes with sysfs', async () => {
    const one = 'nqn.2024-01.com.example:one';
    const two = 'nqn.2024-01.com.example:two';
    const portal = await free_port();
    const target = await new Target(given.target).start('--entry', 'tcp,ipv4,127.0.0.1,' + portal + ',' + one, '--self');
    const agent = new RealAgent(given.agent);
    agent.controller(0, portal, one, 'live');
    let context;
    try {
      await agent.start(['--transport=tcp --traddr=127.0.0.1 --trsvcid=' + target.port + ' --nqn=cluster1']);
      const opened = await open(given.browser, agent.origin + '/');
      const {tab, seen} = opened;
      context = opened.context;
      seen.failing_is_fine = true;  // 503 before the first pass
      const says = (selector, words) => eventually(selector + ' says ' + words, async () => words.test(await tab.locator(selector).first().innerText()) || await tab.locator(selector).first().innerText());
      await says('#headline', /^The one path is live$/);
      await says('.endpoint', new RegExp('127\\.0\\.0\\.1:' + target.port + '[^]*session up'));

      target.say('add tcp,ipv4,127.0.0.1,' + portal + ',' + two);
      target.say('aen');
      await says('#headline', /^1 of 2 paths is missing$/);
      await says('.subsystem[data-standing=lost]', /two[^]*0 of 1 path[^]*missing/);
      await says('#problem-rows', new RegExp('127\\.0\\.0\\.1:' + portal + '[^]*two[^]*(refused|nvme-fabrics)'));

      agent.controller(1, portal, two, 'live');
      await says('#headline', /^All 2 paths are live$/);
      agent.controller(0, portal, one, 'connecting');
      await says('.subsystem[data-standing=lost]', /one[^]*connecting/);
      await says('#change-rows', /live → connecting/);
      // The history is the agent's: a page that is opened afterwards has it from the start.
      const later = await open(given.browser, agent.origin + '/');
      try {
        await eventually('a later page knows what it did not see', async () => /live → connecting/.test(await later.tab.locator('#change-rows').innerText()) && /first sync/.test(await later.tab.locator('#change-rows').innerText()));
      } finally {
        await later.context.close();
      }
      target.stop();
      await says('.endpoint', /no session/);
      assert.deepEqual(seen.faults, []);
      assert.deepEqual(await tab.evaluate(() => window.violations), []);
    } finally {
      await context?.close();
      target.stop();
      await agent.stop();
    }
  });
}
