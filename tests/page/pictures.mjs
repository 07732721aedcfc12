// node pictures.mjs AGENT FOLDER: the pictures of the README, from the page and the commands of AGENT's binary; docs/pictures/make calls it.
import {execFile} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {ansi_to_svg} from './ansi_to_svg.mjs';
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
// The program on a terminal of its own (script, of Debian's bsdutils), since it colours nothing else.
const kTables = {
  'status': {document: documents.night, words: 'status', lines: 34},
  'status-without': {document: documents.night, words: 'status --without 10.0.0.1 --without 10.0.0.2', lines: 24},
  'why': {document: documents.night, words: 'why 10.0.0.3', lines: 21},
};
for (const [name, {document, words, lines}] of Object.entries(kTables)) {
  scripted.document = document;
  const command = [binary, words, '--endpoint', new URL(scripted.origin).host].join(' ');
  const shown = await promisify(execFile)('script', ['-qefc', command, '/dev/null'], {env: {PATH: process.env.PATH, TERM: 'xterm'}}).catch((ended) => ended);
  fs.writeFileSync(path.join(folder, name + '.svg'), ansi_to_svg(shown.stdout, {prompt: 'discovery-client ' + words, lines}));
  console.log(name + '.svg');
}
scripted.stop();
