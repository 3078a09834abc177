import { MonotonicClock } from '../../base/monotonic-clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import {
  busOpener,
  clearServoFault,
  parseServoUrl,
  plainBusAddress,
  robotBusAddress,
  stopAfter,
  type FaultClearResult,
} from '../../commissioning/index.ts';
import { holdStatus, releaseHold } from '../../driver/index.ts';
import { controlPaths } from '../../processes/index.ts';
import { namePortUser, type CommandUi } from '../../runs/index.ts';
import { withBus, type SerialServoBus } from '../../servo/index.ts';
import type { CommandFunction } from '../../cli/index.ts';
import type { ClearFaultOptions, ClearFaultResult } from './types.ts';

/**
 * `softqd clear-fault ID`: reports, explains and clears the latched faults of a servo; asks before its torque is turned off. Joints that a
 * watchdog process holds continue to hold. Exit code 1 when a fault is still active.
 */
export const clearFaultCommand: CommandFunction<ClearFaultOptions, ClearFaultResult> = async (options, ui) => {
  const url = parseServoUrl(options.driverUrl);
  const { robot, config } = await options.configure(options.robot === null ? {} : { robot: options.robot });
  const address = robot === null ? plainBusAddress(url) : robotBusAddress(robot, url);
  const index = robot?.servoBus?.servos.findIndex(({ id }) => id === options.id) ?? -1;
  if (robot !== null && index < 0) {
    const ids = robot.servoBus!.servos.map(({ id }) => id);
    throw new SoftqdError('E_USAGE', `robot ${robot.name} has no servo ${options.id}; its servos: ${ids.join(', ')}`, {
      values: { robot: robot.name, id: options.id },
    });
  }
  const dataDirectory = config.data.directory;
  const joint = robot?.joints[index]?.name ?? null;
  const clock = new MonotonicClock();
  const clear = (bus: SerialServoBus): Promise<FaultClearResult> =>
    clearServoFault(bus, options.id, clock, () => requireConsent(options, joint, ui));
  const holdSocketPath = robot === null ? null : controlPaths(dataDirectory, robot.name, options.robotId).holdSocket;
  // It has the port; the servos continue to hold without it.
  const wasHeld =
    holdSocketPath !== null && (await holdStatus(holdSocketPath)) !== null && (await releaseHold(holdSocketPath));
  const person = { emit: () => undefined, info: (text: string) => ui.info(text) };
  const result = await withBus(busOpener(ui), address, (bus) =>
    wasHeld && robot !== null ? stopAfter({ robot, bus, clock, person, holdSocketPath }, () => clear(bus)) : clear(bus),
  ).catch((thrown: unknown) => {
    throw namePortUser(thrown, dataDirectory);
  });
  ui.event({ ...result, joint });
  return result.recovered ? 0 : 1;
};

async function requireConsent(
  { id, yes, confirm }: ClearFaultOptions,
  joint: string | null,
  { signal }: CommandUi<ClearFaultResult>,
): Promise<void> {
  if (yes) return;
  const text = `Servo ${id}${joint === null ? '' : ` (${joint})`} has torque, which clearing its fault turns off. What gravity loads, falls: support it.`;
  if (confirm === null) {
    throw new SoftqdError('E_USAGE', `clear-fault asks first, and there is no terminal. ${text}`, {
      hint: 'Pass --yes to turn torque off without asking.',
    });
  }
  if (await confirm(text, signal)) return;
  throw new SoftqdError('E_USAGE', 'the fault was not cleared: not confirmed', { hint: 'Type yes to confirm.' });
}
