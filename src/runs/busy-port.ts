import { SoftqdError } from '../base/errors.ts';
import { robotKey } from '../robot/robot-id.ts';
import { runningDaemons, type DaemonFile } from '../processes/index.ts';

/** An E_SERIAL_BUSY with the robot and run that use the port, and the command that stops them; every other error unchanged. */
export function namePortUser(thrown: unknown, dataDirectory: string): unknown {
  if (!(thrown instanceof SoftqdError) || thrown.code !== 'E_SERIAL_BUSY') return thrown;
  const { pids } = thrown.values;
  const isUser = ({ pid }: DaemonFile): boolean => Array.isArray(pids) && (pids as readonly number[]).includes(pid);
  const daemon = runningDaemons(dataDirectory).find(isUser);
  if (daemon === undefined) return thrown;
  const { robot, id, run, pid } = daemon;
  return new SoftqdError(
    'E_SERIAL_BUSY',
    `${String(thrown.values['path'])} is in use by softqd, which runs ${robotKey(robot, id)} (process ${pid}, run ${run})`,
    {
      hint: `${stopCommand(daemon)} stops it.`,
      values: { ...thrown.values, robot, id, run },
      cause: thrown,
    },
  );
}

/** The command that stops a daemon. */
export function stopCommand({ robot, id }: Pick<DaemonFile, 'robot' | 'id'>): string {
  return `softqd stop --robot ${robot}${id === null ? '' : ` --id ${id}`}`;
}
