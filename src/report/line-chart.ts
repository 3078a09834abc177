import { escapeHtml, formatNumber, formatTick } from './html.ts';
import { linearScale, logScale, tightScale, type Scale } from './scale.ts';

interface ChartPoint {
  readonly x: number;
  readonly y: number;
  /** Ends of a band around y. */
  readonly low?: number;
  readonly high?: number;
}

export interface ChartSeries {
  readonly name: string;
  /** Color, from 1 to 4. */
  readonly color: 1 | 2 | 3 | 4;
  readonly dashed?: boolean;
  readonly points: readonly ChartPoint[];
}

export interface LineChart {
  readonly title: string;
  /** What the curve is and in which unit, below the title. */
  readonly note?: string;
  readonly xLabel: string;
  readonly series: readonly ChartSeries[];
  readonly logarithmic?: boolean;
}

const WIDTH = 480;
const HEIGHT = 250;
const PLOT = { left: 52, right: WIDTH - 20, top: 10, bottom: HEIGHT - 36 };
/** Above this number of points a line has no dots with tooltips. */
const MAX_DOTS = 60;

/** A chart as HTML: title, legend and an SVG that fills its column. Empty text when there are no points. */
export function lineChart(chart: LineChart): string {
  const series = chart.series.filter(({ points }) => points.length > 0);
  if (series.length === 0) return '';
  const all = series.flatMap(({ points }) => points);
  const x = tightScale([0, ...all.map((point) => point.x)], { from: PLOT.left, to: PLOT.right }, 5);
  const values = all.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]);
  const pixels = { from: PLOT.bottom, to: PLOT.top };
  const y = chart.logarithmic === true ? logScale(values, pixels) : linearScale(values, pixels, 5);
  const legend =
    series.length < 2
      ? ''
      : `<div class="legend">${series.map(({ name, color, dashed }) => `<span><i class="k${color}${dashed === true ? ' dashed' : ''}"></i>${escapeHtml(name)}</span>`).join('')}</div>`;
  const note = chart.note === undefined ? '' : `<p class="note">${escapeHtml(chart.note)}</p>`;
  return `<figure class="chart"><figcaption>${escapeHtml(chart.title)}</figcaption>${note}${legend}
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(chart.title)}">
${axes(x, y, chart.xLabel)}
${series.map((one) => band(one, x, y)).join('')}${series.map((one) => line(one, x, y)).join('')}</svg></figure>`;
}

function axes(x: Scale, y: Scale, xLabel: string): string {
  const rows = y.ticks.map((tick) => {
    const at = place(y, tick);
    return `<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${at}" y2="${at}"/><text x="${PLOT.left - 6}" y="${at}" dy=".35em" text-anchor="end">${formatTick(tick)}</text>`;
  });
  const columns = x.ticks.map((tick) => {
    const at = place(x, tick);
    return `<line class="axis" x1="${at}" x2="${at}" y1="${PLOT.bottom}" y2="${PLOT.bottom + 4}"/><text x="${at}" y="${PLOT.bottom + 16}" text-anchor="middle">${formatTick(tick)}</text>`;
  });
  return `${rows.join('')}<line class="axis" x1="${PLOT.left}" x2="${PLOT.right}" y1="${PLOT.bottom}" y2="${PLOT.bottom}"/>${columns.join('')}<text class="label" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 4}" text-anchor="middle">${escapeHtml(xLabel)}</text>`;
}

function band({ points, color }: ChartSeries, x: Scale, y: Scale): string {
  const within = points.filter(({ low, high }) => low !== undefined && high !== undefined);
  if (within.length < 2) return '';
  const upper = within.map((point) => `${place(x, point.x)},${place(y, point.high!)}`);
  const lower = within.map((point) => `${place(x, point.x)},${place(y, point.low!)}`).reverse();
  return `<polygon class="band f${color}" points="${[...upper, ...lower].join(' ')}"/>`;
}

function line({ name, points, color, dashed }: ChartSeries, x: Scale, y: Scale): string {
  const places = points.map((point) => `${place(x, point.x)},${place(y, point.y)}`);
  const dots =
    points.length > MAX_DOTS
      ? ''
      : points
          .map((point, i) => {
            const [cx = '', cy = ''] = places[i]!.split(',');
            const spread = point.high === undefined ? '' : ` ± ${formatNumber(point.high - point.y)}`;
            const title = `${name}, ${formatNumber(point.x)}: ${formatNumber(point.y)}${spread}`;
            return `<circle class="f${color}" cx="${cx}" cy="${cy}" r="2.4"><title>${escapeHtml(title)}</title></circle>`;
          })
          .join('');
  return `<polyline class="line s${color}${dashed === true ? ' dashed' : ''}" points="${places.join(' ')}"/>${dots}`;
}

/** Tenths of a pixel are finer than any screen. */
function place(scale: Scale, value: number): string {
  return String(Math.round(scale.place(value) * 10) / 10);
}
