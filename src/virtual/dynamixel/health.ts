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
/** How much warmer a motor gets that stalls for ever. */
const STALL_RISE_C = 60;
const WARMING_S = 120;
/** So long may the motor push with all it has against something that does not move. */
const OVERLOAD_S = 3;
const STILL_RPM_STEPS = 5;

/** What can be wrong with a servo: supply, heat, load. Faults in the shutdown mask stay until the servo starts anew. */
export class Health {
  supplyVolts: number;
  temperatureC = AMBIENT_C;
  private readonly table: ControlTable;
  private overloadTimeS = 0;

  constructor(table: ControlTable, model: XSeriesModel) {
    this.table = table;
    this.supplyVolts = model.ratedVolts;
  }

  get shutDown(): boolean {
    return (this.table.get('hardwareErrorStatus') & this.table.get('shutdown')) !== 0;
  }

  raise(bits: number): void {
    this.table.set('hardwareErrorStatus', this.table.get('hardwareErrorStatus') | bits);
  }

  /** Forgets strain, not heat. */
  reset(): void {
    this.overloadTimeS = 0;
  }

  /** The bits that are wrong now. */
  step(output: MotorOutput, velocity: number, dtS: number): number {
    const { table } = this;
    this.temperatureC += ((AMBIENT_C + STALL_RISE_C * output.current ** 2 - this.temperatureC) * dtS) / WARMING_S;
    const strained = Math.abs(output.pwm) >= FULL_PWM && Math.abs(velocity / STEPS_PER_S) < STILL_RPM_STEPS;
    this.overloadTimeS = strained ? this.overloadTimeS + dtS : 0;
    const decivolts = Math.round(this.supplyVolts * 10);
    const unsound = decivolts < table.get('minimumVoltage') || decivolts > table.get('maximumVoltage');
    // A supply that recovers is no fault any more, unless the servo shut down for it.
    if (!unsound && (table.get('shutdown') & HARDWARE_ERROR.inputVoltage) === 0)
      table.set('hardwareErrorStatus', table.get('hardwareErrorStatus') & ~HARDWARE_ERROR.inputVoltage);
    return (
      (unsound ? HARDWARE_ERROR.inputVoltage : 0) |
      (this.temperatureC > table.get('temperatureLimit') ? HARDWARE_ERROR.overheating : 0) |
      (this.overloadTimeS > OVERLOAD_S ? HARDWARE_ERROR.overload : 0)
    );
  }
}
