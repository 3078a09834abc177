import type { ControlTable } from './control-table.ts';
import { STEPS_PER_S, type MotorControl, type MotorOutput } from './motor-control.ts';

/** Positions in steps, velocities in steps/s. */
export interface ServoMeasurements {
  readonly nowNs: number;
  readonly position: number;
  readonly velocity: number;
  readonly moving: boolean;
  readonly output: MotorOutput;
  readonly control: MotorControl;
  readonly supplyVolts: number;
  readonly temperatureC: number;
  readonly stallMilliamps: number;
  readonly hasBackup: boolean;
}

/** Distance to the goal at which `movingStatus` reports arrival, steps. */
const IN_POSITION_STEPS = 10;

/** Writes measured values into the control table, in the units of its registers. */
export function publishMeasurements(table: ControlTable, measured: ServoMeasurements): void {
  const { nowNs, position, velocity, moving, output, control, supplyVolts, temperatureC, stallMilliamps } = measured;
  const arrived = Math.abs(table.get('goalPosition') - position) <= IN_POSITION_STEPS ? 1 : 0;
  table.set('realtimeTick', Math.floor(Math.max(0, nowNs) / 1e6) % 32_768);
  table.set('moving', moving ? 1 : 0);
  table.set('movingStatus', arrived | (control.underway ? 0b10 : 0));
  table.publish('presentPwm', output.pwm);
  table.publish('presentCurrent', output.current * (table.has('currentLimit') ? stallMilliamps : 1000));
  table.publish('presentVelocity', velocity / STEPS_PER_S);
  table.publish('presentPosition', position);
  table.publish('velocityTrajectory', control.trajectory.velocity / STEPS_PER_S);
  table.publish('positionTrajectory', control.trajectory.position);
  table.publish('presentVoltage', supplyVolts * 10);
  table.publish('presentTemperature', temperatureC);
  table.set('backupReady', measured.hasBackup ? 1 : 0);
}
