import { MonotonicClock } from '../../base/monotonic-clock.ts';
import { busOpener, parseServoUrl, robotBusAddress, setupServos } from '../../commissioning/index.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { requireRobot } from '../../runs/index.ts';
import type { SetupServosCommandOptions, SetupServosEvent } from './types.ts';

/** `softqd setup-servos`: assigns IDs and the baud rate to new servos, one connected at a time. */
export const setupServosCommand: CommandFunction<SetupServosCommandOptions, SetupServosEvent> = async (options, ui) => {
  const url = parseServoUrl(options.driverUrl);
  const { robot } = requireRobot(await options.configure({ robot: options.robot }));
  const { address } = robotBusAddress(robot, url);
  const { robotId: id } = options;
  const idFlag = id === null ? '' : ` --id ${id}`;
  const done: string[] = [];
  try {
    const servos = await setupServos({
      robot,
      open: busOpener(ui),
      address,
      ...(url.baudRate === null ? {} : { baudRates: [url.baudRate] }),
      joint: options.joint,
      from: options.startAt,
      clock: new MonotonicClock(),
      signal: ui.signal,
      person: {
        emit: (event) => {
          if (event.event === 'servo') done.push(event.joint);
          ui.event(event);
        },
        info: (text) => ui.info(text),
        waitForEnter: (question, signal) => {
          ui.event({ event: 'prompt', ...question });
          return options.waitForEnter(signal);
        },
      },
    });
    ui.event({
      event: 'done',
      ...{ robot: robot.name, id },
      driver: options.driverUrl,
      joints: servos.map(({ joint }) => joint),
    });
    return 0;
  } finally {
    const next = robot.joints[robot.joints.findIndex(({ name }) => name === done.at(-1)) - 1];
    if (ui.signal.aborted && options.joint === null && next !== undefined) {
      ui.info(
        `Done so far: ${done.join(', ')}. To resume, run softqd setup-servos --robot ${robot.name}${idFlag} --driver ${options.driverUrl} --start-at ${next.name}`,
      );
    }
  }
};
