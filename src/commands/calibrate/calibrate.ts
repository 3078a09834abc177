import { MonotonicClock } from '../../base/monotonic-clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { busOpener, calibrate, parseServoUrl, robotBusAddress } from '../../commissioning/index.ts';
import { withBus } from '../../servo/index.ts';
import type { CommandFunction } from '../../runs/index.ts';
import type { CalibrateCommandOptions } from '../hardware-options.ts';

/** `softqd calibrate`: measures a robot by hand, or takes a file, and writes servos and file. */
export const calibrateCommand: CommandFunction<CalibrateCommandOptions> = async (options, ui) => {
  const address = parseServoUrl(options.driverUrl);
  const { robot, config } = await options.configure({ robot: options.robot });
  if (robot === null) throw new SoftqdError('E_USAGE', '--robot is required', { hint: 'Pass --robot NAME.' });
  const { calibration, sha256, file, written } = await withBus(busOpener(ui), robotBusAddress(robot, address), (bus) =>
    calibrate({
      robot,
      bus,
      clock: new MonotonicClock(),
      dataDirectory: config.data.directory,
      importFile: options.fromFile,
      measureDirections: options.measureDirections,
      restart: options.restart,
      yes: options.yes,
      signal: ui.signal,
      person: {
        emit: (event) => ui.event({ ...event }),
        info: (text) => ui.info(text),
        waitForEnter: (question, signal) => {
          ui.event({ event: 'ask', ...question });
          return options.enter(signal);
        },
      },
    }),
  );
  ui.event({ event: 'done', robot: robot.name, file, sha256, written, joints: calibration.joints });
  return 0;
};
