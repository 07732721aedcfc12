// Debian's Chromium, without a profile and without any request of its own; each opened page collects what must not happen.
import {chromium} from 'playwright-core';

export const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';

export function launch() {
  return chromium.launch({
    executablePath: kChromium,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--disable-dev-shm-usage', '--hide-scrollbars'],
  });
}

/// Opens `url`; `seen.faults` has every request elsewhere, policy violation, console error and uncaught exception.
export async function open(browser, url, {width = 1360, height = 900, dark = false, reduced = true, scale = 1} = {}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: dark ? 'dark' : 'light', reducedMotion: reduced ? 'reduce' : 'no-preference', deviceScaleFactor: scale, timezoneId: 'UTC', serviceWorkers: 'block'});
  const origin = new URL(url).origin;
  const seen = {faults: [], requests: [], failing_is_fine: false};
  context.on('request', (request) => {
    seen.requests.push(request.url());
    const its = new URL(request.url());
    if (its.protocol !== 'data:' && (its.origin !== origin || (its.pathname !== '/' && its.pathname !== '/status'))) seen.faults.push('request to ' + request.url());
  });
  await context.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => window.violations.push(event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
  });
  const tab = await context.newPage();
  tab.on('pageerror', (error) => seen.faults.push('exception: ' + error.message));
  tab.on('console', (message) => {
    if (message.type() === 'error' && !(seen.failing_is_fine && /Failed to load resource/.test(message.text()))) seen.faults.push('console: ' + message.text());
  });
  await tab.goto(url);
  return {tab, context, seen};
}
