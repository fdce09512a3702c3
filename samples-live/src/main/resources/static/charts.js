// Small drawings in SVG. Each takes an element, and replaces what is in it.

const SVG = 'http://www.w3.org/2000/svg';

function draw(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** Calls of each second as stacked bars: answered, failed, ended on this side. */
export function traffic(into, seconds) {
  const width = 480, height = 96, left = 26, bottom = 14;
  const most = Math.max(10, ...seconds.map(s => s.ok + s.failed + s.shed));
  const half = niceHalf(most);
  const top = 2 * half;
  const scale = (height - bottom - 6) / top;
  const step = (width - left) / seconds.length;
  const svg = draw('svg', {viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true'});
  for (const value of [0, half, top]) {
    const y = height - bottom - value * scale;
    svg.append(draw('line', {class: 'grid', x1: left, x2: width, y1: y, y2: y}));
    svg.append(draw('text', {x: left - 5, y: y + 4, 'text-anchor': 'end'}, value));
  }
  seconds.forEach((second, i) => {
    let y = height - bottom;
    for (const part of ['ok', 'shed', 'failed']) {
      const tall = second[part] * scale;
      if (tall === 0) continue;
      y -= tall;
      svg.append(draw('rect', {class: part, x: left + i * step + .6, y, width: step - 1.2, height: tall}));
    }
  });
  svg.append(draw('text', {x: left, y: height - 1}, `${seconds.length} s ago`));
  svg.append(draw('text', {x: width, y: height - 1, 'text-anchor': 'end'}, 'now'));
  into.replaceChildren(svg);
}

/** Half of a scale that ends a little above the value, as round as it can be. */
function niceHalf(most) {
  const unit = 10 ** Math.floor(Math.log10(most / 2));
  return [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].map(factor => factor * unit).find(half => 2 * half >= most * 0.97);
}

/** Counts for each bucket, the two outcomes side by side, on a logarithmic scale. */
export function histogram(into, buckets) {
  const width = 480, height = 176, bottom = 32, top = 16;
  const most = Math.max(10, ...buckets.map(b => Math.max(b.ok, b.failed)));
  const scale = (height - bottom - top) / Math.log10(most + 1);
  const step = width / buckets.length;
  const svg = draw('svg', {viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true'});
  svg.append(draw('line', {class: 'grid', x1: 0, x2: width, y1: height - bottom, y2: height - bottom}));
  buckets.forEach((bucket, i) => {
    const series = ['ok', 'failed'].filter(outcome => bucket[outcome] > 0);
    const wide = Math.min(26, (step - 6) / Math.max(1, series.length));
    const from = i * step + (step - wide * series.length) / 2;
    series.forEach((outcome, j) => {
      const tall = Math.log10(bucket[outcome] + 1) * scale;
      const x = from + j * wide, y = height - bottom - tall;
      svg.append(draw('rect', {class: outcome, x, y, width: wide - 1, height: tall, rx: 2}));
      svg.append(draw('text', {class: 'count', x: x + wide / 2, y: y - 4}, short(bucket[outcome])));
    });
    const middle = i * step + step / 2;
    svg.append(draw('text', {class: 'bucket', x: middle, y: height - 18}, bucket.number));
    if (bucket.unit !== buckets[i - 1]?.unit) {
      svg.append(draw('text', {class: 'bucket', x: middle, y: height - 4}, bucket.unit));
    }
  });
  into.replaceChildren(svg);
  into.setAttribute('role', 'img');
  into.setAttribute('aria-label', buckets
    .filter(b => b.ok + b.failed > 0)
    .map(b => `${b.number} ${b.unit}: ${b.ok} succeeded, ${b.failed} failed`).join('; ') || 'none yet');
}

function short(count) {
  return count < 10000 ? String(count) : `${Math.round(count / 1000)}k`;
}
