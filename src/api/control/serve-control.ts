import { toSoftqdError, SoftqdError } from '../../base/errors.ts';
import { controlPaths, readDaemonFile, writeDaemonFile, type DaemonFile } from '../../processes/index.ts';
import { stopCommand } from '../../runs/index.ts';
import type { DaemonControl } from '../../runs/daemon/index.ts';
import { listenForControl } from './control-server.ts';
import { groupId } from './group-id.ts';

export interface ServeControlOptions {
  readonly dataDirectory: string;
  readonly daemon: DaemonControl;
  /** The run directory. */
  readonly run: string;
  /** The driver URL; null: the embedded simulator. */
  readonly driver: string | null;
  readonly isHardware: boolean;
  /** `api.group`. */
  readonly group: string | null;
  readonly info: (text: string) => void;
}

/**
 * Announces this process as the daemon of a robot and opens its control sockets, until the returned function is called. Throws
 * E_ROBOT_RUNNING or E_SERIAL_BUSY when another process drives this robot; a second simulated one runs without a control socket.
 */
export async function serveControl(options: ServeControlOptions): Promise<() => Promise<void>> {
  const { dataDirectory, daemon, group, isHardware, info } = options;
  const { robot, id } = daemon;
  const paths = controlPaths(dataDirectory, robot, id);
  const other = readDaemonFile(paths.file);
  if (other !== null && other.pid !== process.pid) {
    if (isHardware) throw runningError(other, options.driver);
    info(`process ${other.pid} runs ${robot}, too: this run has no control socket`);
    return () => Promise.resolve();
  }
  const closers: (() => Promise<void> | void)[] = [];
  const groupSocket = group === null ? null : paths.groupSocket;
  const gid = group === null ? null : groupId(group);
  try {
    closers.push(await listenForControl({ path: paths.socket, daemon, groupId: null }));
    if (groupSocket !== null) closers.push(await listenForControl({ path: groupSocket, daemon, groupId: gid }));
    const { run, driver } = options;
    closers.push(
      writeDaemonFile(paths, { robot, id, run, driver, simulated: !isHardware, socket: paths.socket, groupSocket }),
    );
  } catch (thrown) {
    await closeAll(closers);
    throw toSoftqdError(thrown, 'E_DATA_DIRECTORY');
  }
  return () => closeAll(closers);
}

async function closeAll(closers: (() => Promise<void> | void)[]): Promise<void> {
  for (const close of closers.reverse()) await close();
}

function runningError(other: DaemonFile, driver: string | null): SoftqdError {
  const { robot, id, pid, run } = other;
  const values = { robot, id, pid, run };
  const hint = `${stopCommand(other)} stops it.`;
  return other.driver === driver
    ? new SoftqdError(
        'E_SERIAL_BUSY',
        `${driver ?? robot} is in use by softqd, which runs ${robot} (process ${pid}, run ${run})`,
        {
          hint,
          values,
        },
      )
    : new SoftqdError('E_ROBOT_RUNNING', `process ${pid} runs ${robot} (run ${run})`, {
        hint: `${hint} Another robot of this kind needs a name: --id NAME.`,
        values,
      });
}
