import { jointRange } from '../../robot/joint-range.ts';
import type { JointSpec, RobotSpec } from '../../robot/robot-spec.ts';
import type { LoadedModel } from '../model/load-model.ts';
import { layoutOf, viewsOf } from '../worlds/mujoco-layout.ts';

/** Of each part of the trial: at rest, at all lower limits, at all upper limits. */
const PART_S = 0.5;
const MAX_STEPS_OF_PART = 1000;
/** A joint that moves farther in one physics step is not simulated: half a turn, or 1 m. */
const MAX_TURN_RAD = Math.PI;
const MAX_SLIDE_M = 1;
/** The range over which a slide without limits is tried, m. */
const FREE_SLIDE_M = 0.1;

/**
 * What goes wrong when the model of a robot is simulated, from rest, with all targets where the joints are, then at their lower and at their
 * upper limits (motors: without effort only): a value that is no number, or a joint too fast for the physics step. Null: nothing.
 */
export function instabilityOf(robot: RobotSpec, { mujoco, model }: LoadedModel): string | null {
  const options = model.opt;
  // By default MuJoCo resets a diverged simulation.
  options.disableflags |= mujoco.mjtDisableBit.mjDSBL_AUTORESET.value;
  const layout = layoutOf(robot, mujoco, model);
  const data = new mujoco.MjData(model);
  const steps = Math.min(MAX_STEPS_OF_PART, Math.ceil(PART_S / options.timestep));
  const initial = robot.joints.map((_, i) => (model.qpos0 as Float64Array)[layout.qposAddress[i]!]!);
  try {
    for (const part of ['rest', 'min', 'max'] as const) {
      for (let step = 1; step <= steps; step++) {
        const { ctrl, qpos, qvel } = viewsOf(data);
        robot.joints.forEach((joint, i) => {
          ctrl[layout.actuator[i]!] = targetOf(joint, initial[i]!, part);
        });
        mujoco.mj_step(model, data);
        const isLost = [qpos, qvel].some((values) => !values.every(Number.isFinite));
        const wrong = robot.joints.find(({ kind }, i) => {
          const most = kind === 'revolute' ? MAX_TURN_RAD : MAX_SLIDE_M;
          return !(Math.abs(qvel[layout.dofAddress[i]!]!) * options.timestep <= most);
        });
        if (wrong === undefined && !isLost) continue;
        const where =
          part === 'rest' ? 'at rest' : `with all targets at their ${part === 'min' ? 'lower' : 'upper'} limits`;
        const who = wrong === undefined ? 'the simulation' : `joint ${wrong.name}`;
        return `${who} diverges ${where}, after ${Number((step * options.timestep).toPrecision(3))} s`;
      }
    }
    return null;
  } finally {
    data.delete();
  }
}

function targetOf(joint: JointSpec, initial: number, part: 'rest' | 'min' | 'max'): number {
  if (joint.commandMode !== 'position') {
    const most = joint.commandMode === 'velocity' ? (joint.limits.maxVelocityRadOrMPerS ?? 1) : 0;
    return part === 'rest' ? 0 : part === 'min' ? -most : most;
  }
  const { min, max } = jointRange(joint) ?? { min: initial - FREE_SLIDE_M, max: initial + FREE_SLIDE_M };
  return part === 'rest' ? Math.max(min, Math.min(max, initial)) : part === 'min' ? min : max;
}
