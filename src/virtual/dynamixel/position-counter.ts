import { DYNAMIXEL_STEPS_PER_TURN } from '../../wire/dynamixel/index.ts';
import type { ShaftState } from '../port.ts';
import type { ControlTable } from './control-table.ts';
import { STEPS_PER_S } from './motor-control.ts';

const REVERSE = 0b1;
/** A homing offset above this has no effect in position mode. */
const POSITION_MODE_OFFSET = 1024;

/** Position and velocity of the shaft as counted by the servo, including direction, homing offset and complete turns. */
export class PositionCounter {
  private readonly table: ControlTable;
  private shaft: ShaftState;
  /** Difference between the counted turns and those of the shaft. */
  private turnBase = 0;

  constructor(table: ControlTable, shaft: ShaftState) {
    this.table = table;
    this.shaft = shaft;
  }

  get direction(): 1 | -1 {
    return (this.table.get('driveMode') & REVERSE) === 0 ? 1 : -1;
  }

  /** In steps like register 132, with the fraction. */
  get position(): number {
    return (this.direction * this.shaft.turns + this.turnBase) * DYNAMIXEL_STEPS_PER_TURN + this.offset;
  }

  /** Steps/s. */
  get velocity(): number {
    return this.direction * this.shaft.turnsPerS * DYNAMIXEL_STEPS_PER_TURN;
  }

  get moving(): boolean {
    return Math.abs(this.velocity / STEPS_PER_S) > this.table.get('movingThreshold');
  }

  update(shaft: ShaftState): void {
    if (isPlausible(shaft)) this.shaft = shaft;
  }

  countWithinOneTurn(): void {
    this.turnBase = -Math.floor(this.direction * this.shaft.turns);
  }

  private get offset(): number {
    const offset = this.table.get('homingOffset');
    return this.table.get('operatingMode') === 3 && Math.abs(offset) > POSITION_MODE_OFFSET ? 0 : offset;
  }
}

/** false after the simulation diverged: such values are ignored. */
function isPlausible({ turns, turnsPerS }: ShaftState): boolean {
  return Math.abs(turns) < 1e6 && Math.abs(turnsPerS) < 1e6;
}
