import type { ControlTable } from './control-table.ts';
import type { XSeriesModel } from './model.ts';
import { FULL_PWM, STEPS_PER_S } from './motor-control.ts';
import type { MotorOutput } from './motor-control.ts';

/** Bits of registers 63 and 70. */
export const HARDWARE_ERROR = {
  inputVoltage: 1,
  overheating: 4,
  encoder: 8,
  electricalShock: 16,
  overload: 32,
} as const;

const AMBIENT_C = 30;
/** Steady-state temperature rise of a stalled motor. */
const STALL_RISE_C = 60;
const WARMING_S = 120;
/** Max duration of full torque without motion. */
const OVERLOAD_S = 3;
const STILL_RPM_STEPS = 5;
/** The electronics of a servo are off below this. */
const MIN_ELECTRONICS_VOLTS = 3;

/** Faults of a servo: supply, temperature, load. Faults in the shutdown mask are latched until the servo restarts. */
export class Health {
  supplyVolts: number;
  temperatureC = AMBIENT_C;
  /** Injected values; null: what the physics gives. */
  injectedTemperatureC: number | null = null;
  injectedLoad: number | null = null;
  private readonly table: ControlTable;
  private overloadTimeS = 0;

  constructor(table: ControlTable, model: XSeriesModel) {
    this.table = table;
    this.supplyVolts = model.ratedVolts;
  }

  get isPowered(): boolean {
    return this.supplyVolts >= MIN_ELECTRONICS_VOLTS;
  }

  get shutDown(): boolean {
    return (this.table.get('hardwareErrorStatus') & this.table.get('shutdown')) !== 0;
  }

  raise(bits: number): void {
    this.table.set('hardwareErrorStatus', this.table.get('hardwareErrorStatus') | bits);
  }

  /** Resets the overload timer, not the temperature. */
  reset(): void {
    this.overloadTimeS = 0;
  }

  /** The present fault bits. */
  step(output: MotorOutput, velocity: number, dtS: number): number {
    const { table } = this;
    this.temperatureC += ((AMBIENT_C + STALL_RISE_C * output.current ** 2 - this.temperatureC) * dtS) / WARMING_S;
    this.temperatureC = this.injectedTemperatureC ?? this.temperatureC;
    const strained = Math.abs(output.pwm) >= FULL_PWM && Math.abs(velocity / STEPS_PER_S) < STILL_RPM_STEPS;
    this.overloadTimeS = strained ? this.overloadTimeS + dtS : 0;
    const decivolts = Math.round(this.supplyVolts * 10);
    const unsound = decivolts < table.get('minimumVoltage') || decivolts > table.get('maximumVoltage');
    // A recovered supply clears the fault, unless the servo shut down because of it.
    if (!unsound && (table.get('shutdown') & HARDWARE_ERROR.inputVoltage) === 0)
      table.set('hardwareErrorStatus', table.get('hardwareErrorStatus') & ~HARDWARE_ERROR.inputVoltage);
    return (
      (unsound ? HARDWARE_ERROR.inputVoltage : 0) |
      (this.temperatureC > table.get('temperatureLimit') ? HARDWARE_ERROR.overheating : 0) |
      (this.overloadTimeS > OVERLOAD_S ? HARDWARE_ERROR.overload : 0)
    );
  }
}
