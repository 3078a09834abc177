import { SoftqdError } from '../../base/errors.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import { stopPlan } from '../../safety/port.ts';
import {
  LINK_PROTOCOL_VERSION,
  limitsHash,
  type LinkJoint,
  type LinkJointStop,
  type LinkWelcome,
} from '../../wire/bridge/index.ts';
import { linkJointStop } from './bridge-stop.ts';

/** Limits are float32 on the board. */
const RELATIVE_TOLERANCE = 1e-5;
const TEMPERATURE_TOLERANCE_C = 0.01;
/** At or above this value the board has no limit. */
const NO_LIMIT = 1e9;

const LIMITS = [
  ['minPositionRadOrM', 'minPositionRadOrM'],
  ['maxPositionRadOrM', 'maxPositionRadOrM'],
  ['maxVelocityRadOrMPerS', 'maxVelocityRadOrMPerS'],
  ['maxAccelerationRadOrMPerS2', 'maxAccelerationRadOrMPerS2'],
  ['maxCommandDistanceRadOrM', 'maxCommandDistanceRadOrM'],
  ['maxEffortNmOrN', 'maxEffortNmOrN'],
  ['maxEffortRateNmOrNPerS', 'maxEffortRateNmOrNPerS'],
] as const;

/**
 * Checks that the board is this robot: protocol, joints in order, their modes, how they stop, and every limit in the robot file. A limit that only
 * the board has is not compared. Throws E_PROTOCOL_MISMATCH, or E_ROBOT_FILE for limits and stops.
 */
export function checkWelcome(welcome: LinkWelcome, robot: RobotSpec): void {
  if (welcome.protocolVersion !== LINK_PROTOCOL_VERSION) {
    throw mismatch(
      robot,
      `firmware ${welcome.firmwareVersion} uses bridge protocol ${welcome.protocolVersion}, softqd uses ${LINK_PROTOCOL_VERSION}`,
    );
  }
  const names = robot.joints.map(({ name }) => name);
  const got = welcome.joints.map(({ name }) => name);
  if (names.join('\n') !== got.join('\n'))
    throw mismatch(robot, `joints on the board [${got.join(', ')}], in the robot file [${names.join(', ')}]`);
  if (limitsHash(welcome.joints) !== welcome.limitsHash)
    throw mismatch(robot, 'limits hash does not match the limits sent');
  robot.joints.forEach((joint, i) => checkJoint(welcome.joints[i]!, joint, robot));
  stopPlan(robot).joints.forEach((stop, i) => checkStop(welcome.joints[i]!, linkJointStop(stop), robot));
}

/** The stop without the host is the board's, so it must be the one of the robot file. */
function checkStop({ name, stop: board }: LinkJoint, file: LinkJointStop, robot: RobotSpec): void {
  if (board.mode !== file.mode) throw different(robot, name, 'stopMode', [board.mode, file.mode]);
  if (board.mode !== 'hold') return;
  if (board.then !== file.then) throw different(robot, name, 'stop.then', [board.then, file.then]);
  if (board.holdMs !== file.holdMs)
    throw different(robot, name, 'stop.holdS', [board.holdMs / 1000, file.holdMs / 1000]);
  if (!(Math.abs(board.maxHoldTemperatureC - file.maxHoldTemperatureC) < TEMPERATURE_TOLERANCE_C)) {
    throw different(robot, name, 'stop.maxHoldTemperatureC', [board.maxHoldTemperatureC, file.maxHoldTemperatureC]);
  }
}

function checkJoint(board: LinkJoint, joint: JointSpec, robot: RobotSpec): void {
  if (board.targetMode !== joint.commandMode) {
    throw mismatch(
      robot,
      `${joint.name}: target mode on the board ${board.targetMode}, in the robot file ${joint.commandMode}`,
    );
  }
  for (const [ofBoard, ofFile] of LIMITS) {
    const stated = joint.limits[ofFile];
    const kept = board[ofBoard];
    if (stated === undefined || (Math.abs(stated) >= NO_LIMIT && Math.abs(kept) >= NO_LIMIT && stated > 0 === kept > 0))
      continue;
    if (Math.abs(kept - stated) > RELATIVE_TOLERANCE * Math.max(Math.abs(kept), Math.abs(stated)))
      throw different(robot, joint.name, ofFile, [kept, stated]);
  }
}

function mismatch(robot: RobotSpec, why: string): SoftqdError {
  return new SoftqdError('E_PROTOCOL_MISMATCH', `the board does not match robot ${robot.name}: ${why}`, {
    hint: 'Flash the firmware of this robot and of this softqd version.',
    values: { robot: robot.name },
  });
}

function different(
  robot: RobotSpec,
  joint: string,
  what: string,
  [board, file]: readonly [string | number, string | number],
): SoftqdError {
  return new SoftqdError(
    'E_ROBOT_FILE',
    `${robot.name}: ${joint} .${what} is ${board} on the board, ${file} in the robot file`,
    {
      hint: 'Use the same limits in robot.json5 and in the firmware.',
      values: { robot: robot.name, joint, what, board, file },
    },
  );
}
