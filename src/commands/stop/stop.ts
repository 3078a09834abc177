import { stopDaemon } from '../../api/index.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { holdStatus, type HoldStatus } from '../../driver/index.ts';
import { controlPaths, isProcessAlive, type DaemonFile } from '../../processes/index.ts';
import { noDaemonError, oneDaemon, selectDaemons } from '../select-daemon.ts';
import type { StopCommandResult, StopOptions } from './types.ts';

/** How long the process may save and close after its motors are stopped, ms. */
const END_TIMEOUT_MS = 10_000;
const KILL_TIMEOUT_MS = 2000;
/** Time in which a watchdog process has stopped the joints and opened its socket, ms. */
const HOLD_TIMEOUT_MS = 1500;
const POLL_PERIOD_MS = 50;

/** `softqd stop`: stops the daemon of a robot in order and waits for it, or kills one that does not respond (--force). */
export const stopCommand: CommandFunction<StopOptions, StopCommandResult> = async (options, ui) => {
  const selected = await selectDaemons(options, options.selection);
  const daemon = oneDaemon(selected);
  if (daemon === null) {
    throw noDaemonError(
      selected,
      'softqd status shows what holds a robot; softqd torque-off --robot R --driver URL releases it.',
    );
  }
  if (options.force) {
    ui.event(await kill(daemon, selected.dataDirectory));
    return 0;
  }
  const stop = await stopDaemon(daemon, options.park);
  const ended = await isGone(daemon, END_TIMEOUT_MS);
  const { robot, id, pid } = daemon;
  ui.event({ robot, id, pid, forced: false, stop, ended });
  if (stop === null || stop.confirmed) return 0;
  throw new SoftqdError('E_STOP_UNCONFIRMED', `${robot}: ${stop.text.join('; ')}`, { values: { robot } });
};

/** SIGKILL: what outlives the daemon stops the joints. */
async function kill(daemon: DaemonFile, dataDirectory: string): Promise<StopCommandResult> {
  const { robot, id, pid } = daemon;
  // The file names a process by its start time, too: another process with this ID is never killed.
  if (isProcessAlive(daemon)) process.kill(pid, 'SIGKILL');
  const ended = await isGone(daemon, KILL_TIMEOUT_MS);
  if (!ended) {
    throw new SoftqdError('E_DAEMON_NOT_RESPONDING', `process ${pid} is still there after SIGKILL`, {
      hint: 'Turn off the motor supply: the process waits for a device in the kernel.',
      values: { robot, pid },
    });
  }
  const hold = await holderOf(controlPaths(dataDirectory, robot, id).holdSocket, daemon);
  return { robot, id, pid, forced: true, ended, hold, text: stopText(daemon, hold) };
}

/** Only servo buses have a watchdog process. */
async function holderOf(socket: string, { driver }: DaemonFile): Promise<HoldStatus | null> {
  if (!/^(feetech|dynamixel):/.test(driver ?? '')) return null;
  const untilMs = performance.now() + HOLD_TIMEOUT_MS;
  for (;;) {
    const hold = await holdStatus(socket);
    if (hold !== null || performance.now() > untilMs) return hold;
    await new Promise((resolve) => setTimeout(resolve, POLL_PERIOD_MS));
  }
}

function stopText({ robot, driver, simulated }: DaemonFile, hold: HoldStatus | null): string {
  if (simulated) return `${robot} is simulated: nothing moves any more`;
  if (hold !== null) {
    const joints = hold.joints.map(({ joint, mode }) => `${joint} ${mode}`).join(', ');
    return `the watchdog process ${hold.pid} stopped the joints and holds the port: ${joints}`;
  }
  switch (driver?.split(':')[0]) {
    case 'bridge':
      return 'the firmware of the board stops the joints: it receives no heartbeats any more';
    case 'dynamixel':
      return 'the bus watchdog of the servos stops them; no watchdog process responds, so that they keep their torque';
    case 'feetech':
      return 'NOT confirmed: no watchdog process responds. Turn off the motor supply, or run softqd torque-off';
    default:
      return 'NOT confirmed: nothing outlives the daemon on this driver. The last targets may still apply';
  }
}

async function isGone(daemon: DaemonFile, timeoutMs: number): Promise<boolean> {
  const untilMs = performance.now() + timeoutMs;
  while (isProcessAlive(daemon)) {
    if (performance.now() > untilMs) return false;
    await new Promise((resolve) => setTimeout(resolve, POLL_PERIOD_MS));
  }
  return true;
}
