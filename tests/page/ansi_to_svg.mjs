// What a terminal shows as an SVG: the few escapes that cmd/table.cc writes, nothing else. Pure.

const kColours = {31: '#f47067', 32: '#57ab5a', 33: '#daaa3f'};
const kWidth = 8.4;  // of a character in a 14 px monospace font
const kLine = 20;
const kColumns = 132;

const escaped = (text) => text.replace(/[&<>"]/g, (c) => ({'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;'})[c]);

/// [[{text, style}]] by line.
function spans_of(text) {
  const lines = [[]];
  let style = '';
  for (const part of text.replace(/\r/g, '').split(/(\x1b\[\d+m|\n)/)) {
    const escape = /^\x1b\[(\d+)m$/.exec(part);
    if (part === '\n') lines.push([]);
    else if (escape) style = escape[1] === '0' ? '' : escape[1] === '1' ? 'font-weight="bold"' : escape[1] === '2' ? 'opacity="0.6"' : 'fill="' + kColours[escape[1]] + '"';
    else if (part) lines.at(-1).push({text: part, style});
  }
  return lines;
}

/// The first `lines` lines, below the prompt; longer lines are cut at 132 columns.
export function ansi_to_svg(text, {prompt, lines}) {
  const all = spans_of(text.trimEnd());
  const shown = [[{text: '$ ' + prompt, style: 'font-weight="bold"'}], ...all.slice(0, lines)];
  if (all.length > lines) shown.push([{text: '…', style: 'opacity="0.6"'}]);
  const height = shown.length * kLine + 32;
  const rows = shown.map((spans, i) => {
    let column = 0;
    const pieces = spans.map((span) => {
      const room = Math.max(0, kColumns - column);
      const words = span.text.length > room ? span.text.slice(0, Math.max(0, room - 1)) + '…' : span.text;
      const piece = room === 0 ? '' : `<tspan x="${(16 + column * kWidth).toFixed(1)}" ${span.style}>${escaped(words)}</tspan>`;
      column += span.text.length;
      return piece;
    });
    return `<text y="${32 + i * kLine}" xml:space="preserve">${pieces.join('')}</text>`;
  });
  const width = Math.ceil(kColumns * kWidth + 32);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(prompt)}">
<rect width="100%" height="100%" rx="8" fill="#1c2128"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14" fill="#adbac7">
${rows.join('\n')}
</g>
</svg>
`;
}
