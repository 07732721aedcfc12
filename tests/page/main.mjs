// node main.mjs --agent PATH --target PATH [--only TEXT]: all cases; the exit status says whether every one passed.
import {parseArgs} from 'node:util';
import {launch} from './browser.mjs';
import {run_all} from './check.mjs';
import './pure_test.mjs';
import {add_cases as add_agent_cases} from './agent_test.mjs';
import {add_cases as add_page_cases} from './page_test.mjs';
import {RealAgent} from './real_agent.mjs';
import {page_of} from './server.mjs';

const {values} = parseArgs({options: {agent: {type: 'string'}, target: {type: 'string'}, only: {type: 'string', default: ''}}});
const given = {agent: values.agent, target: values.target};
const agent = new RealAgent(given.agent);
await agent.start([]);
let good = false;
try {
  given.origin = agent.origin;
  given.page = await page_of(agent.origin);
  given.browser = await launch();
  add_page_cases(given);
  add_agent_cases(given);
  good = await run_all(values.only);
} finally {
  await given.browser?.close();
  await agent.stop();
}
process.exitCode = good ? 0 : 1;
