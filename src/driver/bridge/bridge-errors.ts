import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import type { LinkRefusal, LinkState, LinkStatus, LinkStopReason } from '../../wire/bridge/index.ts';

/** The stop reported by the board; `joint` is -1 when it concerns no joint. */
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

export function bridgeClosedError({ name }: RobotSpec): SoftqdError {
  return new SoftqdError('E_SERIAL_LOST', `${name}: connection closed`);
}

/** The board left the armed state without a request. */
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
  none: 'no reason given',
  'wrong-session': 'another session is open',
  'wrong-limits': 'its limits changed since the connection was opened',
  stopped: 'it is in the stopped state',
  'not-engaged': 'it has received no heartbeat with engaged = true',
  unhealthy: 'a measurement is missing or out of range',
  armed: 'it is already armed',
  'unknown-parameter': 'unknown parameter',
  'out-of-range': 'out of range',
  'wrong-protocol': 'protocol version mismatch',
  unknown: 'unknown reason (newer firmware)',
};

/** The board rejected arming, or did not respond (null). */
export function armRejectedError(robot: RobotSpec, status: LinkStatus | null): SoftqdError {
  if (status === null)
    return new SoftqdError('E_TIMEOUT', `${robot.name}: no response from the board to the arm request`);
  if (status.accepted) return new SoftqdError('E_SAFETY_STATE', `${robot.name}: arming was canceled by a disarm`);
  const { refusal, stopReason, joint, value } = status;
  const behind = stopReason === 'none' ? '' : `: ${stopReason}${where(robot, joint, value)}`;
  return new SoftqdError(
    'E_SAFETY_STATE',
    `${robot.name}: the board rejected arming: ${ARM_REJECTION_TEXT[refusal]}${behind}`,
    {
      values: { robot: robot.name, refusal, stopReason, joint: robot.joints[joint]?.name ?? null },
    },
  );
}
