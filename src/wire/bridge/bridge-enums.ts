import type { CommandMode, StopMode } from '../../robot/robot-spec.ts';
import { softqd } from '../generated/messages.js';

const { v1 } = softqd;

// Names for the enums of link.proto; each name has one number on the wire.

export const LINK_TARGET_MODE = {
  position: v1.LinkTargetMode.LINK_TARGET_MODE_POSITION,
  velocity: v1.LinkTargetMode.LINK_TARGET_MODE_VELOCITY,
  effort: v1.LinkTargetMode.LINK_TARGET_MODE_EFFORT,
} as const satisfies Record<CommandMode, number>;

export const LINK_STOP_MODE = {
  hold: v1.LinkStopMode.LINK_STOP_MODE_HOLD,
  damp: v1.LinkStopMode.LINK_STOP_MODE_DAMP,
  'torque-off': v1.LinkStopMode.LINK_STOP_MODE_TORQUE_OFF,
} as const satisfies Record<StopMode, number>;

/** What the drive of a joint does. */
export const LINK_OUTPUT = {
  'torque-off': v1.LinkOutput.LINK_OUTPUT_TORQUE_OFF,
  damp: v1.LinkOutput.LINK_OUTPUT_DAMP,
  hold: v1.LinkOutput.LINK_OUTPUT_HOLD,
  target: v1.LinkOutput.LINK_OUTPUT_TARGET,
} as const satisfies Record<StopMode | 'target', number>;

export const LINK_STATE = {
  disarmed: v1.LinkState.LINK_STATE_DISARMED,
  armed: v1.LinkState.LINK_STATE_ARMED,
  stopped: v1.LinkState.LINK_STATE_STOPPED,
} as const;

export const LINK_COMMAND_MODE = {
  targets: v1.LinkCommandMode.LINK_COMMAND_MODE_TARGETS,
  stop: v1.LinkCommandMode.LINK_COMMAND_MODE_STOP,
} as const;

export const LINK_LOG_LEVEL = {
  info: v1.LinkLogLevel.LINK_LOG_LEVEL_INFO,
  warning: v1.LinkLogLevel.LINK_LOG_LEVEL_WARNING,
  error: v1.LinkLogLevel.LINK_LOG_LEVEL_ERROR,
} as const;

export const LINK_STOP_REASON = {
  none: v1.LinkStopReason.LINK_STOP_REASON_NONE,
  'host-disarmed': v1.LinkStopReason.LINK_STOP_REASON_HOST_DISARMED,
  'heartbeat-lost': v1.LinkStopReason.LINK_STOP_REASON_HEARTBEAT_LOST,
  'not-engaged': v1.LinkStopReason.LINK_STOP_REASON_NOT_ENGAGED,
  'command-expired': v1.LinkStopReason.LINK_STOP_REASON_COMMAND_EXPIRED,
  'bad-command': v1.LinkStopReason.LINK_STOP_REASON_BAD_COMMAND,
  'position-limit': v1.LinkStopReason.LINK_STOP_REASON_POSITION_LIMIT,
  'velocity-limit': v1.LinkStopReason.LINK_STOP_REASON_VELOCITY_LIMIT,
  undervoltage: v1.LinkStopReason.LINK_STOP_REASON_UNDERVOLTAGE,
  overvoltage: v1.LinkStopReason.LINK_STOP_REASON_OVERVOLTAGE,
  overtemperature: v1.LinkStopReason.LINK_STOP_REASON_OVERTEMPERATURE,
  sensor: v1.LinkStopReason.LINK_STOP_REASON_SENSOR,
  'tick-late': v1.LinkStopReason.LINK_STOP_REASON_TICK_LATE,
  driver: v1.LinkStopReason.LINK_STOP_REASON_MOTOR_DRIVER,
  'watchdog-reset': v1.LinkStopReason.LINK_STOP_REASON_WATCHDOG_RESET,
  'emergency-stop': v1.LinkStopReason.LINK_STOP_REASON_EMERGENCY_STOP,
  'new-session': v1.LinkStopReason.LINK_STOP_REASON_NEW_SESSION,
} as const;

export const LINK_REFUSAL = {
  none: v1.LinkRefusal.LINK_REFUSAL_NONE,
  'wrong-session': v1.LinkRefusal.LINK_REFUSAL_WRONG_SESSION,
  'wrong-limits': v1.LinkRefusal.LINK_REFUSAL_WRONG_LIMITS,
  stopped: v1.LinkRefusal.LINK_REFUSAL_STOPPED,
  'not-engaged': v1.LinkRefusal.LINK_REFUSAL_NOT_ENGAGED,
  unhealthy: v1.LinkRefusal.LINK_REFUSAL_UNHEALTHY,
  armed: v1.LinkRefusal.LINK_REFUSAL_ARMED,
  'unknown-parameter': v1.LinkRefusal.LINK_REFUSAL_UNKNOWN_PARAMETER,
  'out-of-range': v1.LinkRefusal.LINK_REFUSAL_OUT_OF_RANGE,
  'wrong-protocol': v1.LinkRefusal.LINK_REFUSAL_WRONG_PROTOCOL,
} as const;

export type LinkOutput = keyof typeof LINK_OUTPUT;
export type LinkState = keyof typeof LINK_STATE;
export type LinkCommandMode = keyof typeof LINK_COMMAND_MODE;
export type LinkLogLevel = keyof typeof LINK_LOG_LEVEL;
/** Why a board stopped; `unknown` in a reading of newer firmware. */
export type LinkKnownStopReason = keyof typeof LINK_STOP_REASON;
export type LinkKnownRefusal = keyof typeof LINK_REFUSAL;

/** The name for a number; undefined for an unspecified value or one of newer firmware. */
export function linkEnumName<T extends string>(
  table: Readonly<Record<T, number>>,
  value: number | null | undefined,
): T | undefined {
  for (const word in table) if (table[word] === (value ?? 0)) return word;
  return undefined;
}
