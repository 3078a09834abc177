import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import type { RobotSpec } from '../robot/robot-spec.ts';
import { layoutOf, withModel, type ModelSource, type MujocoLayout, type MujocoWorldSpec } from '../simulator/index.ts';
import type { JointMotor, Mechanics } from './mechanics.ts';
import type { JointDrive } from './port.ts';

/** Max physics step: the control loop of a servo runs at about 1 kHz. */
const MAX_STEP_S = 0.001;
/** Of a motor without a speed limit in the robot file. */
const NO_LOAD_SPEED = 5;
/** Stiction of a joint whose model has none: fraction of the stall effort. */
const STICTION = 0.005;

/**
 * The model of the robot with its actuators disabled (mjDSBL_ACTUATION); joint efforts go to qfrc_applied. Shorted windings are joint
 * damping, which MuJoCo integrates implicitly. A state that is not finite is reset to the initial state of the model.
 */
export class MujocoMechanics implements Mechanics {
  readonly stepS: number;
  readonly motors: readonly JointMotor[];
  readonly positions: Float64Array;
  readonly velocities: Float64Array;
  readonly efforts: Float64Array;
  private readonly mujoco: MainModule;
  private readonly model: MjModel;
  private readonly data: MjData;
  private readonly layout: MujocoLayout;
  private readonly damping: Float64Array;
  private readonly shortCircuit: readonly number[];
  private readonly jammedAt: (number | null)[];
  private views: ReturnType<typeof viewsOf>;

  static create(
    robot: RobotSpec,
    world: MujocoWorldSpec,
    source: ModelSource,
    contacts: boolean,
  ): Promise<MujocoMechanics> {
    return withModel(`${robot.name}: ${world.modelFile}`, source, ({ mujoco, model }) => {
      if (!contacts) model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT.value;
      return new MujocoMechanics(robot, mujoco, model);
    });
  }

  private constructor(robot: RobotSpec, mujoco: MainModule, model: MjModel) {
    this.mujoco = mujoco;
    this.model = model;
    this.layout = layoutOf(robot, mujoco, model);
    this.motors = motorsOf(robot, model, this.layout);
    const options = model.opt;
    const wholeStepS = options.timestep;
    this.stepS = wholeStepS / Math.ceil(wholeStepS / MAX_STEP_S - 1e-9);
    options.timestep = this.stepS;
    options.disableflags |= mujoco.mjtDisableBit.mjDSBL_ACTUATION.value | mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
    this.data = new mujoco.MjData(model);
    this.views = viewsOf(model, this.data);
    const count = robot.joints.length;
    this.positions = new Float64Array(count);
    this.velocities = new Float64Array(count);
    this.efforts = new Float64Array(count);
    this.jammedAt = robot.joints.map(() => null);
    this.damping = this.views.dof_damping.slice();
    this.shortCircuit = robot.joints.map(
      ({ limits }, i) => this.motors[i]!.stallEffortNmOrN / (limits.maxVelocityRadOrMPerS ?? NO_LOAD_SPEED),
    );
    for (const [i, dof] of this.layout.dofAddress.entries()) {
      if (this.views.dof_frictionloss[dof] === 0)
        this.views.dof_frictionloss[dof] = STICTION * this.motors[i]!.stallEffortNmOrN;
    }
    mujoco.mj_forward(model, this.data);
    this.measure();
  }

  step(drives: readonly JointDrive[], pushes: Float64Array | null = null): void {
    const { layout, views, efforts } = this;
    for (const [i, drive] of drives.entries()) {
      const dof = layout.dofAddress[i]!;
      const stall = this.motors[i]!.stallEffortNmOrN;
      efforts[i] = drive.kind === 'effort' ? Math.max(-stall, Math.min(stall, drive.effortNmOrN)) : 0;
      views.qfrc_applied[dof] = efforts[i] + (pushes?.[i] ?? 0);
      views.dof_damping[dof] = this.damping[dof]! + (drive.kind === 'damp' ? this.shortCircuit[i]! : 0);
    }
    this.mujoco.mj_step(this.model, this.data);
    this.measure();
  }

  setStuck(index: number, jammed: boolean): void {
    this.jammedAt[index] = jammed ? this.positions[index]! : null;
  }

  dispose(): void {
    this.data.delete();
    this.model.delete();
  }

  private measure(): void {
    if (this.views.qpos.length === 0) this.views = viewsOf(this.model, this.data);
    const { views, layout } = this;
    for (let i = 0; i < this.positions.length; i++) {
      const [at, dof] = [layout.qposAddress[i]!, layout.dofAddress[i]!];
      const jammedAt = this.jammedAt[i];
      if (jammedAt !== null && jammedAt !== undefined) {
        views.qpos[at] = jammedAt;
        views.qvel[dof] = 0;
      }
      this.positions[i] = views.qpos[at]!;
      this.velocities[i] = views.qvel[dof]!;
    }
    if (this.positions.every(Number.isFinite) && this.velocities.every(Number.isFinite)) return;
    this.mujoco.mj_resetData(this.model, this.data);
    this.mujoco.mj_forward(this.model, this.data);
    for (let i = 0; i < this.positions.length; i++) this.positions[i] = views.qpos[layout.qposAddress[i]!]!;
    this.velocities.fill(0);
  }
}

/** Stiffness, damping and max effort of each joint's actuator (MuJoCo's `position` or `motor`), through its gear. */
function motorsOf(robot: RobotSpec, model: MjModel, layout: MujocoLayout): readonly JointMotor[] {
  const gain = model.actuator_gainprm as Float64Array;
  const bias = model.actuator_biasprm as Float64Array;
  const force = model.actuator_forcerange as Float64Array;
  const control = model.actuator_ctrlrange as Float64Array;
  const gears = model.actuator_gear as Float64Array;
  const [gains, biases] = [gain.length / model.nu, bias.length / model.nu];
  return robot.joints.map(({ limits }, i) => {
    const a = layout.actuator[i]!;
    const gear = Math.abs(gears[6 * a]!);
    const stiffness = -bias[biases * a + 1]! * gear * gear;
    const damping = -bias[biases * a + 2]! * gear * gear;
    // A range of 0 to 0 is no limit.
    const byForce = force[2 * a + 1]! * gear;
    const byControl = stiffness > 0 ? 0 : control[2 * a + 1]! * gain[gains * a]! * gear;
    const stallEffortNmOrN = [byForce, byControl, limits.maxEffortNmOrN ?? 0].find((effort) => effort > 0) ?? 1;
    return { stiffness: Math.max(0, stiffness), damping: Math.max(0, damping), stallEffortNmOrN };
  });
}

/** Live views of WASM memory; invalid after it has grown. */
function viewsOf(model: MjModel, data: MjData): Readonly<Record<View, Float64Array>> {
  return {
    qpos: data.qpos as Float64Array,
    qvel: data.qvel as Float64Array,
    qfrc_applied: data.qfrc_applied as Float64Array,
    dof_damping: model.dof_damping as Float64Array,
    dof_frictionloss: model.dof_frictionloss as Float64Array,
  };
}

type View = 'qpos' | 'qvel' | 'qfrc_applied' | 'dof_damping' | 'dof_frictionloss';
