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
  /** Fraction of the motor's maximum, -1 to 1: PWM duty (Feetech, XL430) or current relative to the stall current. May exceed it. */
  readonly load: number;
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
  parseState(block: Uint8Array, modelNumber: number): ServoSample;
  /** Values that the position register can have in position mode. */
  readonly positionRange: { readonly min: number; readonly max: number };
  /** Value of `operatingMode` for position mode. */
  readonly positionMode: number;
  /** Written by difference on every servo, before the registers of the robot file. */
  readonly settings: Readonly<Record<string, number>>;
  /** EEPROM is writable with this register at 0 and stored with it at 1; null where torque off is sufficient. */
  readonly lock: string | null;
  /** The register that puts a servo in a stop mode other than hold, whose goal and torque limit depend on position and load. */
  readonly stop: Readonly<Record<Exclude<StopMode, 'hold'>, readonly [RegisterSetting]>>;
  /** The register that limits the torque of a servo: `full` is the whole PWM range, and the value of `source` is that of an armed servo. */
  readonly torqueLimit: { readonly register: string; readonly source: string; readonly full: number };
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
