import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { LinkRefusal, LinkState, LinkStatus, LinkStopReason } from '../../wire/bridge/index.ts';

/** What the board says about a stop: `joint` -1 for none. */
export interface BoardStop {
  readonly reason: LinkStopReason;
  readonly joint: number;
  readonly value: number;
}

function where(robot: RobotSpec, joint: number, value: number): string {
  const name = robot.joints[joint]?.name;
  return name === undefined
    ? value === 0
      ? ''
      : ` (${Number(value.toPrecision(4))})`
    : ` (${name}: ${Number(value.toPrecision(4))})`;
}

/** The board left the armed state by itself. */
export function boardStoppedError(robot: RobotSpec, state: LinkState, fault: BoardStop): SoftqdError {
  const { reason, joint, value } = fault;
  return new SoftqdError(
    'E_BRIDGE_STOPPED',
    `${robot.name}: the board is ${state}: ${reason}${where(robot, joint, value)}`,
    {
      values: {
        robot: robot.name,
        state,
        reason,
        joint: robot.joints[joint]?.name ?? null,
        value: Number.isFinite(value) ? value : null,
      },
    },
  );
}

const ARM_REJECTION_TEXT: Readonly<Record<LinkRefusal, string>> = {
  none: 'it says so without a reason',
  'wrong-session': 'another session is open there',
  'wrong-limits': 'it keeps other limits than it said at connection',
  stopped: 'it stopped before',
  'not-engaged': 'it has not heard an engaged heartbeat',
  unhealthy: 'a measurement is missing or out of range',
  armed: 'it is armed already',
  'unknown-parameter': 'unknown parameter',
  'out-of-range': 'out of range',
  'wrong-protocol': 'it speaks another protocol',
  unknown: 'for a reason this version does not know',
};

/** Arming was refused, or not answered (null). */
export function armRejectedError(robot: RobotSpec, status: LinkStatus | null): SoftqdError {
  if (status === null)
    return new SoftqdError('E_TIMEOUT', `${robot.name}: the board did not answer when it was to be armed`);
  if (status.accepted)
    return new SoftqdError('E_SAFETY_STATE', `${robot.name}: it was disarmed while it was being armed`);
  const { refusal, stopReason, joint, value } = status;
  const behind = stopReason === 'none' ? '' : `: ${stopReason}${where(robot, joint, value)}`;
  return new SoftqdError(
    'E_SAFETY_STATE',
    `${robot.name}: the board refuses to be armed, ${ARM_REJECTION_TEXT[refusal]}${behind}`,
    {
      values: { robot: robot.name, refusal, stopReason, joint: robot.joints[joint]?.name ?? null },
    },
  );
}
