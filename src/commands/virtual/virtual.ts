import { applyScheduling, loadAddon } from '../../addon/index.ts';
import { SoftqdError } from '../../base/errors.ts';
import { startVirtualDevice, type VirtualDeviceEvent } from '../../virtual/index.ts';
import type { CommandFunction, CommandUi, VirtualOptions } from '../../runs/index.ts';

const NICE = -15;

/** `softqd virtual`: servos (or a board) on a pseudo-terminal that move the robot's model, until Ctrl-C. */
export const virtualCommand: CommandFunction<VirtualOptions> = async (options, ui) => {
  const { robot, robotDirectory } = await options.configure({ robot: options.robot });
  if (robot === null || robotDirectory === null)
    throw new SoftqdError('E_USAGE', '--robot is required', { hint: 'Pass --robot NAME.' });
  const {
    protocol,
    faults,
    seed,
    calibrated,
    fresh: factoryServo,
    hand,
    truthFile: groundTruthFile,
    linkPath,
  } = options;
  // Servos do not wait for the processor that drives them; where that is not permitted they are as late as any program.
  const { addon } = loadAddon();
  if (addon !== null) applyScheduling(addon, { nice: NICE });
  const device = await startVirtualDevice({
    robot,
    robotDirectory,
    protocol,
    faults,
    seed,
    calibrated,
    factoryServo,
    hand,
    groundTruthFile,
    linkPath,
    onEvent: (event) => {
      if (options.json) ui.event({ ...event });
      else explain(ui, { robot: robot.name, calibrated, fresh: factoryServo }, event);
    },
  });
  await new Promise<void>((resolve) => {
    if (ui.signal.aborted) resolve();
    else ui.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await device.close();
  return 130;
};

function explain(
  ui: CommandUi,
  { robot, calibrated, fresh }: { readonly robot: string; readonly calibrated: boolean; readonly fresh: string | null },
  event: VirtualDeviceEvent,
): void {
  if (event.event === 'hand') {
    if (event.doing === 'middle') ui.info('hand guiding: holding all torque-free joints at mid-range for 6 s');
    else if (event.doing === 'range') ui.info(`hand guiding: moving ${event.joint} through its range`);
    return;
  }
  if (event.event === 'unplugged') {
    ui.info(`${event.pty} disconnected (simulated)`);
    return;
  }
  const { protocol, link, pty, ids, baudRate } = event;
  const body = `${protocol}:${link ?? pty}`;
  if (fresh !== null) {
    ui.info(`${robot}: new servo for ${fresh} (ID ${ids[0]!}, ${baudRate} baud) on ${pty}. Press Ctrl-C to stop.`);
    ui.info(`Number it with: softqd setup-servos --robot ${robot} --driver ${body} --joint ${fresh}`);
    return;
  }
  const who = ids.length > 0 ? `${protocol} servos ${ids.join(', ')}` : `a ${protocol} board`;
  ui.info(`${robot}: ${who} at ${baudRate} baud on ${pty}. Press Ctrl-C to stop.`);
  if (!calibrated && ids.length > 0) ui.info(`Calibrate with: softqd calibrate --robot ${robot} --driver ${body}`);
  ui.info(`Connect with: softqd run --robot ${robot} --task reach --driver ${body}`);
}
