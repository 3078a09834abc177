import { ERROR_CODES, type ErrorCode } from '../base/error-codes.ts';
import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/** ID, joint and label of a servo by its index in joint order. */
function servoLabel(
  robot: RobotSpec,
  index: number,
): { readonly id: number; readonly joint: string; readonly text: string } {
  const id = robot.servoBus?.servos[index]?.id ?? -1;
  const joint = robot.joints[index]?.name ?? '';
  return { id, joint, text: `servo ${id} (${joint})` };
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

/** There was no valid value of a servo for longer than the age limit of a reading. */
export function servoTimeoutError(
  robot: RobotSpec,
  index: number,
  miss: { readonly code: string; readonly detail: string },
): SoftqdError {
  const { id, joint, text } = servoLabel(robot, index);
  const code = isCode(miss.code) ? miss.code : 'E_READING_STALE';
  return new SoftqdError(code, `${robot.name}: no valid reading from ${text} within the age limit: ${miss.detail}`, {
    values: { id, joint },
  });
}

/** A servo reports faults by name. */
export function servoFault(robot: RobotSpec, index: number, faults: readonly string[]): SoftqdError {
  const { id, joint, text } = servoLabel(robot, index);
  const names = faults.length === 0 ? ['an unknown fault'] : faults;
  return new SoftqdError('E_SERVO_STATUS', `${robot.name}: ${text} reports ${names.join(', ')}`, {
    hint: `Remove the cause (load, temperature, supply), then run softqd clear-fault ${id}.`,
    values: { id, joint, bits: names },
  });
}

/** The torque of a servo is off without a disarm. */
export function torqueLostError(robot: RobotSpec, index: number): SoftqdError {
  const { id, joint, text } = servoLabel(robot, index);
  return new SoftqdError(
    'E_SERVO_STATUS',
    `${robot.name}: torque of ${text} turned off unexpectedly: supply dropout or servo fault`,
    {
      hint: 'Check the supply voltage under load and the cable of this servo, then arm again.',
      values: { id, joint, bits: ['torque-off'] },
    },
  );
}

export function commandTimeoutError(robot: RobotSpec, timeoutMs: number): SoftqdError {
  return new SoftqdError(
    'E_SAFETY_FAULT',
    `${robot.name}: command timeout: no command for ${timeoutMs} ms; servos stopped`,
    {
      hint: 'The control loop stalled. Check tick lateness and CPU load, then arm again.',
      values: { forMs: timeoutMs },
    },
  );
}

/** The process that would stop the servos when this one dies is gone. */
export function watchdogLostError(robot: RobotSpec, detail: string): SoftqdError {
  return new SoftqdError('E_WATCHDOG_LOST', `${robot.name}: watchdog process lost: ${detail}`, { values: { detail } });
}

export function busClosedError(robot: RobotSpec): SoftqdError {
  return new SoftqdError('E_SERIAL_LOST', `${robot.name}: connection closed`);
}
