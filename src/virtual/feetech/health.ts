import { STS3215_AMPERES_PER_STEP } from '../../wire/feetech/index.ts';
import type { ServoMemory } from './memory.ts';

/** Bits of register 65, of the error byte, and of the masks in registers 19 and 20. */
export const ALARM = { voltage: 1, sensor: 2, temperature: 4, current: 8, angle: 16, overload: 32 } as const;

const AMBIENT_C = 26;
/** Steady-state temperature rise of a stalled servo, and its time constant. */
const STALLED_WARMER_C = 50;
const WARMING_S = 300;
/** Hysteresis of the temperature alarm. */
const COOLED_C = 3;
const STALL_AMPERES = 2.4;
const IDLE_AMPERES = 0.03;
/** Of the supply lines under full load. */
const SAG_VOLTS = 0.3;
/** The electronics of a servo are off below this. */
const MIN_ELECTRONICS_VOLTS = 3;
/** Steps of registers 35 and 38. */
const TIME_STEP_S = 0.01;

/** Supply, temperature and current of one servo and the alarms they raise. Overload and over-current stay until torque is switched off. */
export class ServoHealth {
  supplyVolts = 7.4;
  /** Injected values; null: what the physics gives. */
  injectedTemperatureC: number | null = null;
  injectedLoad: number | null = null;
  private temperatureC = AMBIENT_C;
  private overheated = false;
  private latched = 0;
  private overloadedS = 0;
  private overCurrentS = 0;
  private readonly memory: ServoMemory;

  constructor(memory: ServoMemory) {
    this.memory = memory;
  }

  get isPowered(): boolean {
    return this.supplyVolts >= MIN_ELECTRONICS_VOLTS;
  }

  /** `motorLoad`: fraction of full PWM, -1 to 1. Fills the feedback registers and register 65. */
  step(motorLoad: number, elapsedS: number): void {
    const { memory } = this;
    const load = this.injectedLoad ?? motorLoad;
    const fraction = Math.abs(load);
    this.temperatureC +=
      ((AMBIENT_C + STALLED_WARMER_C * fraction * fraction - this.temperatureC) / WARMING_S) * elapsedS;
    this.temperatureC = this.injectedTemperatureC ?? this.temperatureC;
    const amperes = IDLE_AMPERES + STALL_AMPERES * fraction;
    this.watch(fraction, amperes, elapsedS);
    const decivolts = Math.round(10 * Math.max(0, this.supplyVolts - SAG_VOLTS * fraction));
    let status = this.latched;
    if (decivolts < memory.get('minimumVoltage') || decivolts > memory.get('maximumVoltage')) status |= ALARM.voltage;
    const limitC = memory.get('maximumTemperature');
    this.overheated = this.temperatureC > (this.overheated ? limitC - COOLED_C : limitC);
    if (this.overheated) status |= ALARM.temperature;
    memory.put('status', status);
    memory.put('presentVoltage', decivolts);
    memory.put('presentTemperature', this.temperatureC);
    memory.put('presentLoad', 1000 * load);
    memory.put('presentCurrent', (Math.sign(load) || 1) * (amperes / STS3215_AMPERES_PER_STEP));
  }

  /** Max output of the motor, fraction of full PWM: reduced after an overload, 0 under an alarm that turns torque off. */
  get allowed(): number {
    const { memory } = this;
    const acting = memory.get('status') & memory.get('unloadCondition');
    if ((acting & (ALARM.voltage | ALARM.temperature | ALARM.current)) !== 0) return 0;
    return (acting & ALARM.overload) !== 0 ? memory.get('protectiveTorque') / 100 : 1;
  }

  latchAlarm(alarm: number): void {
    this.latched |= alarm;
    this.memory.put('status', this.memory.get('status') | alarm);
  }

  /** Call when torque is turned off or power is restored. */
  clear(): void {
    this.memory.put('status', this.memory.get('status') & ~this.latched);
    this.latched = 0;
    this.overloadedS = 0;
    this.overCurrentS = 0;
  }

  private watch(fraction: number, amperes: number, elapsedS: number): void {
    const { memory } = this;
    this.overloadedS = fraction * 100 > memory.get('overloadTorque') ? this.overloadedS + elapsedS : 0;
    const currentLimit = memory.get('protectionCurrent') * STS3215_AMPERES_PER_STEP;
    this.overCurrentS = currentLimit > 0 && amperes > currentLimit ? this.overCurrentS + elapsedS : 0;
    if (this.overloadedS > memory.get('protectionTime') * TIME_STEP_S) this.latched |= ALARM.overload;
    if (this.overCurrentS > memory.get('overCurrentTime') * TIME_STEP_S) this.latched |= ALARM.current;
  }
}
