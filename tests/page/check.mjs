// The test runner: named cases one after the other, each with its own page; a case fails by throwing.
import assert from 'node:assert/strict';

export {assert};
const cases = [];
export function test(name, body) { cases.push({name, body}); }

/// Runs every case whose name has `only` in it; prints a line each, and at the end "N passed, N failed".
export async function run_all(only = '') {
  let passed = 0;
  let failed = 0;
  for (const {name, body} of cases) {
    if (!name.includes(only)) continue;
    const began = Date.now();
    try {
      await body();
      passed += 1;
      console.log('PASS  ' + name + ' (' + (Date.now() - began) + ' ms)');
    } catch (error) {
      failed += 1;
      console.log('FAIL  ' + name + '\n      ' + String(error.stack ?? error).split('\n').slice(0, 12).join('\n      '));
    }
  }
  console.log(passed + ' passed, ' + failed + ' failed');
  return failed === 0 && passed > 0;
}

/// Waits until `probe()` is true; the deadline is for slow machines, not a measurement.
export async function eventually(what, probe, ms = 30000) {
  const end = Date.now() + ms;
  let last;
  while (Date.now() < end) {
    try {
      last = await probe();
      if (last === true) return;
    } catch (error) {
      last = error.message;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.fail('not within ' + ms / 1000 + ' s: ' + what + '; last: ' + JSON.stringify(last));
}
