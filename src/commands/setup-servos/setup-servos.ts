import { MonotonicClock } from '../../base/monotonic-clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { busOpener, parseServoUrl, robotBusAddress, setupServos } from '../../commissioning/index.ts';
import type { CommandFunction } from '../../runs/index.ts';
import type { SetupCommandOptions } from '../hardware-options.ts';

/** `softqd setup-servos`: assigns IDs and baud rate to new servos, one connected at a time. */
export const setupCommand: CommandFunction<SetupCommandOptions> = async (options, ui) => {
  const url = parseServoUrl(options.driverUrl);
  const { robot } = await options.configure({ robot: options.robot });
  if (robot === null) throw new SoftqdError('E_USAGE', '--robot is required', { hint: 'Pass --robot NAME.' });
  const { address } = robotBusAddress(robot, url);
  const done: string[] = [];
  try {
    const configured = await setupServos({
      robot,
      open: busOpener(ui),
      address,
      ...(url.baudRate === null ? {} : { baudRates: [url.baudRate] }),
      joint: options.joint,
      from: options.from,
      clock: new MonotonicClock(),
      signal: ui.signal,
      person: {
        tell: (event) => {
          if (event.event === 'joint') done.push(event.joint);
          ui.event({ ...event });
        },
        note: (text) => ui.info(text),
        enter: (question, signal) => {
          ui.event({ event: 'ask', ...question });
          return options.enter(signal);
        },
      },
    });
    ui.event({
      event: 'done',
      robot: robot.name,
      driver: options.driverUrl,
      joints: configured.map(({ joint }) => joint),
    });
    return 0;
  } finally {
    const next = robot.joints[robot.joints.findIndex(({ name }) => name === done.at(-1)) - 1];
    if (ui.signal.aborted && options.joint === null && next !== undefined) {
      ui.info(
        `Done so far: ${done.join(', ')}. To resume, run softqd setup-servos --robot ${robot.name} --driver ${options.driverUrl} --from ${next.name}`,
      );
    }
  }
};
