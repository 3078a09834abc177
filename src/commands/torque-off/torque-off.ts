import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction } from '../../cli/index.ts';
import { jointsWithTorque, turnTorqueOff, type LoadedJoint } from '../../commissioning/index.ts';
import { holdStatus, releaseHold, type HoldStatus } from '../../driver/index.ts';
import { controlPaths } from '../../processes/index.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { JointStopResult } from '../../robot/stop-plan.ts';
import {
  CleanupStack,
  connectDriver,
  namePortUser,
  openLoopClock,
  parseDriverUrl,
  requireRobot,
  type CommandUi,
  type DriverUrl,
} from '../../runs/index.ts';
import { stopPlan } from '../../safety/index.ts';
import { oneDaemon, selectDaemons } from '../select-daemon.ts';
import type { TorqueOffOptions, TorqueOffResult } from './types.ts';

type SerialUrl = Extract<DriverUrl, { kind: 'serial' }>;

/** A joint with a load above this fraction of the motor's maximum carries something. */
const MIN_LOAD = 0.03;

/**
 * `softqd torque-off`: turns off the torque of a robot that no daemon controls, after asking. A watchdog process that holds the robot is
 * ended first. Throws E_STOP_UNCONFIRMED when a joint did not confirm.
 */
export const torqueOffCommand: CommandFunction<TorqueOffOptions, TorqueOffResult> = async (options, ui) => {
  const url = serialUrl(options.driverUrl);
  const selected = await selectDaemons(options, { robot: options.robot, id: options.robotId });
  const daemon = oneDaemon(selected);
  if (daemon !== null) {
    throw new SoftqdError('E_ROBOT_RUNNING', `process ${daemon.pid} controls ${daemon.robot}`, {
      hint: 'softqd stop stops it; then run torque-off again.',
      values: { robot: daemon.robot, pid: daemon.pid },
    });
  }
  const { robot } = requireRobot(await options.configure({ robot: options.robot }));
  const { holdSocket } = controlPaths(selected.dataDirectory, robot.name, options.robotId);
  const hold = url.protocol === 'bridge' ? null : await holdStatus(holdSocket);
  try {
    await requireConsent(options, await consequences(robot, url, hold, ui), ui.signal);
    if (hold !== null) await releaseHold(holdSocket);
    const joints = await turnOff(options, robot, url, ui);
    const confirmed = joints.every((joint) => joint.confirmed);
    ui.event({ robot: robot.name, joints, confirmed, releasedPid: hold?.pid ?? null });
    if (confirmed) return 0;
    const failed = joints.filter((joint) => !joint.confirmed).map(({ joint, detail }) => `${joint} (${detail ?? '-'})`);
    throw new SoftqdError('E_STOP_UNCONFIRMED', `torque off NOT confirmed: ${failed.join(', ')}`);
  } catch (thrown) {
    throw namePortUser(thrown, selected.dataDirectory);
  }
};

/** Throws E_USAGE for a driver that cannot turn torque off. */
function serialUrl(text: string): SerialUrl {
  const url = parseDriverUrl(text);
  if (url.kind === 'serial') return url;
  throw new SoftqdError('E_USAGE', `torque cannot be turned off over ${text.split(':')[0]!}:`, {
    hint: 'Pass feetech:PATH, dynamixel:PATH or bridge:PATH. On a ROS robot, stop its controller.',
  });
}

/** Which joints lose their torque, as one sentence. */
async function consequences(
  robot: RobotSpec,
  url: SerialUrl,
  hold: HoldStatus | null,
  ui: CommandUi<TorqueOffResult>,
): Promise<string> {
  const names = robot.joints.map(({ name }) => name);
  if (url.protocol === 'bridge') return `Torque off: ${names.join(', ')} of ${robot.name}. What gravity loads, falls.`;
  const { protocol, address, baudRate } = url;
  const loaded: readonly LoadedJoint[] =
    hold === null
      ? await jointsWithTorque(robot, { protocol, address, baudRate }, ui)
      : hold.joints.filter(({ mode }) => mode === 'hold').map(({ joint }) => ({ joint, load: 0 }));
  if (loaded.length === 0) return `No joint of ${robot.name} has torque.`;
  const text = loaded.map(({ joint, load }) => {
    if (load === null) return `${joint} (no reply)`;
    return load < MIN_LOAD ? joint : `${joint} (load ${Math.round(load * 100)} %)`;
  });
  return `Torque off: ${text.join(', ')} of ${robot.name}. What gravity loads, falls: support the robot.`;
}

async function requireConsent({ yes, confirm }: TorqueOffOptions, text: string, signal: AbortSignal): Promise<void> {
  if (yes) return;
  if (confirm === null) {
    throw new SoftqdError('E_USAGE', `torque-off asks first, and there is no terminal. ${text}`, {
      hint: 'Pass --yes to turn torque off without asking.',
    });
  }
  if (await confirm(text, signal)) return;
  throw new SoftqdError('E_USAGE', 'torque was not turned off: not confirmed', { hint: 'Type yes to confirm.' });
}

async function turnOff(
  options: TorqueOffOptions,
  robot: RobotSpec,
  url: SerialUrl,
  ui: CommandUi<TorqueOffResult>,
): Promise<readonly JointStopResult[]> {
  if (url.protocol !== 'bridge') {
    const { protocol, address, baudRate } = url;
    return (await turnTorqueOff(robot, { protocol, address, baudRate }, ui)).joints;
  }
  const loaded = await options.configure({ robot: options.robot });
  const time = openLoopClock();
  const closer = new CleanupStack();
  closer.defer(() => time.close());
  try {
    const { driver } = await connectDriver({
      ...{ selected: { ...requireRobot(loaded), loaded }, url, rateHz: 1 / robot.controlPeriodS, time, closer },
      ...{ robotId: options.robotId, ui: { ...ui, event: () => undefined } },
    });
    return (await driver.disarm(stopPlan(robot, 'torque-off'), 'torque off')).joints;
  } finally {
    await closer.close();
  }
}
