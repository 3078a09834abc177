import type { DoubleBuffer, MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { sha256Hex } from '../../base/digest-adapter.ts';
import { SoftqdError } from '../../base/errors.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { RobotSpec, StopMode, WorldSpec } from '../../robot/robot-spec.ts';
import { checkVector } from './check-vector.ts';
import { withModel, type LoadedModel } from '../model/load-model.ts';
import type { ModelSource, MujocoWorldSpec } from '../model/model-file.ts';
import { modelState } from './joint-state.ts';
import { layoutOf, viewsOf, type MujocoLayout } from './mujoco-layout.ts';
import { MujocoStop } from './mujoco-stop.ts';
import type { World } from '../port.ts';
import { decodeWorldState, encodeWorldState, modelFingerprint } from './world-state-bytes.ts';
import { WorldTime } from './world-time.ts';

/**
 * A held joint keeps the part of its target's lead over its position that carries a load; more would make it jump when an obstruction
 * goes away.
 */
const MAX_HOLD_LEAD_RAD_OR_M = 0.04;

/**
 * MuJoCo 3.14 (WASM) as a world. Values that depend on positions (sites, bodies, contact forces) are those of the last integrator
 * stage of mj_step, one stage behind qpos, as in Gymnasium. A saved state includes those values.
 */
export class MujocoWorld implements World {
  private readonly mujoco: MainModule;
  private readonly model: MjModel;
  private readonly data: MjData;
  private readonly integration: DoubleBuffer;
  private readonly stateKinds: number;
  private readonly layout: MujocoLayout;
  private readonly time: WorldTime;
  private readonly fingerprint: string;
  private readonly needsContactForces: boolean;
  private readonly derivedSize: number;
  private readonly stopModes: MujocoStop;
  /** Controls while it is stopped; null: the targets act. */
  private stopped: Float64Array | null = null;
  private currentViews: ReturnType<typeof viewsOf>;

  /** One WASM instance per world (about 70 ms, 16 MiB). Throws E_ROBOT_FILE when the model does not load or match the robot. */
  static create(robot: RobotSpec, world: MujocoWorldSpec, source: ModelSource): Promise<MujocoWorld> {
    const files = [...source.assets].map(([name, bytes]) => `\n${name} ${sha256Hex(bytes)}`).join('');
    const fingerprint = modelFingerprint(`mujoco 3.14\n${source.xml}${files}`);
    const called = `${robot.name}: ${world.modelFile}`;
    return withModel(called, source, (loaded) => new MujocoWorld(robot, world, { ...loaded, fingerprint }));
  }

  private constructor(robot: RobotSpec, world: WorldSpec, loaded: LoadedModel & { readonly fingerprint: string }) {
    const { mujoco, model, fingerprint } = loaded;
    const options = model.opt;
    const stepS = options.timestep;
    // By default MuJoCo resets a diverged simulation; here NaN must be reported.
    options.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
    if (Math.abs(stepS - world.physicsStepS) > 1e-12) {
      throw new SoftqdError(
        'E_ROBOT_FILE',
        `${robot.name}: the model's timestep is ${stepS} s, world.physicsStepS ${world.physicsStepS} s`,
      );
    }
    this.mujoco = mujoco;
    this.model = model;
    this.fingerprint = fingerprint;
    this.layout = layoutOf(robot, mujoco, model);
    this.time = new WorldTime(robot, world.physicsStepS);
    this.stopModes = new MujocoStop(robot, model, this.layout);
    this.needsContactForces = this.layout.derived.includes('cfrc_ext');
    this.stateKinds = mujoco.mjtState.mjSTATE_INTEGRATION.value;
    this.data = new mujoco.MjData(model);
    this.integration = new mujoco.DoubleBuffer(mujoco.mj_stateSize(model, this.stateKinds));
    this.currentViews = viewsOf(this.data);
    this.derivedSize = this.layout.derived.reduce((sum, field) => sum + this.currentViews[field].length, 0);
    mujoco.mj_forward(model, this.data);
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
    return { qpos: (this.model.qpos0 as Float64Array).slice(), qvel: new Float64Array(this.model.nv) };
  }

  reset(state: ResetState): void {
    const { mujoco, model, data } = this;
    const { qpos, qvel } = modelState(state, { mujoco, model, layout: this.layout });
    checkVector('reset qpos', qpos, model.nq);
    checkVector('reset qvel', qvel, model.nv);
    mujoco.mj_resetData(model, data);
    const { views } = this;
    views.qpos.set(qpos);
    views.qvel.set(qvel);
    mujoco.mj_forward(model, data);
    this.time.sequence++;
  }

  step(targets: Float64Array): void {
    const { mujoco, model, data, layout, time } = this;
    checkVector('command', targets, layout.actuator.length);
    const { ctrl } = this.views;
    for (let i = 0; i < targets.length; i++) ctrl[layout.actuator[i]!] = (this.stopped ?? targets)[i]!;
    for (let i = 0; i < time.substeps; i++) mujoco.mj_step(model, data);
    if (this.needsContactForces) mujoco.mj_rnePostConstraint(model, data);
    time.physicsSteps += time.substeps;
    time.sequence++;
  }

  stop(modes: readonly StopMode[]): void {
    const { layout, views } = this;
    const held = Float64Array.from(layout.actuator, (actuator, i) => {
      const position = views.qpos[layout.qposAddress[i]!]!;
      const lead = (this.stopped?.[i] ?? views.ctrl[actuator]!) - position;
      return position + Math.max(-MAX_HOLD_LEAD_RAD_OR_M, Math.min(MAX_HOLD_LEAD_RAD_OR_M, lead));
    });
    this.stopped = this.stopModes.apply(modes, held);
  }

  resume(): void {
    if (this.stopped !== null) this.stopModes.restore();
    this.stopped = null;
  }

  reading(): Reading {
    const { layout, views, time } = this;
    const count = layout.actuator.length;
    const positions = new Float64Array(count);
    const velocities = new Float64Array(count);
    const efforts = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      const dof = layout.dofAddress[i]!;
      positions[i] = views.qpos[layout.qposAddress[i]!]!;
      velocities[i] = views.qvel[dof]!;
      efforts[i] = views.qfrc_actuator[dof]!;
    }
    const sensors = new Map<string, Float64Array>();
    for (const { name, slices } of layout.sensors) {
      const values = new Float64Array(slices.reduce((sum, { size }) => sum + size, 0));
      let at = 0;
      for (const { field, offset, size } of slices) {
        values.set(views[field].subarray(offset, offset + size), at);
        at += size;
      }
      sensors.set(name, values);
    }
    return {
      sequence: time.sequence,
      arrivalNs: time.deviceTimeNs,
      deviceTimeS: time.deviceTimeS,
      positions,
      velocities,
      efforts,
      sensors,
    };
  }

  saveState(): Uint8Array {
    const { mujoco, model, data, integration } = this;
    mujoco.mj_getState(model, data, integration, this.stateKinds);
    const state = integration.GetView() as Float64Array;
    const values = new Float64Array(state.length + this.derivedSize);
    values.set(state);
    let at = state.length;
    for (const field of this.layout.derived) {
      values.set(this.views[field], at);
      at += this.views[field].length;
    }
    return encodeWorldState(this.fingerprint, this.time, values);
  }

  loadState(bytes: Uint8Array): void {
    const stateSize = this.integration.GetElementCount();
    const values = decodeWorldState(bytes, this.fingerprint, this.time, stateSize + this.derivedSize);
    this.mujoco.mj_resetData(this.model, this.data);
    this.mujoco.mj_setState(
      this.model,
      this.data,
      values.subarray(0, stateSize) as unknown as number[],
      this.stateKinds,
    );
    let at = stateSize;
    for (const field of this.layout.derived) {
      const view = this.views[field];
      view.set(values.subarray(at, at + view.length));
      at += view.length;
    }
  }

  dispose(): void {
    this.integration.delete();
    this.data.delete();
    this.model.delete();
  }

  /** Typed arrays over WASM memory; recreated only when the memory has grown and detached them. */
  private get views(): ReturnType<typeof viewsOf> {
    if (this.currentViews.qpos.length === 0) this.currentViews = viewsOf(this.data);
    return this.currentViews;
  }
}
