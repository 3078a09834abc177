/** Maps values to places on the page. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** A range below this fraction of its values is float32 noise: it is drawn as a flat line. */
const FLAT = 1e-6;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A linear axis of about `count` round ticks; not finite values are ignored, an empty or flat range is widened. */
export function linearScale(values: Iterable<number>, pixels: Range, count: number): Scale {
  const [first, last] = extent(values);
  const step = roundStep((last - first) / count);
  const low = Math.floor(first / step + 1e-9) * step;
  const high = Math.ceil(last / step - 1e-9) * step;
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, i) => round(low + i * step, step));
  return { low, high, ticks, place: linearMap({ from: low, to: high }, pixels) };
}

/** As linearScale, but it ends where the values end: for an axis that starts at 0 and must not waste width. */
export function tightScale(values: Iterable<number>, pixels: Range, count: number): Scale {
  const [first, last] = extent(values);
  const step = roundStep((last - first) / count);
  const ticks: number[] = [];
  for (let i = Math.ceil(first / step - 1e-9); i * step <= last + step * 1e-9; i++) ticks.push(round(i * step, step));
  return { low: first, high: last, ticks, place: linearMap({ from: first, to: last }, pixels) };
}

/** A logarithmic axis in decades; values that are not positive are ignored. */
export function logScale(values: Iterable<number>, pixels: Range): Scale {
  const logs = [...values].filter((value) => value > 0).map(Math.log10);
  const [first, last] = extent(logs);
  const low = Math.floor(first);
  const high = Math.max(low + 1, Math.ceil(last));
  const every = Math.ceil((high - low) / 5);
  const ticks: number[] = [];
  for (let decade = low; decade <= high; decade += every) ticks.push(10 ** decade);
  const place = linearMap({ from: low, to: high }, pixels);
  return { low: 10 ** low, high: 10 ** high, ticks, place: (value) => place(Math.log10(Math.max(value, 10 ** low))) };
}

function linearMap(values: Range, pixels: Range): (value: number) => number {
  const factor = (pixels.to - pixels.from) / (values.to - values.from);
  return (value) => pixels.from + (value - values.from) * factor;
}

function extent(values: Iterable<number>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (high - low <= FLAT * size) {
    const half = size === 0 ? 1 : size * 0.1;
    return [low - half, high + half];
  }
  return [low, high];
}

/** 1, 2 or 5 times a power of ten, at least `raw`. */
function roundStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw * (1 - 1e-9))!;
  return factor * power;
}

/** Without the dust of binary fractions. */
function round(value: number, step: number): number {
  return Number(value.toFixed(Math.max(0, 1 - Math.floor(Math.log10(step)))));
}
