import type { StopMode } from '../../../src/robot/robot-spec.ts';
import type { Cell } from './cell.ts';
import type { StopVerdict } from './judge.ts';
import type { SoftqdEvent } from './softqd-process.ts';

/** What the `stopped` event of a run claims. */
interface StopClaim {
  readonly confirmed: boolean;
  readonly joints: readonly { readonly joint: string; readonly mode: StopMode; readonly confirmed: boolean }[];
  readonly text: readonly string[];
}

const TEXT_OF: Readonly<Record<StopMode, RegExp>> = {
  hold: /torque ON, holding/,
  damp: /damping/,
  'torque-off': /torque off/,
};
/** Nothing can be printed: the daemon is dead, or has no terminal any more. */
const SILENT = ['sigkill', 'group-kill', 'terminal-closed'];

/** What the daemon claims about its stop and the device contradicts. The joints must end in `mode`; `exempt`: those that cannot obey. */
export function untrueClaims(
  cell: Cell,
  mode: StopMode,
  events: readonly SoftqdEvent[],
  verdict: StopVerdict,
  exempt: readonly number[],
): readonly string[] {
  if (cell.driver === 'simulator' || cell.driver === 'rosbridge' || SILENT.includes(cell.event)) return [];
  const claim = events.findLast(({ event }) => event === 'stopped') as StopClaim | undefined;
  if (claim === undefined) return ['the run printed no event "stopped"'];
  const problems = claim.joints.flatMap(({ joint, confirmed }, i) => {
    const reached = cell.event !== 'unplug' && !exempt.includes(i) && !Number.isNaN(verdict.safeAfterS[i]);
    if (confirmed && !reached) return [`${joint}: claimed to be stopped, which the device does not show`];
    return !confirmed && reached ? [`${joint}: claimed not to be stopped, which it is`] : [];
  });
  const all = claim.joints.every(({ confirmed }) => confirmed);
  if (claim.confirmed !== all) problems.push(`confirmed is ${claim.confirmed}, but of its joints ${all}`);
  const text = claim.text.join('\n');
  if (claim.joints.some(({ confirmed }) => confirmed) && !TEXT_OF[mode].test(text))
    problems.push(`the text does not state the mode: ${text}`);
  if (!all && !/NOT confirmed/.test(text))
    problems.push(`the text does not state that the stop is not confirmed: ${text}`);
  return problems;
}
