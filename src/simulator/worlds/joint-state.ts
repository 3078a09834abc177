import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { ResetState } from '../../robot/reading.ts';
import type { MujocoLayout } from './mujoco-layout.ts';

/** Numbers of an equality in mjModel (mjNEQDATA), and those of its polynomial. */
const EQUALITY_DATA = 11;
const COEFFICIENTS = 5;

interface Parts {
  readonly mujoco: MainModule;
  readonly model: MjModel;
  readonly layout: MujocoLayout;
}

/** The state of all coordinates from a state of the robot's joints alone; a state of another size comes back as it is. */
export function modelState({ qpos, qvel }: ResetState, { mujoco, model, layout }: Parts): ResetState {
  const count = layout.qposAddress.length;
  if (model.nq === count || qpos.length !== count || qvel.length !== count) return { qpos, qvel };
  const initial = model.qpos0 as Float64Array;
  const positions = initial.slice();
  const velocities = new Float64Array(model.nv);
  for (let i = 0; i < count; i++) {
    positions[layout.qposAddress[i]!] = qpos[i]!;
    velocities[layout.dofAddress[i]!] = qvel[i]!;
  }
  const types = model.eq_type as Int32Array;
  const followers = model.eq_obj1id as Int32Array;
  const leaders = model.eq_obj2id as Int32Array;
  const data = model.eq_data as Float64Array;
  for (let e = 0; e < model.neq; e++) {
    if (types[e] !== mujoco.mjtEq.mjEQ_JOINT.value || leaders[e]! < 0) continue;
    const addressOf = (joint: number): number => (model.jnt_qposadr as Int32Array)[joint]!;
    const [follower, leader] = [addressOf(followers[e]!), addressOf(leaders[e]!)];
    const polynomial = data.subarray(EQUALITY_DATA * e, EQUALITY_DATA * e + COEFFICIENTS);
    const ahead = positions[leader]! - initial[leader]!;
    positions[follower] = initial[follower]! + polynomial.reduceRight((sum, c) => sum * ahead + c, 0);
  }
  return { qpos: positions, qvel: velocities };
}
