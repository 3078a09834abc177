import { NS_PER_MS, NS_PER_S } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';

/** When a fault is active: from `fromNs` after the start until `untilNs` (Infinity: permanently). */
interface FaultWindow {
  readonly fromNs: number;
  readonly untilNs: number;
}

/** A transport fault: `drop`, `corrupt`, `duplicate` affect a byte in either direction; `truncate`, `delay`, `wrong-id` a reply. */
export interface TransportFault extends FaultWindow {
  readonly kind: 'drop' | 'corrupt' | 'duplicate' | 'truncate' | 'delay' | 'wrong-id';
  readonly probability: number;
  /** Of `delay`, else 0. */
  readonly delayNs: number;
}

/** A fault of one servo (or joint), by index in joint order. */
interface ServoFault extends FaultWindow {
  readonly kind: 'dead' | 'reboot' | 'overload' | 'stuck' | 'duplicate-id';
  readonly index: number;
}

/** A value of one motor: °C of `motor-temperature`, fraction of its maximum of `load`. */
interface MotorFault extends FaultWindow {
  readonly kind: 'motor-temperature' | 'load';
  readonly index: number;
  readonly value: number;
}

/** A fault of the whole robot. `value`: steps of `noise` (standard deviation), volts of `supply`, °C of `temperature`, else 0. */
interface RobotFault extends FaultWindow {
  readonly kind: 'unplug' | 'noise' | 'supply' | 'estop' | 'temperature';
  readonly value: number;
}

export type Fault = TransportFault | ServoFault | MotorFault | RobotFault;

/** The device that the faults apply to. */
export interface FaultContext {
  /** Servo ids in joint order; without servos 1 to the number of joints. */
  readonly ids: readonly number[];
  readonly protocol: 'feetech' | 'dynamixel' | 'bridge';
}

const MAX_FAULTS = 64;

/** Examples of all faults, for messages and help. */
export const FAULT_EXAMPLES: readonly string[] = [
  'drop=1%',
  'corrupt=1%',
  'duplicate=1%',
  'truncate=1%',
  'delay=5ms@10%',
  'wrong-id=1%',
  'dead=3',
  'reboot=3@12s',
  'overload=2@5s',
  'stuck=4@8s',
  'duplicate-id=1',
  'unplug@10s+3s',
  'noise=2',
  'supply=9V@5s+2s',
  'temperature=3:70C@5s',
  'load=3:0.9@5s+3s',
];

/** Faults of boards only: emergency stop, the temperature of all motors. */
export const BOARD_FAULT_EXAMPLES: readonly string[] = ['estop@5s+2s', 'temperature=90C@5s'];

/**
 * Reads `drop=1%,reboot=3@12s`: NAME[=VALUE][@RATE%][@TIME[+DURATION]] separated by commas, times in ms, s or min after the start.
 * Throws E_USAGE with the invalid part and the available faults.
 */
export function parseFaults(spec: string, context: FaultContext): readonly Fault[] {
  const parts = spec.split(',').map((part) => part.trim());
  if (parts.length > MAX_FAULTS) throw usage(`--fault: too many faults (${parts.length}, maximum ${MAX_FAULTS})`);
  return parts.map((part) => new FaultParser(part, context).parse());
}

function usage(message: string): SoftqdError {
  return new SoftqdError('E_USAGE', message, {
    hint: `Faults, separated by commas: ${FAULT_EXAMPLES.join(' ')}; behind a bridge ${BOARD_FAULT_EXAMPLES.join(' ')}. @TIME and +DURATION fit every one.`,
  });
}

const TIME = /^(\d+(?:\.\d+)?)(ms|s|min)$/;
const UNITS: Readonly<Record<string, number>> = { ms: NS_PER_MS, s: NS_PER_S, min: 60 * NS_PER_S };

/** One part between two commas. */
class FaultParser {
  private readonly text: string;
  private readonly context: FaultContext;
  private readonly name: string;
  private readonly value: string | null;
  private rate: number | null = null;
  private window: FaultWindow | null = null;

  constructor(text: string, context: FaultContext) {
    this.text = text;
    this.context = context;
    const [head = '', ...modifiers] = text.split('@');
    const equals = head.indexOf('=');
    this.name = equals < 0 ? head : head.slice(0, equals);
    this.value = equals < 0 ? null : head.slice(equals + 1);
    for (const modifier of modifiers) this.modify(modifier);
  }

