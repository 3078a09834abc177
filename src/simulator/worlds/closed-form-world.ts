import { SoftqdError } from '../../base/errors.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { RobotSpec, StopMode, WorldSpec } from '../../robot/robot-spec.ts';
import { checkVector } from './check-vector.ts';
import { dampingOf } from './damping.ts';
import { CLOSED_FORMS, type ClosedForm, type ClosedFormState } from './closed-form.ts';
import type { World } from '../port.ts';
import { decodeWorldState, encodeWorldState, modelFingerprint } from './world-state-bytes.ts';
import { WorldTime } from './world-time.ts';

/** A world with a closed-form equation of motion: qpos and qvel are the positions and velocities of the joints. */
export class ClosedFormWorld implements World {
  private readonly robot: RobotSpec;
  private readonly form: ClosedForm;
  private readonly time: WorldTime;
  private readonly fingerprint: string;
  private readonly state: ClosedFormState;
  private stopped: { readonly modes: readonly StopMode[]; readonly positions: Float64Array } | null = null;

  /** Throws E_ROBOT_FILE when the robot does not fit the form. */
  constructor(robot: RobotSpec, world: Extract<WorldSpec, { type: 'closed-form' }>) {
    const make = CLOSED_FORMS[world.name];
    if (!make) {
      const known = Object.keys(CLOSED_FORMS).join(', ');
      throw new SoftqdError(
        'E_ROBOT_FILE',
        `${robot.name}: unknown closed-form world '${world.name}'; available: ${known}`,
      );
    }
    this.robot = robot;
    this.form = make(robot);
    const { joints } = this.form;
    if (robot.joints.length !== joints) {
      throw new SoftqdError(
        'E_ROBOT_FILE',
        `${robot.name}: the world '${world.name}' has ${joints} joints, the robot file ${robot.joints.length}`,
      );
    }
    for (const { name, source, size } of robot.sensors) {
      if ((source !== 'qpos' && source !== 'qvel') || size !== joints) {
        throw new SoftqdError(
          'E_ROBOT_FILE',
          `${robot.name}: a closed-form world gives sensors from qpos and qvel of size ${joints} only, not '${name}'`,
        );
      }
    }
    this.time = new WorldTime(robot, world.physicsStepS);
    this.fingerprint = modelFingerprint(`closed-form ${world.name} ${world.physicsStepS}`);
    this.state = { qpos: new Float64Array(joints), qvel: new Float64Array(joints), efforts: new Float64Array(joints) };
  }

  get physicsStepS(): number {
    return this.time.physicsStepS;
  }

  get controlPeriodS(): number {
    return this.time.controlPeriodS;
  }

  setControlPeriod(periodS: number): void {
    this.time.setControlPeriod(periodS);
  }

  initialState(): ResetState {
    return { qpos: new Float64Array(this.form.joints), qvel: new Float64Array(this.form.joints) };
  }

  reset({ qpos, qvel }: ResetState): void {
    checkVector('reset qpos', qpos, this.form.joints);
    checkVector('reset qvel', qvel, this.form.joints);
    this.state.qpos.set(qpos);
    this.state.qvel.set(qvel);
    this.state.efforts.fill(0);
    this.time.sequence++;
  }

  step(targets: Float64Array): void {
    checkVector('command', targets, this.form.joints);
    const { physicsStepS, substeps } = this.time;
    for (let i = 0; i < substeps; i++) this.form.advance(this.state, this.stopTargets() ?? targets, physicsStepS);
    this.time.physicsSteps += substeps;
    this.time.sequence++;
  }

  stop(modes: readonly StopMode[]): void {
    this.stopped = { modes, positions: this.state.qpos.slice() };
  }

  resume(): void {
    this.stopped = null;
  }

  reading(): Reading {
    const { qpos, qvel, efforts } = this.state;
    const sensors = new Map<string, Float64Array>();
    for (const { name, source } of this.robot.sensors) sensors.set(name, (source === 'qpos' ? qpos : qvel).slice());
    return {
      sequence: this.time.sequence,
      arrivalNs: this.time.deviceTimeNs,
      deviceTimeS: this.time.deviceTimeS,
      positions: qpos.slice(),
      velocities: qvel.slice(),
      efforts: efforts.slice(),
      sensors,
    };
  }

  saveState(): Uint8Array {
    const { qpos, qvel, efforts } = this.state;
    return encodeWorldState(this.fingerprint, this.time, Float64Array.of(...qpos, ...qvel, ...efforts));
  }

  loadState(state: Uint8Array): void {
    const { joints } = this.form;
    const values = decodeWorldState(state, this.fingerprint, this.time, 3 * joints);
    this.state.qpos.set(values.subarray(0, joints));
    this.state.qvel.set(values.subarray(joints, 2 * joints));
    this.state.efforts.set(values.subarray(2 * joints));
  }

  dispose(): void {
    // Nothing is allocated outside the JavaScript heap.
  }

  /** The targets of the stop modes; null: it is not stopped. */
  private stopTargets(): Float64Array | null {
    const { stopped } = this;
    if (stopped === null) return null;
    return Float64Array.from(this.robot.joints, (joint, i) => {
      if (joint.commandMode === 'position') return stopped.positions[i]!;
      const damps = joint.commandMode === 'effort' && stopped.modes[i] === 'damp';
      return damps ? -dampingOf(joint) * this.state.qvel[i]! : 0;
    });
  }
}
