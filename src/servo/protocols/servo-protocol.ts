import type { StopMode } from '../../robot/robot-spec.ts';
import type { ServoBusSpec } from '../../robot/servo-bus-spec.ts';
import type { Register } from '../../wire/registers.ts';
import type { ServoPackets, Span } from './request.ts';

export type ServoProtocolName = ServoBusSpec['protocol'];

/** The state of one servo in one tick, in the units of its registers. */
export interface ServoSample {
  readonly positionSteps: number;
  /** Turns of the horn per second; positive when steps increase. */
  readonly turnsPerS: number;
  /** Value of the load or current register; the motor's maximum is `fullLoadSteps` of its model. */
  readonly loadSteps: number;
  readonly supplyV: number;
  readonly temperatureC: number;
}

/** A register and the value to write. */
export type RegisterSetting = readonly [register: string, value: number];

export interface HealthCheck {
  readonly register: string;
  readonly kind: 'torque' | 'watchdog';
  /** Whether an armed servo reads this value. */
  readonly isHealthy: (value: number) => boolean;
}

/** The properties of the servos of one protocol: packets, registers, control-loop block, stop modes, faults. */
export interface ServoProtocol {
  readonly name: ServoProtocolName;
  readonly packets: ServoPackets;
  readonly registers: Readonly<Record<string, Register>>;
  /** IDs are 0 to maxId. */
  readonly maxId: number;
  readonly models: ReadonlyMap<number, string>;
  /** Baud rates by the value of the register `baudRate`. */
  readonly baudRateCodes: readonly number[];
  /** The same rates in the order in which to search for servos, the most common first. */
  readonly baudRates: readonly number[];
  readonly stepsPerTurn: number;
  /** Volts per step of the voltage registers. */
  readonly voltsPerStep: number;
  /** The control-loop read block: one contiguous read per servo and tick. */
  readonly stateBlock: Span;
  parseState(block: Uint8Array): ServoSample;
  /** Values that the position register can have in position mode. */
  readonly positionRange: { readonly min: number; readonly max: number };
  /** Value of `operatingMode` for position mode. */
  readonly positionMode: number;
  /** Written by difference on every servo, before the registers of the robot file. */
  readonly settings: Readonly<Record<string, number>>;
  /** EEPROM is writable with this register at 0 and stored with it at 1; null where torque off is sufficient. */
  readonly lock: string | null;
  /** Registers that put a servo in a stop mode; empty where the servo holds its position without a write. */
  readonly stop: Readonly<Record<StopMode, readonly RegisterSetting[]>>;
  /** A register that must equal another one before torque is turned on: [register, source]; null for none. */
  readonly copiedOnArming: readonly [register: string, from: string] | null;
  /** The servo's own bus watchdog; null where it has none. */
  readonly watchdog: {
    readonly register: string;
    readonly msPerStep: number;
    readonly max: number;
    readonly off: number;
  } | null;
  /** Registers read in turn while armed; they reveal a servo that stopped without reporting a fault. */
  readonly healthChecks: readonly HealthCheck[];
  readonly temperatureLimitRegister: string;
  /** Register with the servo's faults. */
  readonly faultRegister: string;
  /** The names of the faults that are set in `faultRegister`. */
  readonly faultNames: (bits: number) => readonly string[];
  /** Whether the error byte of a reply names the faults; otherwise only `faultRegister` does. */
  readonly errorByteNamesFaults: boolean;
  /** Whether only a reboot clears a latched fault, and a servo with a fault may reject writes. */
  readonly faultsNeedReboot: boolean;
  /** Whether a servo with this firmware supports fast sync reads. */
  supportsFastSyncRead(firmware: string): boolean;
}
