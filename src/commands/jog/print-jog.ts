import { cell, isUnicodeLocale, printable, styleFor, type CliIo, type Panel } from '../../cli/index.ts';

type Row = Readonly<Record<string, unknown>>;

const BAR = 32;

/** What the joint does afterwards, by its stop mode. */
const STOP_MODE_TEXT: Readonly<Record<string, string>> = {
  hold: 'disarmed, holding position',
  damp: 'disarmed, damped',
  limp: 'disarmed, torque off',
};

/** What `jog` shows: where the joint is within its limits, live on a terminal; how it ended as a line. */
export function jogPanel(io: CliIo): Panel {
  const style = styleFor(io.stdout, io.env);
  const unicode = isUnicodeLocale(io.env) && io.stdout.isTerminal;
  let state: Row | null = null;
  return {
    handle: (event) => {
      if (event['event'] === 'jog') {
        state = event;
        return [];
      }
      if (event['event'] !== 'done') return null;
      state = null;
      if (event['from'] === undefined) {
        const where = `${cell(event['joint'])}: stopped at ${number(event['position'])} ${cell(event['unit'])}; ${STOP_MODE_TEXT[cell(event['after'])] ?? 'disarmed'}.`;
        return [printable(where)];
      }
      const line = `${cell(event['joint'])}: from ${number(event['from'])} to ${number(event['position'])} ${cell(event['unit'])}`;
      const wanted = event['to'] === null ? '' : `, target ${number(event['to'])}`;
      return [
        `${printable(line)}${wanted}${event['reached'] === true ? '' : style.yellow(' (target not reached)')}; ${STOP_MODE_TEXT[cell(event['after'])] ?? 'disarmed'}.`,
      ];
    },
    liveLines: () => {
      if (state === null) return [];
      const unit = cell(state['unit']);
      const aim = state['aim'] === null ? '' : `  target ${number(state['aim'])}`;
      const limited = state['limited'] === true ? style.yellow('  limited by the guard') : '';
      const head = `${style.bold(printable(cell(state['joint'])))}  ${number(state['position'])} ${unit}  ${number(state['velocity'])} ${unit}/s${aim}${limited}`;
      const keys = 'left/right: small step, up/down: large step, space: stop, q: quit';
      return [head, limits(state, unicode), style.dim(keys)];
    },
  };
}

/** The range with the joint in it; a joint without limits has none to show. */
function limits({ minimum, maximum, position, aim }: Row, unicode: boolean): string {
  if (typeof minimum !== 'number' || typeof maximum !== 'number' || maximum - minimum > 1e6) return '';
  const at = (value: unknown): number =>
    typeof value === 'number'
      ? Math.max(0, Math.min(BAR - 1, Math.round(((value - minimum) / (maximum - minimum)) * (BAR - 1))))
      : -1;
  const [rest, here, there] = unicode ? ['─', '●', '│'] : ['-', 'o', '|'];
  const bar = Array.from({ length: BAR }, (_, i) => (i === at(position) ? here : i === at(aim) ? there : rest));
  return `${number(minimum)} ${bar.join('')} ${number(maximum)}`;
}

function number(value: unknown): string {
  return typeof value === 'number' ? value.toFixed(3) : '-';
}
