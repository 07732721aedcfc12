// Checks of our own on what assistive technology and tired eyes get: names, roles, headings, contrast, targets.

/// Every fault of the accessibility tree, as Chromium computes it.
export async function tree_faults(tab) {
  const session = await tab.context().newCDPSession(tab);
  const {nodes} = await session.send('Accessibility.getFullAXTree');
  await session.detach();
  const faults = [];
  const roles = new Set();
  for (const node of nodes) {
    if (node.ignored) continue;
    const role = node.role?.value;
    const name = (node.name?.value ?? '').trim();
    roles.add(role);
    if (['button', 'link', 'textbox', 'searchbox', 'radio', 'region', 'heading', 'navigation', 'image', 'columnheader', 'rowheader', 'group'].includes(role) && name === '' && role !== 'group') faults.push(role + ' without a name');
  }
  for (const role of ['banner', 'main', 'contentinfo', 'navigation', 'search', 'status', 'heading', 'region']) if (!roles.has(role)) faults.push('no ' + role);
  return faults;
}

/// Faults that the document itself shows.
export function document_faults(tab) {
  return tab.evaluate(() => {
    const faults = [];
    const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
    for (const id of new Set(ids)) if (ids.filter((other) => other === id).length > 1) faults.push('id ' + id + ' twice');
    for (const e of document.querySelectorAll('[aria-labelledby]')) if (!document.getElementById(e.getAttribute('aria-labelledby'))) faults.push('label of ' + e.id + ' is missing');
    let level = 0;
    for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
      if (!h.checkVisibility()) continue;
      const its = Number(h.tagName[1]);
      if (its > level + 1) faults.push('heading "' + h.textContent + '" skips from h' + level + ' to h' + its);
      level = its;
    }
    if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
    for (const e of document.querySelectorAll('[tabindex]')) if (Number(e.getAttribute('tabindex')) > 0) faults.push('tabindex over 0');
    for (const e of document.querySelectorAll('button, a[href], input')) {
      if (!e.checkVisibility() || e.closest('.skip') || e.type === 'radio') continue;
      const box = e.getBoundingClientRect();
      if (box.width < 24 || box.height < 24) faults.push('target under 24 px: ' + e.textContent + ' ' + box.width + 'x' + box.height);
    }
    if (!document.documentElement.lang) faults.push('no language');
    // States are never told by colour alone: beside each shape stands a word.
    for (const s of document.querySelectorAll('.path, .endpoint, .subsystem')) {
      if (s.checkVisibility() && !s.querySelector('.state, .count')?.textContent) faults.push('a state without a word');
    }
    return faults;
  });
}

/// Text with less contrast than WCAG AA asks for: 4.5:1, 3:1 where it is large.
export function contrast_faults(tab) {
  return tab.evaluate(() => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const paint = canvas.getContext('2d', {willReadFrequently: true});
    const rgba = (text) => {
      paint.clearRect(0, 0, 1, 1);
      paint.fillStyle = text;
      paint.fillRect(0, 0, 1, 1);
      return [...paint.getImageData(0, 0, 1, 1).data];
    };
    const light = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const ground = (e) => {
      for (let at = e; at; at = at.parentElement) {
        const colour = rgba(getComputedStyle(at).backgroundColor);
        if (colour[3] > 250) return colour;
      }
      return [255, 255, 255, 255];
    };
    const faults = new Set();
    let seen = 0;
    for (const e of document.querySelectorAll('body *')) {
      if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility() || e.closest('.unseen, .skip, noscript, script, style')) continue;
      const style = getComputedStyle(e);
      const [a, b] = [light(rgba(style.color)), light(ground(e))].sort((x, y) => y - x);
      const ratio = (a + 0.05) / (b + 0.05);
      const size = parseFloat(style.fontSize);
      const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      seen += 1;
      if (ratio < (large ? 3 : 4.5)) faults.add((e.className || e.tagName) + ' "' + e.textContent.slice(0, 30) + '" ' + ratio.toFixed(2));
    }
    if (seen < 20) faults.add('only ' + seen + ' texts seen');
    return [...faults];
  });
}
