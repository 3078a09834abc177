import { runLiveLine } from '../ui/event-lines.ts';
import type { Style } from '../ui/style.ts';
import { printable, shortNumber } from '../ui/table.ts';
import type { Glyphs } from './canvas.ts';
import { curveRows } from './curve.ts';
import { robotRows } from './robot-drawing.ts';
import type { WatchState } from './watch-state.ts';

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  readonly glyphs: Glyphs;
}

/** Below these sizes the drawings are omitted. */
const SMALLEST = { columns: 30, rows: 11 };
const SIDE_BY_SIDE_COLUMNS = 60;

/** The whole view: at most `rows` lines of at most `columns` characters (color codes not counted). */
export function frame(state: WatchState, display: FrameOptions): string[] {
  const foot = [
    liveLine(state, display),
    display.style.dim(fitToWidth(state.notes.at(-1) ?? '', display)),
    display.style.dim(fitToWidth('Space or Ctrl-C stops', display)),
  ];
  return composeFrame(state, display, foot);
}

/** What stays on the screen after the view is closed: the picture without hints, then every note. */
export function lastFrame(state: WatchState, display: FrameOptions): string[] {
  return [...composeFrame(state, display, [liveLine(state, display)]), ...state.notes.map((note) => printable(note))];
}

function composeFrame(state: WatchState, display: FrameOptions, foot: readonly string[]): string[] {
  const head = [display.style.bold(fitToWidth(state.title, display)), phaseLine(state, display)];
  const rows = display.rows - head.length - foot.length - 2;
  if (display.columns < SMALLEST.columns || display.rows < SMALLEST.rows)
    return [...head, ...foot].slice(0, display.rows);
  return [...head, '', ...contentRows(state, display, rows), '', ...foot];
}

function phaseLine(state: WatchState, display: FrameOptions): string {
  if (state.solved === null) return fitToWidth(state.phaseText, display);
  const banner = fitToWidth(
    `SOLVED after ${state.solved.step} steps in ${shortNumber(Math.round(state.solved.wallS))} s. `,
    display,
  );
  const rest = fitToWidth(state.phaseText, display).slice(0, display.columns - banner.length);
  return display.style.bold(display.style.green(banner)) + rest;
}

function contentRows(state: WatchState, display: FrameOptions, rows: number): string[] {
  const { style, columns, glyphs } = display;
  const curve = (width: number): string[] => curveRows(state, { columns: width, rows }, glyphs).map(style.cyan);
  const drawing = (width: number): string[] => {
    const size = { columns: width, rows, glyphs };
    const plain = robotRows(state.robot, state.joints?.positions ?? null, size);
    return plain.map(state.phase === 'balancing' ? style.green : style.yellow);
  };
  if (columns < SIDE_BY_SIDE_COLUMNS) return state.phase === 'balancing' ? drawing(columns) : curve(columns);
  const right = Math.min(2 * rows, Math.floor(columns * 0.4));
  const robot = drawing(right);
  return curve(columns - right - 2).map((row, i) => `${row}  ${robot[i] ?? ''}`);
}

function liveLine({ live }: WatchState, display: FrameOptions): string {
  return live === null ? '' : fitToWidth(runLiveLine(live, display.columns) ?? '', display);
}

function fitToWidth(text: string, { columns }: FrameOptions): string {
  return printable(text).replace(/\s/g, ' ').slice(0, columns);
}
