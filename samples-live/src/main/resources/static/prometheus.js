// Reads the text that Prometheus scrapes; enough of it for histograms.

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Samples of one name: [{labels, value}]. */
export function samples(text, name) {
  const found = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(name)) continue;
    const match = LINE.exec(line);
    if (!match || match[1] !== name) continue;
    const labels = {};
    for (const [, key, value] of (match[2] || '').matchAll(LABEL)) labels[key] = value;
    found.push({labels, value: Number(match[3])});
  }
  return found;
}

/** Counts of each bucket of its own, smallest bound first, apart by outcome: [{number, unit, ok, failed}]. */
export function buckets(text, name, wanted) {
  const bounds = new Map();
  for (const {labels, value} of samples(text, `${name}_bucket`)) {
    if (!wanted(labels)) continue;
    const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
    const sums = bounds.get(bound) || {ok: 0, failed: 0};
    sums[labels.outcome === 'success' ? 'ok' : 'failed'] += value;
    bounds.set(bound, sums);
  }
  const sorted = [...bounds].sort(([one], [other]) => one - other);
  return sorted.map(([bound, sums], i) => {
    const before = i === 0 ? {ok: 0, failed: 0} : sorted[i - 1][1];
    const last = i === 0 ? 0 : sorted[i - 1][0];
    return {
      ...(bound === Infinity ? {...time(last), number: 'more'} : time(bound)),
      ok: sums.ok - before.ok,
      failed: sums.failed - before.failed,
    };
  });
}

/** A bound in the unit that suits it. */
function time(seconds) {
  if (seconds < 0.001) return {number: Math.round(seconds * 1e6), unit: 'µs'};
  if (seconds < 1) return {number: Math.round(seconds * 1e3), unit: 'ms'};
  return {number: seconds, unit: 's'};
}
