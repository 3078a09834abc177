import { applyScheduling, loadAddon } from '../../addon/index.ts';
import { EXIT_INTERRUPTED, untilAborted, type CommandFunction } from '../../cli/index.ts';
import { listTasks } from '../../config/index.ts';
import { requireRobot } from '../../runs/index.ts';
import { startVirtualDevice } from '../../virtual/index.ts';
import type { VirtualEvent, VirtualOptions } from './types.ts';

const NICE = -15;

/** `softqd virtual`: servos, or a board, on a pseudo-terminal that move the model of the robot, until Ctrl-C. */
export const virtualCommand: CommandFunction<VirtualOptions, VirtualEvent> = async (options, ui) => {
  const { robot, robotDirectory } = requireRobot(await options.configure({ robot: options.robot }));
  // Real servos do not wait for the processor of the host. Without permission for this priority they are late like any program.
  const { addon } = loadAddon();
  if (addon !== null) applyScheduling(addon, { nice: NICE });
  const { protocol, faults, seed, calibrated, factoryServo, groundTruthFile } = options;
  const [task = null] = await listTasks(options.robot).catch(() => []);
  const device = await startVirtualDevice({
    robot,
    robotDirectory,
    protocol,
    faults,
    seed,
    calibrated,
    factoryServo,
    hand: options.handGuiding,
    groundTruthFile,
    linkPath: options.symlinkPath,
    onEvent: (event) => ui.event(event.event === 'ready' ? { ...event, task } : event),
  });
  await untilAborted(ui.signal);
  await device.close();
  return EXIT_INTERRUPTED;
};
