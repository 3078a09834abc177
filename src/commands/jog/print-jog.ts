import {
  isUnicodeLocale,
  printable,
  runEventText,
  stoppedText,
  styleFor,
  type CliIo,
  type Panel,
  type Style,
} from '../../cli/index.ts';
import type { JogShortfall } from '../../commissioning/index.ts';
import type { JogEvent, JogKeysDone, JogMoveDone, JogProgress } from './types.ts';

const BAR_COLUMNS = 32;
/** A wider range is not drawn. */
const MAX_RANGE = 1e6;

const SHORTFALL_TEXT: Readonly<Record<JogShortfall, string>> = {
  limit: 'a position limit or the workspace is in the way',
  load: 'its load is too large: support it, or jog with less load',
  blocked: 'it is blocked or overloaded: free it, then jog again',
  timeout: 'it did not settle in time',
  interrupted: 'stopped before it arrived',
};

/** What `jog` displays: the joint within its limits, live on a terminal; the result as a line. */
export function jogPanel(io: CliIo): Panel<JogEvent> {
  const style = styleFor(io.stdout, io.env);
  const unicode = isUnicodeLocale(io.env) && io.stdout.isTerminal;
  let state: JogProgress | null = null;
  return {
    handle: (event) => {
      switch (event.event) {
        case 'listening':
          return [printable(runEventText(event) ?? '')];
        case 'jog':
          state = event;
          return [];
        case 'done':
          state = null;
          return [doneLine(event, style)];
        case 'stopped':
          state = null;
          return [printable(stoppedText(event))];
      }
    },
    liveLines: () => {
      if (state === null) return [];
      const { joint, unit, position, velocity, setpoint } = state;
      const target = setpoint === null ? '' : `  target ${fixed(setpoint)}`;
      const limited = state.limited ? style.yellow('  limited by the guard') : '';
      const head = `${style.bold(printable(joint))}  ${fixed(position)} ${unit}  ${fixed(velocity)} ${unit}/s${target}${limited}`;
      const keys = 'left/right: small step, up/down: large step, space: stop, q: quit';
      return [head, rangeBar(state, unicode), style.dim(keys)];
    },
  };
}

function doneLine(event: JogMoveDone | JogKeysDone, style: Style): string {
  const { joint, position, unit } = event;
  if (!('from' in event)) return printable(`${joint}: at ${fixed(position)} ${unit}`);
  const { from, to, error, shortfall } = event;
  const move = `${joint}: from ${fixed(from)} to ${fixed(position)} ${unit}${to === null ? '' : `, target ${fixed(to)}`}`;
  if (shortfall === null) return printable(move);
  const off = error === null ? '' : `${fixed(Math.abs(error))} ${unit} off: `;
  return `${printable(move)} ${style.yellow(`(${off}${SHORTFALL_TEXT[shortfall]})`)}`;
}

/** The range of the joint with its position and setpoint; empty for a joint without limits. */
function rangeBar({ minimum, maximum, position, setpoint }: JogProgress, unicode: boolean): string {
  if (minimum === null || maximum === null || maximum - minimum > MAX_RANGE) return '';
  const column = (value: number): number =>
    Math.max(0, Math.min(BAR_COLUMNS - 1, Math.round(((value - minimum) / (maximum - minimum)) * (BAR_COLUMNS - 1))));
  const [line, joint, target] = unicode ? ['─', '●', '│'] : ['-', 'o', '|'];
  const at = column(position);
  const to = setpoint === null ? -1 : column(setpoint);
  const bar = Array.from({ length: BAR_COLUMNS }, (_, i) => (i === at ? joint : i === to ? target : line));
  return `${fixed(minimum)} ${bar.join('')} ${fixed(maximum)}`;
}

function fixed(value: number): string {
  return Number.isNaN(value) ? '-' : value.toFixed(3);
}
