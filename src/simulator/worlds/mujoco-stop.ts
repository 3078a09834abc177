import type { MjModel } from '@mujoco/mujoco';
import type { RobotSpec, StopMode } from '../../robot/robot-spec.ts';
import { dampingOf } from './damping.ts';
import type { MujocoLayout } from './mujoco-layout.ts';

/** Parameters of an actuator in mjModel (mjNGAIN and mjNBIAS). */
const PARAMETERS = 10;

/** Stop modes as changes of a compiled model: an actuator without gain and bias exerts nothing, damping acts at the joint. */
export class MujocoStop {
  private readonly robot: RobotSpec;
  private readonly model: MjModel;
  private readonly layout: MujocoLayout;
  private readonly gains: Float64Array;
  private readonly biases: Float64Array;
  private readonly damping: Float64Array;

  constructor(robot: RobotSpec, model: MjModel, layout: MujocoLayout) {
    this.robot = robot;
    this.model = model;
    this.layout = layout;
    this.gains = (model.actuator_gainprm as Float64Array).slice();
    this.biases = (model.actuator_biasprm as Float64Array).slice();
    this.damping = (model.dof_damping as Float64Array).slice();
  }

  /** Changes the model; returns the controls, one per joint, with which the joints are stopped; those in `hold` at `held`. */
  apply(modes: readonly StopMode[], held: Float64Array): Float64Array {
    this.restore();
    return Float64Array.from(this.robot.joints, (joint, i) => {
      const mode = modes[i]!;
      if (mode === 'damp') {
        const dof = this.layout.dofAddress[i]!;
        (this.model.dof_damping as Float64Array)[dof] = this.damping[dof]! + dampingOf(joint);
      }
      if (joint.commandMode !== 'position') return 0;
      if (mode === 'hold') return held[i]!;
      this.release(this.layout.actuator[i]!);
      return 0;
    });
  }

  restore(): void {
    (this.model.actuator_gainprm as Float64Array).set(this.gains);
    (this.model.actuator_biasprm as Float64Array).set(this.biases);
    (this.model.dof_damping as Float64Array).set(this.damping);
  }

  private release(actuator: number): void {
    const [from, to] = [actuator * PARAMETERS, (actuator + 1) * PARAMETERS];
    (this.model.actuator_gainprm as Float64Array).fill(0, from, to);
    (this.model.actuator_biasprm as Float64Array).fill(0, from, to);
  }
}
