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

/** The board sends nothing, although its port is open. */
export function boardSilentError({ name }: RobotSpec, timeoutMs: number): SoftqdError {
  return new SoftqdError(
    'E_SERIAL_LOST',
    `${name}: no data from the board for ${timeoutMs} ms; its port is open. It stops without heartbeats`,
    {
      hint: 'Check the supply of the board; if it is on, the firmware hangs or the cable is damaged.',
      values: { robot: name, cause: 'board-silent' },
    },
  );
}

/** What a reason of the board means and what to do, where the word alone does not say it. */
const STOP_TEXT: Partial<Record<LinkStopReason, readonly [string, string]>> = {
  'emergency-stop': ['the emergency stop is pressed', 'Release it when the robot is safe to move.'],
  undervoltage: [
    'the supply of the motors is too low or switched off',
    'Check the supply; an emergency stop that cuts it is pressed, or a wire is loose.',
  ],
  'heartbeat-lost': [
    'no heartbeat of softqd arrived in time',
    'This machine stalled, or bytes were lost on the cable: see the counters of the link.',
  ],
  'command-expired': [
    'no command arrived in time',
    'The control loop was late; at less than 25 Hz every command expires before the next one.',
  ],
  'not-engaged': ['heartbeats said that the loop does not drive', 'The request to disarm was lost on the cable.'],
  'tick-late': ['the loop of the board was late', 'The firmware is at fault, not this machine.'],
  'watchdog-reset': ['the firmware hung and was restarted', 'The firmware is at fault, not this machine.'],
};
const CLEAR_HINT = 'Then softqd clear-fault.';

/** The board left the armed state without a request. */
export function boardStoppedError(robot: RobotSpec, state: LinkState, fault: BoardStop): SoftqdError {
  const { reason, joint, value } = fault;
  const [meaning, toDo] = STOP_TEXT[reason] ?? [null, 'Remove the cause.'];
  const text = meaning === null ? reason : `${reason}, ${meaning}`;
  return new SoftqdError(
    'E_BRIDGE_STOPPED',
    `${robot.name}: the board is ${state}: ${text}${where(robot, joint, value)}`,
    {
      hint: `${toDo} ${CLEAR_HINT}`,
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
  stopped: 'it keeps a stop until the fault is cleared',
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
      ...(refusal === 'stopped' ? { hint: `Remove the cause. ${CLEAR_HINT}` } : {}),
      values: { robot: robot.name, refusal, stopReason, joint: robot.joints[joint]?.name ?? null },
    },
  );
}

/** The board did not clear its stop, or did not respond (null). */
export function clearRejectedError({ name }: RobotSpec, refusal: LinkRefusal | null): SoftqdError {
  if (refusal === null) return new SoftqdError('E_TIMEOUT', `${name}: no response from the board to clear its fault`);
  return new SoftqdError(
    'E_SAFETY_STATE',
    `${name}: the board did not clear its fault: ${ARM_REJECTION_TEXT[refusal]}`,
    {
      values: { robot: name, refusal },
    },
  );
}
