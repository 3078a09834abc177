import { MonotonicClock } from '../../base/monotonic-clock.ts';
import {
  busOpener,
  calibrate,
  parseServoUrl,
  robotBusAddress,
  torqueOffPrompt,
  type CalibrateResult,
  type Operator,
  type ServoAddress,
} from '../../commissioning/index.ts';
import { holdStatus, releaseHold } from '../../driver/index.ts';
import { controlPaths } from '../../processes/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { namePortUser, requireRobot, type CommandUi } from '../../runs/index.ts';
import { withBus } from '../../servo/index.ts';
import type { CommandFunction } from '../../cli/index.ts';
import type { CalibrateCommandEvent, CalibrateCommandOptions } from './types.ts';
import { requireVerifiable, verifyCommand } from './verify.ts';

/** `softqd calibrate`: measures a robot by hand guiding, or imports a file, and writes the servos and the calibration file. */
export const calibrateCommand: CommandFunction<CalibrateCommandOptions, CalibrateCommandEvent> = async (
  options,
  ui,
) => {
  const address = parseServoUrl(options.driverUrl);
  if (options.verifyDirections) requireVerifiable(options);
  const loaded = await options.configure({ robot: options.robot });
  const { robot } = requireRobot(loaded);
  const dataDirectory = loaded.config.data.directory;
  const { calibration, sha256, file, written } = await options
    .withEnterPrompt((waitForEnter) =>
      calibrateOn({ options, robot, address, dataDirectory, person: operatorOf(waitForEnter, ui) }, ui),
    )
    .catch((thrown: unknown) => {
      throw namePortUser(thrown, dataDirectory);
    });
  const code = options.verifyDirections ? await verifyCommand(options, loaded, ui) : 0;
  if (code !== 0) return code;
  ui.event({
    ...{ event: 'done', robot: robot.name, file, sha256, written, joints: calibration.joints },
    directionsVerified: options.verifyDirections,
  });
  return 0;
};

interface CalibrationTarget {
  readonly options: CalibrateCommandOptions;
  readonly robot: RobotSpec;
  readonly address: ServoAddress;
  readonly dataDirectory: string;
  readonly person: Operator;
}

/** A watchdog process that holds the robot is ended after asking; canceled there, it continues to hold. */
async function calibrateOn(
  { options, robot, address, dataDirectory, person }: CalibrationTarget,
  ui: CommandUi<CalibrateCommandEvent>,
): Promise<CalibrateResult> {
  const { importFile, measureDirections, restart, yes, robotId: id } = options;
  const { signal } = ui;
  const bus = robotBusAddress(robot, address);
  const { holdSocket: holdSocketPath } = controlPaths(dataDirectory, robot.name, id);
  const hold = await holdStatus(holdSocketPath);
  const holding = hold?.joints.filter(({ mode }) => mode === 'hold').map(({ joint }) => joint) ?? [];
  const asks = holding.length > 0 && !yes;
  if (asks) await person.waitForEnter(torqueOffPrompt(robot, holding), signal);
  if (hold !== null) await releaseHold(holdSocketPath);
  return withBus(busOpener(ui), bus, (open) =>
    calibrate({
      ...{ robot, bus: open, clock: new MonotonicClock(), person, signal, dataDirectory, holdSocketPath },
      ...{ id, importFile, measureDirections, restart, yes, torqueOffAgreed: asks },
    }),
  );
}

function operatorOf(
  waitForEnter: (signal: AbortSignal) => Promise<void>,
  ui: CommandUi<CalibrateCommandEvent>,
): Operator {
  return {
    emit: (event) => ui.event(event),
    info: (text) => ui.info(text),
    waitForEnter: (question, signal) => {
      ui.event({ event: 'prompt', ...question });
      return waitForEnter(signal);
    },
  };
}