  parse(): Fault {
    const { name } = this;
    switch (name) {
      case 'drop':
      case 'corrupt':
      case 'duplicate':
      case 'truncate':
        return this.transportFault(name);
      case 'wrong-id':
        if (this.context.protocol === 'bridge') throw this.usageError('not supported for bridge boards (no servo IDs)');
        return this.transportFault(name);
      case 'delay': {
        const delayNs = this.time(this.value ?? '', 'delay=TIME, e.g. delay=5ms@10%');
        return { kind: name, probability: this.rate ?? 1, delayNs, ...this.when() };
      }
      case 'dead':
      case 'stuck':
        return { kind: name, index: this.servo(), ...this.noRate() };
      case 'duplicate-id':
        if (this.context.protocol === 'bridge') throw this.usageError('not supported for bridge boards (no servo IDs)');
        return { kind: name, index: this.servo(), ...this.noRate() };
      case 'reboot':
      case 'overload':
        if (this.window === null) throw this.usageError(`needs a time, e.g. ${name}=${this.context.ids[0] ?? 1}@5s`);
        return { kind: name, index: this.servo(), ...this.noRate() };
      case 'unplug': {
        if (this.value !== null) throw this.usageError('takes no value, only times: unplug@10s+3s');
        if (this.window === null) throw this.usageError('needs a time: unplug@10s+3s');
        return { kind: name, value: 0, ...this.noRate() };
      }
      case 'noise':
        return { kind: name, value: this.number('', 1000, 'steps, e.g. noise=2'), ...this.noRate() };
      case 'supply':
        return { kind: name, value: this.number('V', 100, 'volts, e.g. supply=9V@5s'), ...this.noRate() };
      case 'estop':
        if (this.value !== null) throw this.usageError('takes no value, only times: estop@5s+2s');
        this.requireBoard();
        return { kind: name, value: 0, ...this.noRate() };
      case 'temperature':
        if (this.context.protocol !== 'bridge') return this.motorFault('motor-temperature', 'C', 200);
        return { kind: name, value: this.number('C', 200, '°C, e.g. temperature=90C@5s'), ...this.noRate() };
      case 'load':
        if (this.context.protocol === 'bridge') throw this.usageError('is supported for servo buses only');
        return this.motorFault(name, '', 2);
      default:
        throw usage(`--fault: unknown fault '${this.text}'`);
    }
  }

  private requireBoard(): void {
    if (this.context.protocol !== 'bridge') throw this.usageError('is supported for bridge boards only');
  }

  private transportFault(kind: Exclude<TransportFault['kind'], 'delay'>): TransportFault {
    const fromValue = this.value === null ? null : this.percent(this.value);
    if (fromValue !== null && this.rate !== null) throw this.usageError('has two rates');
    const probability = fromValue ?? this.rate;
    if (probability === null) throw this.usageError(`needs a rate in percent, e.g. ${kind}=1%`);
    return { kind, probability, delayNs: 0, ...this.when() };
  }

  private modify(modifier: string): void {
    if (modifier.endsWith('%')) {
      if (this.rate !== null) throw this.usageError('has two rates');
      this.rate = this.percent(modifier);
      if (this.rate === null) throw this.usageError(`'${modifier}' is not a rate from 0% to 100%`);
      return;
    }
    if (this.window !== null) throw this.usageError('has two times');
    const [from = '', duration, ...more] = modifier.split('+');
    if (more.length > 0) throw this.usageError('has two durations');
    const fromNs = this.time(from, '@TIME, e.g. @12s');
    const untilNs = duration === undefined ? Infinity : fromNs + this.time(duration, '+DURATION, e.g. @12s+3s');
    this.window = { fromNs, untilNs };
  }

  private when(): FaultWindow {
    return this.window ?? { fromNs: 0, untilNs: Infinity };
  }

  private noRate(): FaultWindow {
    if (this.rate !== null) throw this.usageError('has no rate');
    return this.when();
  }

  private percent(text: string): number | null {
    const value = /^\d+(\.\d+)?%$/.test(text) ? Number(text.slice(0, -1)) / 100 : NaN;
    if (value >= 0 && value <= 1) return value;
    if (this.value === text) throw this.usageError(`'${text}' is not a rate from 0% to 100%`);
    return null;
  }

  private time(text: string, expected: string): number {
    const found = TIME.exec(text);
    if (found === null) throw this.usageError(`'${text}' is not a time in ms, s or min (expected ${expected})`);
    return Number(found[1]) * UNITS[found[2]!]!;
  }

  /** `ID:VALUE`. */
  private motorFault(kind: MotorFault['kind'], unit: string, maximum: number): MotorFault {
    const [id, value, ...more] = (this.value ?? '').split(':');
    const example = `${this.name}=${this.context.ids[0] ?? 1}:${kind === 'load' ? '0.9' : '70C'}@5s`;
    if (value === undefined || more.length > 0) throw this.usageError(`needs a servo and a value, e.g. ${example}`);
    return { kind, index: this.servo(id), value: this.number(unit, maximum, example, value), ...this.noRate() };
  }

  private number(unit: string, maximum: number, expected: string, text = this.value ?? ''): number {
    const bare = unit !== '' && text.endsWith(unit) ? text.slice(0, -unit.length) : text;
    const value = /^\d+(\.\d+)?$/.test(bare) ? Number(bare) : NaN;
    if (value <= maximum) return value;
    throw this.usageError(`'${text}' is not a number from 0 to ${maximum} (expected ${expected})`);
  }

  private servo(text = this.value ?? ''): number {
    const { ids } = this.context;
    const index = /^\d+$/.test(text) ? ids.indexOf(Number(text)) : -1;
    if (index < 0) throw this.usageError(`'${text}' is not a valid ID (available: ${ids.join(', ')})`);
    return index;
  }

  private usageError(why: string): SoftqdError {
    return usage(`--fault ${this.text}: ${why}`);
  }
}
