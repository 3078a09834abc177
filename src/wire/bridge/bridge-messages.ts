import type { CommandMode, StopMode } from '../../robot/robot-spec.ts';
import type {
  LinkCommandMode,
  LinkLogLevel,
  LinkOutput,
  LinkKnownRefusal,
  LinkState,
  LinkKnownStopReason,
} from './bridge-enums.ts';

/** Bounds of both ends; proto/softqd/v1/link.options has the same bounds for the firmware. */
export const LINK_PROTOCOL_VERSION = 2;
export const LINK_MAX_SIZES = {
  joints: 12,
  nameLength: 23,
  versionLength: 31,
  logLength: 95,
  parameters: 8,
  /** Longest validity of a command. */
  validForMs: 1000,
} as const;

/** `unknown` comes from a newer firmware. */
export type LinkStopReason = LinkKnownStopReason | 'unknown';
export type LinkRefusal = LinkKnownRefusal | 'unknown';

/** Bits of a reading's flags, since the reading before. */
export const LINK_FLAGS = {
  positionClipped: 1,
  velocityClipped: 2,
  accelerationClipped: 4,
  effortClipped: 8,
  frameDropped: 16,
  commandIgnored: 32,
  distanceClipped: 64,
} as const;

/** How one joint stops: see link.proto. */
export interface LinkJointStop {
  readonly mode: StopMode;
  readonly holdMs: number;
  readonly then: StopMode;
  readonly maxHoldTemperatureC: number;
}

/** A joint with the limits that the board enforces; infinite where it has none. */
export interface LinkJoint {
  readonly name: string;
  readonly targetMode: CommandMode;
  readonly stop: LinkJointStop;
  readonly minPositionRadOrM: number;
  readonly maxPositionRadOrM: number;
  readonly maxVelocityRadOrMPerS: number;
  readonly maxAccelerationRadOrMPerS2: number;
  readonly maxCommandDistanceRadOrM: number;
  readonly maxEffortNmOrN: number;
  readonly maxEffortRateNmOrNPerS: number;
}

interface LinkParameter {
  readonly name: string;
  readonly value: number;
  readonly minimum: number;
  readonly maximum: number;
}

/** Messages of the host; see link.proto for each field. */
export type LinkToBoard =
  | { readonly type: 'hello'; readonly protocolVersion: number; readonly session: number; readonly hostVersion: string }
  | { readonly type: 'heartbeat'; readonly sequence: number; readonly engaged: boolean }
  | LinkCommand
  | { readonly type: 'arm'; readonly session: number; readonly limitsHash: number }
  /** Stops in joint order; none: those of the board. */
  | { readonly type: 'disarm'; readonly session: number; readonly stops: readonly LinkJointStop[] }
  | { readonly type: 'clear-fault'; readonly session: number }
  /** An empty name requests the list. */
  | { readonly type: 'parameter-request'; readonly name: string; readonly value: number };

interface LinkCommand {
  readonly type: 'command';
  readonly sequence: number;
  readonly mode: LinkCommandMode;
  readonly targets: Float64Array;
  readonly validForMs: number;
}

/** Messages of the board. */
export type LinkFromBoard =
  | LinkWelcome
  | LinkReading
  | LinkStatus
  | {
      readonly type: 'fault';
      readonly reason: LinkStopReason;
      readonly joint: number;
      readonly value: number;
      readonly deviceTimeUs: number;
    }
  | { readonly type: 'parameters'; readonly parameters: readonly LinkParameter[]; readonly refusal: LinkRefusal }
  | { readonly type: 'log-line'; readonly deviceTimeUs: number; readonly level: LinkLogLevel; readonly text: string };

export interface LinkWelcome {
  readonly type: 'welcome';
  readonly protocolVersion: number;
  readonly session: number;
  readonly firmwareVersion: string;
  readonly board: string;
  readonly joints: readonly LinkJoint[];
  readonly limitsHash: number;
  readonly deviceTimeUs: number;
  readonly state: LinkState;
  readonly stopReason: LinkStopReason;
}

export interface LinkReading {
  readonly type: 'reading';
  readonly deviceTimeUs: number;
  readonly sequence: number;
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly efforts: Float64Array;
  /** Empty unless armed. */
  readonly appliedTargets: Float64Array;
  readonly supplyVoltageV: number;
  readonly temperaturesC: Float64Array;
  readonly flags: number;
  readonly state: LinkState;
  readonly stopReason: LinkStopReason;
  readonly commandSequence: number;
  readonly session: number;
}

/** The response to arm, disarm and clear-fault. */
export interface LinkStatus {
  readonly type: 'status';
  readonly accepted: boolean;
  readonly refusal: LinkRefusal;
  readonly state: LinkState;
  readonly stopReason: LinkStopReason;
  /** -1 for none. */
  readonly joint: number;
  readonly value: number;
  readonly framesReceived: number;
  readonly framesDropped: number;
  readonly session: number;
  /** What the drive of each joint does now, in joint order. */
  readonly outputs: readonly LinkOutput[];
}
