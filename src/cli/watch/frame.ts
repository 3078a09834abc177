import { progressLine, statusLine } from '../ui/event-lines.ts';
import type { Style } from '../ui/style.ts';
import { printable, shortNumber } from '../ui/table.ts';
import type { Glyphs } from './canvas.ts';
import { curveRows } from './curve.ts';
import { robotRows } from './robot-drawing.ts';
import type { WatchState } from './watch-state.ts';

export interface FrameLook {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  readonly glyphs: Glyphs;
}

/** Below these sizes the drawings are left out. */
const SMALLEST = { columns: 30, rows: 10 };
const SIDE_BY_SIDE_COLUMNS = 60;

/** The whole view: at most `rows` lines of at most `columns` characters (colour codes not counted). */
export function frame(state: WatchState, look: FrameLook): string[] {
  const { style } = look;
  const fit = (text: string): string => printable(text).slice(0, look.columns);
  const head = [style.bold(fit(state.title)), fit(state.phaseText)];
  const foot = [
    ...bannerLines(state, look),
    fit(liveText(state)),
    style.dim(fit(state.notes.at(-1) ?? '')),
    style.dim(fit('Ctrl-C stops')),
  ];
  const room = look.rows - head.length - foot.length - 2;
  if (look.columns < SMALLEST.columns || look.rows < SMALLEST.rows) return [head[0]!, ...foot].slice(0, look.rows);
  return [...head, '', ...bodyRows(state, look, room), '', ...foot];
}

function bodyRows(state: WatchState, look: FrameLook, rows: number): string[] {
  const { style, columns, glyphs } = look;
  const curve = (width: number): string[] =>
    curveRows(state, { columns: width, rows }, glyphs).map((row) => style.cyan(row));
  if (state.joints === null && columns < SIDE_BY_SIDE_COLUMNS) return curve(columns);
  const drawing = (width: number): string[] => {
    const size = { columns: width, rows, glyphs };
    const plain = state.joints === null ? blank(size) : robotRows(state.robot, state.joints.positions, size);
    return plain.map((row) => (state.phase === 'balancing' ? style.green(row) : style.yellow(row)));
  };
  if (columns < SIDE_BY_SIDE_COLUMNS) return state.phase === 'balancing' ? drawing(columns) : curve(columns);
  const right = Math.min(2 * rows, Math.floor(columns * 0.4));
  const left = columns - right - 2;
  const robot = drawing(right);
  return curve(left).map((row, i) => `${row}  ${robot[i] ?? ''}`);
}

function bannerLines(state: WatchState, { style, columns }: FrameLook): string[] {
  if (state.solved === null) return [];
  const text = `*** solved after ${state.solved.step} steps, ${shortNumber(Math.round(state.solved.wallS))} s ***`;
  return [style.bold(style.green(text.slice(0, columns)))];
}

function liveText({ live }: WatchState): string {
  if (live === null) return '';
  return live.event === 'progress' ? progressLine(live) : statusLine(live);
}

function blank({ columns, rows }: { columns: number; rows: number }): string[] {
  return Array.from({ length: rows }, () => ' '.repeat(columns));
}
