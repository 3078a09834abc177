import { createCanvas, disc, line, type Canvas, type Glyphs } from './canvas.ts';

export interface Point {
  readonly step: number;
  readonly value: number;
}

interface CurveData {
  /** Evaluations, joined by a line. */
  readonly evaluations: readonly Point[];
  /** Returns of training episodes, single dots. */
  readonly training: readonly Point[];
  /** The return at which the task counts as solved, drawn as a dotted line; null: none. */
  readonly target: number | null;
}

const LABEL = 9;

/** Returns over steps in `columns` x `rows` characters, with both axes labeled; a sentence while there are no points. */
export function curveRows(data: CurveData, size: { columns: number; rows: number }, glyphs: Glyphs): string[] {
  const points = [...data.evaluations, ...data.training];
  if (points.length === 0 || size.rows < 3 || size.columns < LABEL + 4) return emptyRows(size);
  const [low, high] = valueRange([
    ...points.map((point) => point.value),
    ...(data.target === null ? [] : [data.target]),
  ]);
  const lastStep = Math.max(1, ...points.map((point) => point.step));
  const plot = createCanvas(size.columns - LABEL, size.rows - 1, glyphs);
  const toPixel = ({ step, value }: Point): [number, number] => [
    (step / lastStep) * (plot.width - 1),
    ((high - value) / (high - low)) * (plot.height - 1),
  ];
  for (const point of data.training) plot.dot(...toPixel(point));
  drawEvaluations(plot, data.evaluations.map(toPixel));
  if (data.target !== null) {
    const y = toPixel({ step: 0, value: data.target })[1];
    line(plot, [0, y], [plot.width - 1, y], 4);
  }
  const rows = plot.rows();
  const labels = new Map([
    [0, high],
    [rows.length - 1, low],
  ]);
  if (rows.length >= 5) labels.set(Math.floor(rows.length / 2), (high + low) / 2);
  const drawn = rows.map((row, i) => `${(labels.has(i) ? axisLabel(labels.get(i)!) : '').padStart(LABEL - 2)} |${row}`);
  const axis = `${lastStep} steps`.padStart(size.columns - LABEL - 1);
  return [...drawn, `${' '.repeat(LABEL)}0${axis.slice(0, size.columns - LABEL - 1)}`];
}

function drawEvaluations(plot: Canvas, points: readonly [number, number][]): void {
  points.forEach((point, i) => {
    disc(plot, point, 1);
    const before = points[i - 1];
    if (before !== undefined) line(plot, before, point);
  });
}

/** Minimum and maximum with a margin; never of zero height. */
function valueRange(values: readonly number[]): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = Math.max((high - low) * 0.05, Math.abs(high) * 0.01, 1e-6);
  return [low - margin, high + margin];
}

function emptyRows({ columns, rows }: { columns: number; rows: number }): string[] {
  const text = 'waiting for the first evaluation'.slice(0, columns);
  return Array.from({ length: rows }, (_, i) =>
    i === Math.floor(rows / 2) ? text.padEnd(columns) : ' '.repeat(columns),
  );
}

/** An integer in at most seven characters. */
function axisLabel(value: number): string {
  const text = String(Math.round(value));
  return (text.length <= LABEL - 2 ? text : value.toExponential(0)).slice(0, LABEL - 2);
}
