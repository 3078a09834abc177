import type { StopMode } from '../../robot/robot-spec.ts';
import type { Span } from '../bus/bus-protocol.ts';

/** What one servo says of itself in a tick, as its registers count. */
export interface ServoSample {
  readonly positionSteps: number;
  /** Turns of the horn per second; growing steps are positive. */
  readonly turnsPerS: number;
  /** Part of what the motor can do, -1 to 1: PWM duty (Feetech load, XL430 load) or current beside its range. */
  readonly load: number;
  readonly supplyV: number;
  readonly temperatureC: number;
}

/** A register and what is written into it. */
export type RegisterSetting = readonly [register: string, value: number];

export interface HealthCheck {
  readonly register: string;
  readonly kind: 'torque' | 'watchdog';
  /** Whether a servo that is driven reads so. */
  isHealthy(value: number): boolean;
}

/** What a servo body does differently on each bus; packets are the business of BusProtocol. */
export interface ServoFamily {
  readonly stepsPerTurn: number;
  /** Read once a tick from every servo, in one piece. */
  readonly block: Span;
  sample(block: Uint8Array): ServoSample;
  /** What the position register can hold in position mode. */
  readonly positionRange: { readonly min: number; readonly max: number };
  /** Configured by difference on every servo, before what the robot file states. */
  readonly settings: Readonly<Record<string, number>>;
  /** EEPROM is written with this register at 0 and kept with it at 1; null where torque off is enough. */
  readonly lock: string | null;
  /** What makes a servo stop this way: nothing for one that keeps its place by itself. */
  readonly stop: Readonly<Record<StopMode, readonly RegisterSetting[]>>;
  /** Register whose value another one must have before torque goes on: [goal, limit]; null for none. */
  readonly copiedOnArming: readonly [register: string, from: string] | null;
  /** The servo's own dead man's handle; null where it has none. */
  readonly watchdog: {
    readonly register: string;
    readonly msPerStep: number;
    readonly max: number;
    readonly off: number;
  } | null;
  /** Looked at now and then while armed, in turn: registers that show a servo which has stopped by itself without a fault. */
  readonly healthChecks: readonly HealthCheck[];
  /** Register with the servo's faults, and their names. */
  readonly faultRegister: string;
  faultNames(bits: number): readonly string[];
  /** Whether a servo with this firmware answers fast sync reads. */
  supportsFastSyncRead(firmware: string): boolean;
}
