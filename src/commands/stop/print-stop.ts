import { printable, stoppedText } from '../../cli/index.ts';
import { robotKey } from '../../robot/robot-id.ts';
import type { StopCommandResult } from './types.ts';

/** The result of `stop` as text. */
export function printStop(result: StopCommandResult): string {
  const { robot, id, pid } = result;
  const name = robotKey(robot, id);
  if (result.forced) return printable(`killed process ${pid} of ${name}: ${result.text}`) + '\n';
  const { stop, ended } = result;
  const motors = stop === null ? `${name}: nothing was armed` : stoppedText(stop);
  return printable(`${motors}${ended ? '' : `; process ${pid} is still saving`}`) + '\n';
}
