import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { FirstOrderMechanics } from './first-order-mechanics.ts';
import type { JointDrive } from './port.ts';

/** What drives one joint, in the joint's unit. */
export interface JointMotor {
  /** Of the position loop that the model has instead of a servo: N m/rad or N/m; 0 where the model drives by effort. */
  readonly stiffness: number;
  /** N m s/rad or N s/m. */
  readonly damping: number;
  readonly stallEffortNmOrN: number;
}

/** The joints' bodies: moved by efforts alone, under gravity when nobody holds them. One step at a time. */
export interface Mechanics {
  readonly stepS: number;
  readonly motors: readonly JointMotor[];
  /** In joint order, current after every step; not to be written. */
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  /** What the motors gave in the last step. */
  readonly efforts: Float64Array;
  step(drives: readonly JointDrive[]): void;
  /** A jammed joint stays where it is whatever pulls. */
  jam(index: number, jammed: boolean): void;
  dispose(): void;
}

/**
 * The robot's MuJoCo model without its actuators, or one inertia a joint when the robot file states no such model.
 * Throws E_ROBOT_FILE when the model does not load or does not fit the robot.
 */
export async function createMechanics(robot: RobotSpec, robotDirectory: string): Promise<Mechanics> {
  const { world } = robot;
  if (world?.type !== 'mujoco') return new FirstOrderMechanics(robot);
  const file = path.join(robotDirectory, world.modelFile);
  let modelXml: string;
  try {
    modelXml = await readFile(file, 'utf8');
  } catch (error) {
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: cannot read the model ${file}`, {
      cause: error,
      values: { file },
    });
  }
  const { MujocoMechanics } = await import('./mujoco-mechanics.ts');
  return MujocoMechanics.create(robot, world, modelXml);
}
