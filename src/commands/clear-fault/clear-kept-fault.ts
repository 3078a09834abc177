import { clearDaemonFault } from '../../api/index.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import {
  CleanupStack,
  connectDriver,
  openLoopClock,
  parseDriverUrl,
  requireRobot,
  type CommandUi,
  type DriverUrl,
} from '../../runs/index.ts';
import { keptFaults, StickyFaults, type StickyFault } from '../../runs/sticky-faults/index.ts';
import { robotKey } from '../../robot/robot-id.ts';
import { oneDaemon, selectDaemons, type DaemonSelection, type SelectedDaemons } from '../select-daemon.ts';
import type { ClearKeptFaultOptions, KeptFaultResult } from './types.ts';

/**
 * `softqd clear-fault` without an ID: clears the fault that is kept for a robot, through its daemon where one runs, and with --driver that
 * of its board.
 */
export const clearKeptFaultCommand: CommandFunction<ClearKeptFaultOptions, KeptFaultResult> = async (options, ui) => {
  const url = options.driverUrl === null ? null : boardUrl(options.driverUrl);
  const selected = await selectDaemons(options, options.selection);
  const daemon = oneDaemon(selected);
  if (daemon !== null && url !== null) {
    throw new SoftqdError('E_ROBOT_RUNNING', `process ${daemon.pid} runs ${daemon.robot} and has its driver`, {
      values: { pid: daemon.pid, robot: daemon.robot },
    });
  }
  const { robot, id } = daemon ?? chooseRobot(selected);
  const fault =
    daemon === null ? new StickyFaults(selected.dataDirectory, robot, id).clear() : await clearDaemonFault(daemon);
  const boardCleared = url !== null && (await clearBoard(options, url, ui));
  ui.event({ robot, id, cleared: fault, boardCleared });
  return 0;
};

/** The robot of the flags, or the only one with a fault. Throws E_USAGE. */
function chooseRobot({ robot, id, dataDirectory }: SelectedDaemons): DaemonSelection & { readonly robot: string } {
  if (robot !== null) return { robot, id };
  const faults = keptFaults(dataDirectory);
  const [only, ...others] = faults;
  if (only !== undefined && others.length === 0) return { robot: only.robot, id: only.id };
  const names = faults.map((fault: StickyFault) => robotKey(fault.robot, fault.id));
  throw new SoftqdError(
    'E_USAGE',
    names.length === 0 ? 'no fault is kept' : `faults are kept for several robots: ${names.join(', ')}`,
    { hint: 'Pass --robot NAME.', values: { robots: names } },
  );
}

function boardUrl(text: string): DriverUrl {
  const url = parseDriverUrl(text);
  if (url.kind === 'serial' && url.protocol === 'bridge') return url;
  throw new SoftqdError('E_USAGE', 'without a servo ID, --driver must be bridge:PATH', {
    hint: 'softqd clear-fault ID --driver URL clears the latched fault of one servo.',
    values: { driver: text },
  });
}

/** Clears the stop that the board keeps. */
async function clearBoard(
  options: ClearKeptFaultOptions,
  url: DriverUrl,
  ui: CommandUi<KeptFaultResult>,
): Promise<boolean> {
  const { robot } = options.selection;
  if (robot === null) throw new SoftqdError('E_USAGE', '--driver needs --robot', { hint: 'Pass --robot NAME.' });
  const loaded = await options.configure({ robot });
  const time = openLoopClock();
  const closer = new CleanupStack();
  closer.defer(() => time.close());
  try {
    const selected = { ...requireRobot(loaded), loaded };
    const { driver } = await connectDriver({
      ...{ selected, url, rateHz: 1 / selected.robot.controlPeriodS, robotId: options.selection.id, time, closer },
      ui: { ...ui, event: () => undefined },
    });
    await driver.clearFault?.();
    return driver.clearFault !== undefined;
  } finally {
    await closer.close();
  }
}
