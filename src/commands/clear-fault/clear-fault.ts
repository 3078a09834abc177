import { MonotonicClock } from '../../base/monotonic-clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import {
  busOpener,
  clearServoFault,
  parseServoUrl,
  plainBusAddress,
  robotBusAddress,
} from '../../commissioning/index.ts';
import { withBus } from '../../servo/index.ts';
import type { CommandFunction } from '../../runs/index.ts';
import type { RecoverCommandOptions } from '../hardware-options.ts';

/** `softqd clear-fault ID`: what a servo has latched, what it means, and clearing it. Exit code 1 when a fault stays. */
export const recoverCommand: CommandFunction<RecoverCommandOptions> = async (options, ui) => {
  const url = parseServoUrl(options.driverUrl);
  const { robot } = await options.configure(options.robot === null ? {} : { robot: options.robot });
  const address = robot === null ? plainBusAddress(url) : robotBusAddress(robot, url);
  const joint = robot?.servoBus?.servos.findIndex(({ id }) => id === options.id) ?? -1;
  if (robot !== null && joint < 0) {
    const ids = robot.servoBus!.servos.map(({ id }) => id);
    throw new SoftqdError('E_USAGE', `robot ${robot.name} has no servo ${options.id}; its servos: ${ids.join(', ')}`, {
      values: { robot: robot.name, id: options.id },
    });
  }
  const recovery = await withBus(busOpener(ui), address, (bus) =>
    clearServoFault(bus, options.id, new MonotonicClock()),
  );
  ui.event({ ...recovery, joint: robot?.joints[joint]?.name ?? null });
  return recovery.recovered ? 0 : 1;
};
