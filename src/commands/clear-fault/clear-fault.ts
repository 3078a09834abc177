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
import type { CommandFunction } from '../../cli/index.ts';
import type { ClearFaultOptions, ClearFaultResult } from './types.ts';

/** `softqd clear-fault ID`: reports, explains and clears the latched faults of a servo. Exit code 1 when a fault is still active. */
export const clearFaultCommand: CommandFunction<ClearFaultOptions, ClearFaultResult> = async (options, ui) => {
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
  const result = await withBus(busOpener(ui), address, (bus) => clearServoFault(bus, options.id, new MonotonicClock()));
  ui.event({ ...result, joint: robot?.joints[joint]?.name ?? null });
  return result.recovered ? 0 : 1;
};
