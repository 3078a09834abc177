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
const SMALLEST = { columns: 30, rows: 11 };
const SIDE_BY_SIDE_COLUMNS = 60;

/** The whole view: at most `rows` lines of at most `columns` characters (colour codes not counted). */
export function frame(state: WatchState, look: FrameLook): string[] {
  const foot = [
    liveLine(state, look),
    look.style.dim(fit(state.notes.at(-1) ?? '', look)),
    look.style.dim(fit('Ctrl-C stops', look)),
  ];
  return whole(state, look, foot);
}

/** What stays on the screen when the view is gone: the picture without hints, then every note. */
export function lastFrame(state: WatchState, look: FrameLook): string[] {
  return [...whole(state, look, [liveLine(state, look)]), ...state.notes.map((note) => printable(note))];
}

function whole(state: WatchState, look: FrameLook, foot: readonly string[]): string[] {
  const head = [look.style.bold(fit(state.title, look)), phaseLine(state, look)];
  const rows = look.rows - head.length - foot.length - 2;
  if (look.columns < SMALLEST.columns || look.rows < SMALLEST.rows) return [...head, ...foot].slice(0, look.rows);
  return [...head, '', ...bodyRows(state, look, rows), '', ...foot];
}

function phaseLine(state: WatchState, look: FrameLook): string {
  if (state.solved === null) return fit(state.phaseText, look);
  const banner = fit(
    `SOLVED after ${state.solved.step} steps in ${shortNumber(Math.round(state.solved.wallS))} s. `,
    look,
  );
  const rest = fit(state.phaseText, look).slice(0, look.columns - banner.length);
  return look.style.bold(look.style.green(banner)) + rest;
}

function bodyRows(state: WatchState, look: FrameLook, rows: number): string[] {
  const { style, columns, glyphs } = look;
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

function liveLine({ live }: WatchState, look: FrameLook): string {
  if (live === null) return '';
  return fit(live.event === 'progress' ? progressLine(live, look.columns) : statusLine(live), look);
}

function fit(text: string, { columns }: FrameLook): string {
  return printable(text).replace(/\s/g, ' ').slice(0, columns);
}
