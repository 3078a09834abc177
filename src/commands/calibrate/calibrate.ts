import { MonotonicClock } from '../../base/monotonic-clock.ts';
import { busOpener, calibrate, parseServoUrl, robotBusAddress } from '../../commissioning/index.ts';
import { withBus } from '../../servo/index.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { requireRobot } from '../../runs/index.ts';
import type { CalibrateCommandEvent, CalibrateCommandOptions } from './types.ts';

/** `softqd calibrate`: measures a robot by hand guiding, or imports a file, and writes the servos and the calibration file. */
export const calibrateCommand: CommandFunction<CalibrateCommandOptions, CalibrateCommandEvent> = async (
  options,
  ui,
) => {
  const address = parseServoUrl(options.driverUrl);
  const loaded = await options.configure({ robot: options.robot });
  const { robot } = requireRobot(loaded);
  const { calibration, sha256, file, written } = await withBus(busOpener(ui), robotBusAddress(robot, address), (bus) =>
    calibrate({
      robot,
      bus,
      clock: new MonotonicClock(),
      dataDirectory: loaded.config.data.directory,
      id: options.robotId,
      importFile: options.importFile,
      measureDirections: options.measureDirections,
      restart: options.restart,
      yes: options.yes,
      signal: ui.signal,
      person: {
        emit: (event) => ui.event(event),
        info: (text) => ui.info(text),
        waitForEnter: (question, signal) => {
          ui.event({ event: 'prompt', ...question });
          return options.waitForEnter(signal);
        },
      },
    }),
  );
  ui.event({ event: 'done', robot: robot.name, file, sha256, written, joints: calibration.joints });
  return 0;
};
