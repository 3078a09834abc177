import { isUnicodeLocale, printable, runEventText, styleFor, type CliIo, type Panel } from '../../cli/index.ts';
import type { StopMode } from '../../robot/robot-spec.ts';
import type { JogEvent, JogKeysDone, JogMoveDone, JogProgress } from './types.ts';

const BAR_COLUMNS = 32;
/** A wider range is not drawn. */
const MAX_RANGE = 1e6;

const STOP_MODE_TEXT: Readonly<Record<StopMode, string>> = {
  hold: 'disarmed, holding position',
  damp: 'disarmed, damped',
  'torque-off': 'disarmed, torque off',
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
          return [doneLine(event, style.yellow(' (target not reached)'))];
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

function doneLine(event: JogMoveDone | JogKeysDone, notReached: string): string {
  const { joint, position, unit, stopMode } = event;
  const end = `${STOP_MODE_TEXT[stopMode]}.`;
  if (!('from' in event)) return printable(`${joint}: stopped at ${fixed(position)} ${unit}; ${end}`);
  const target = event.to === null ? '' : `, target ${fixed(event.to)}`;
  const move = printable(`${joint}: from ${fixed(event.from)} to ${fixed(position)} ${unit}`);
  return `${move}${target}${event.reached ? '' : notReached}; ${end}`;
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
