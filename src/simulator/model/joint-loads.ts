import { XoshiroRandom } from '../../base/random.ts';
import type { JointLoad } from '../../robot/import/index.ts';
import type { LoadedModel } from './load-model.ts';

const POSES = 100;
/** A slide without a range is tried over this much. */
const FREE_SLIDE_M = 0.1;

/** Inertia and load of each hinge and slide, by name: the largest of the initial and 100 other poses over the joints' ranges. */
export function jointLoads({ mujoco, model }: LoadedModel): ReadonlyMap<string, JointLoad> {
  const data = new mujoco.MjData(model);
  const matrix = new mujoco.DoubleBuffer(model.nv * model.nv);
  const random = new XoshiroRandom(1);
  const { mjJNT_HINGE, mjJNT_SLIDE } = mujoco.mjtJoint;
  const joints = Array.from({ length: model.njnt }, (_, i) => {
    const type = (model.jnt_type as Int32Array)[i];
    const isLimited = model.jnt(i).limited === true;
    const half = type === mjJNT_HINGE.value ? Math.PI : FREE_SLIDE_M;
    const [low, high] = isLimited ? (model.jnt_range as Float64Array).slice(2 * i, 2 * i + 2) : [-half, half];
    return {
      name: mujoco.mj_id2name(model, mujoco.mjtObj.mjOBJ_JOINT.value, i),
      moves: type === mjJNT_HINGE.value || type === mjJNT_SLIDE.value,
      qpos: (model.jnt_qposadr as Int32Array)[i]!,
      dof: (model.jnt_dofadr as Int32Array)[i]!,
      low: low!,
      width: high! - low!,
    };
  }).filter(({ moves }) => moves);
  const loads = joints.map(({ dof }) => ({
    ...{ inertia: 0, effort: 0 },
    armature: (model.dof_armature as Float64Array)[dof]!,
  }));
  for (let pose = 0; pose <= POSES; pose++) {
    const positions = data.qpos as Float64Array;
    for (const { qpos, low, width } of joints) if (pose > 0) positions[qpos] = low + width * random.uniform();
    mujoco.mj_forward(model, data);
    mujoco.mj_fullM(model, data, matrix);
    const full = matrix.GetView() as Float64Array;
    joints.forEach(({ dof }, i) => {
      const load = loads[i]!;
      const friction = (model.dof_frictionloss as Float64Array)[dof]!;
      load.inertia = Math.max(load.inertia, full[dof * (model.nv + 1)]!);
      load.effort = Math.max(load.effort, Math.abs((data.qfrc_bias as Float64Array)[dof]!) + friction);
    });
  }
  matrix.delete();
  data.delete();
  return new Map(joints.map(({ name }, i) => [name, loads[i]!]));
}
