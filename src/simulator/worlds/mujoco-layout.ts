import type { MainModule, MjData, MjModel } from '@mujoco/mujoco';
import { SoftqdError } from '../../base/errors.ts';
import type { RobotSpec, SensorSpec } from '../../robot/robot-spec.ts';
import { checkJoint, modelJoint } from './check-joint.ts';

/** The array of mjData that contains a value, and its index. */
export type DataField =
  'qpos' | 'qvel' | 'site_xpos' | 'xpos' | 'xquat' | 'cfrc_ext' | 'qfrc_constraint' | 'qfrc_actuator';

interface Slice {
  readonly field: DataField;
  readonly offset: number;
  readonly size: number;
}

/** Addresses of the robot's joints and sensors in a compiled model. */
export interface MujocoLayout {
  readonly qposAddress: Int32Array;
  readonly dofAddress: Int32Array;
  readonly actuator: Int32Array;
  readonly sensors: readonly { readonly name: string; readonly slices: readonly Slice[] }[];
  /** Arrays from the last integrator stage. They are not a function of the state, so a saved state includes them. */
  readonly derived: readonly DataField[];
}

/**
 * Finds every joint (its actuator too) and sensor of the robot file by name. Throws E_ROBOT_FILE when one is missing or has another size,
 * and when joint and actuator contradict the robot file.
 */
export function layoutOf(robot: RobotSpec, mujoco: MainModule, model: MjModel): MujocoLayout {
  const joints = robot.joints.map((joint) => {
    const id = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_JOINT.value, joint.name);
    if (id < 0) throw fault(robot, `the model has no joint '${joint.name}'`);
    const expected = joint.kind === 'revolute' ? mujoco.mjtJoint.mjJNT_HINGE.value : mujoco.mjtJoint.mjJNT_SLIDE.value;
    if ((model.jnt_type as Int32Array)[id] !== expected)
      throw fault(robot, `joint '${joint.name}' is not ${joint.kind} in the model`);
    return id;
  });
  if (model.nu !== joints.length)
    throw fault(robot, `the model has ${model.nu} actuators, the robot file ${joints.length} joints`);
  const target = model.actuator_trnid as Int32Array;
  const kind = model.actuator_trntype as Int32Array;
  const actuator = joints.map((joint, i) => {
    for (let a = 0; a < model.nu; a++) {
      if (kind[a] === mujoco.mjtTrn.mjTRN_JOINT.value && target[2 * a] === joint) return a;
    }
    throw fault(robot, `no actuator drives joint '${robot.joints[i]!.name}'`);
  });
  joints.forEach((joint, i) => checkJoint(robot, robot.joints[i]!, modelJoint(mujoco, model, joint, actuator[i]!)));
  const sensors = robot.sensors.map((sensor) => ({
    name: sensor.name,
    slices: slicesOf(sensor, robot, mujoco, model),
  }));
  const used = sensors.flatMap(({ slices }) => slices.map(({ field }) => field));
  const derived = [...new Set<DataField>(['qfrc_actuator', ...used])].filter(
    (field) => field !== 'qpos' && field !== 'qvel',
  );
  return {
    qposAddress: Int32Array.from(joints, (id) => (model.jnt_qposadr as Int32Array)[id]!),
    dofAddress: Int32Array.from(joints, (id) => (model.jnt_dofadr as Int32Array)[id]!),
    actuator: Int32Array.from(actuator),
    sensors,
    derived,
  };
}

function slicesOf(sensor: SensorSpec, robot: RobotSpec, mujoco: MainModule, model: MjModel): Slice[] {
  const slices = sourceSlices(sensor, robot, mujoco, model);
  const size = slices.reduce((sum, slice) => sum + slice.size, 0);
  if (size !== sensor.size)
    throw fault(
      robot,
      `sensor '${sensor.name}' (${sensor.source ?? ''}) has ${size} values in the model, ${sensor.size} in the robot file`,
    );
  return slices;
}

function sourceSlices(sensor: SensorSpec, robot: RobotSpec, mujoco: MainModule, model: MjModel): Slice[] {
  const { name, source = '' } = sensor;
  switch (source) {
    case 'qpos':
      return [{ field: 'qpos', offset: 0, size: model.nq }];
    case 'qvel':
      return [{ field: 'qvel', offset: 0, size: model.nv }];
    case 'qfrc_constraint':
      return [{ field: 'qfrc_constraint', offset: 0, size: model.nv }];
    case 'cfrc_ext':
      return [{ field: 'cfrc_ext', offset: 0, size: 6 * model.nbody }];
  }
  const [kind, object] = [source.slice(0, 5), source.slice(5)];
  if (kind !== 'site:' && kind !== 'body:')
    throw fault(robot, `sensor '${name}' states no source that a MuJoCo world has`);
  const type = kind === 'site:' ? mujoco.mjtObj.mjOBJ_SITE : mujoco.mjtObj.mjOBJ_BODY;
  const id = mujoco.mj_name2id(model, type.value, object);
  if (id < 0) throw fault(robot, `sensor '${name}': the model has no ${source}`);
  if (kind === 'site:') return [{ field: 'site_xpos', offset: 3 * id, size: 3 }];
  const position: Slice = { field: 'xpos', offset: 3 * id, size: 3 };
  // The complete pose of a body: position, then the quaternion w x y z.
  return sensor.size === 7 ? [position, { field: 'xquat', offset: 4 * id, size: 4 }] : [position];
}

/** Live float64 views of the named arrays; invalid after WASM memory has grown. */
export function viewsOf(data: MjData): Readonly<Record<DataField | 'ctrl', Float64Array>> {
  return {
    ctrl: data.ctrl as Float64Array,
    qpos: data.qpos as Float64Array,
    qvel: data.qvel as Float64Array,
    site_xpos: data.site_xpos as Float64Array,
    xpos: data.xpos as Float64Array,
    xquat: data.xquat as Float64Array,
    cfrc_ext: data.cfrc_ext as Float64Array,
    qfrc_constraint: data.qfrc_constraint as Float64Array,
    qfrc_actuator: data.qfrc_actuator as Float64Array,
  };
}

function fault(robot: RobotSpec, message: string): SoftqdError {
  return new SoftqdError('E_ROBOT_FILE', `${robot.name}: ${message}`);
}
