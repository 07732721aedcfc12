// node pictures.mjs AGENT FOLDER: the pictures of the README, from the page in AGENT's binary; docs/pictures/make calls it.
import path from 'node:path';
import {launch, open} from './browser.mjs';
import * as documents from './documents.mjs';
import {RealAgent} from './real_agent.mjs';
import {ScriptedAgent, page_of} from './server.mjs';

const kPictures = {
  'page-light': {document: documents.night, width: 1360, height: 1180, scale: 1.5},
  'page-dark': {document: documents.night, width: 1360, height: 1180, scale: 1.5, dark: true, hash: '#without=10.0.0.1&without=10.0.0.2'},
  'page-phone': {document: documents.night, width: 360, height: 780, scale: 2},
  'page-1000-paths': {document: documents.large, width: 1360, height: 1500, scale: 1},
};

const [, , binary, folder] = process.argv;
const agent = new RealAgent(binary);
await agent.start([]);
const page = await page_of(agent.origin);
await agent.stop();
const scripted = await new ScriptedAgent(page).start();
const browser = await launch();
for (const [name, picture] of Object.entries(kPictures)) {
  scripted.document = picture.document;
  const {tab, context} = await open(browser, scripted.origin + '/' + (picture.hash ?? ''), picture);
  await tab.waitForFunction(() => document.body.dataset.renderMs !== undefined);
  await tab.waitForTimeout(300);
  await tab.screenshot({path: path.join(folder, name + '.png')});
  console.log(name + '.png');
  await context.close();
}
await browser.close();
scripted.stop();
