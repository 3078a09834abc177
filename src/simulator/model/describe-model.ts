import type { MainModule, MjModel } from '@mujoco/mujoco';
import type { ModelActuator, ModelBody, ModelDescription, ModelJoint } from '../../robot/import/index.ts';
import type { Vector3 } from '../../robot/kinematics-spec.ts';
import { rotationOfQuaternion, timesVector, type Matrix3 } from '../../robot/rotation.ts';
import { boundingCapsule, boxPoints, cylinderPoints, type Capsule } from '../../robot/shapes/index.ts';
import type { LoadedModel } from './load-model.ts';

/** A compiled model as plain data. */
export function describeModel({ mujoco, model }: LoadedModel): ModelDescription {
  const shapes = shapesOf(mujoco, model);
  const joints = Array.from({ length: model.njnt }, (_, i) => ({
    body: (model.jnt_bodyid as Int32Array)[i]!,
    joint: jointOf(mujoco, model, i),
  }));
  return {
    bodies: Array.from({ length: model.nbody }, (_, i): ModelBody => ({
      name: nameOf(mujoco, model, 'mjOBJ_BODY', i),
      parent: (model.body_parentid as Int32Array)[i]!,
      atM: vectorAt(model.body_pos, i),
      rotation: rotationAt(model.body_quat, i),
      joints: joints.filter(({ body }) => body === i).map(({ joint }) => joint),
      shapes: shapes.filter(({ body }) => body === i).map(({ shape }) => shape),
    })),
    sites: Array.from({ length: model.nsite }, (_, i) => ({
      name: nameOf(mujoco, model, 'mjOBJ_SITE', i),
      body: (model.site_bodyid as Int32Array)[i]!,
      atM: vectorAt(model.site_pos, i),
    })),
    actuators: Array.from({ length: model.nu }, (_, i) => actuatorOf(mujoco, model, i)),
    timestepS: model.opt.timestep,
    drawnMeshes: Array.from({ length: model.ngeom }, (_, i) => i)
      .filter((i) => !touches(model, i) && (model.geom_type as Int32Array)[i] === mujoco.mjtGeom.mjGEOM_MESH.value)
      .map((i) => nameOf(mujoco, model, 'mjOBJ_GEOM', i)),
  };
}

function jointOf(mujoco: MainModule, model: MjModel, i: number): ModelJoint {
  const { mjJNT_HINGE, mjJNT_SLIDE, mjJNT_BALL } = mujoco.mjtJoint;
  const type = (model.jnt_type as Int32Array)[i];
  const force = pairAt(model.jnt_actfrcrange, i);
  return {
    name: nameOf(mujoco, model, 'mjOBJ_JOINT', i),
    kind:
      type === mjJNT_HINGE.value
        ? 'revolute'
        : type === mjJNT_SLIDE.value
          ? 'prismatic'
          : type === mjJNT_BALL.value
            ? 'ball'
            : 'free',
    axis: vectorAt(model.jnt_axis, i),
    anchorM: vectorAt(model.jnt_pos, i),
    reference: (model.qpos0 as Float64Array)[(model.jnt_qposadr as Int32Array)[i]!]!,
    range: model.jnt(i).limited === true ? pairAt(model.jnt_range, i) : null,
    effortRange: force[0] < force[1] ? force : null,
  };
}

function actuatorOf(mujoco: MainModule, model: MjModel, i: number): ModelActuator {
  const actuator = model.actuator(i);
  const first = (values: unknown): number => (values as ArrayLike<number>)[0]!;
  const { mjTRN_JOINT, mjTRN_JOINTINPARENT } = mujoco.mjtTrn;
  const transmission: unknown = actuator.trntype;
  const onJoint = transmission === mjTRN_JOINT.value || transmission === mjTRN_JOINTINPARENT.value;
  const isFixed = actuator.gaintype === mujoco.mjtGain.mjGAIN_FIXED.value;
  const bias: unknown = actuator.biastype;
  const isAffine = bias === mujoco.mjtBias.mjBIAS_AFFINE.value;
  const [constant = 0, position = 0, velocity = 0] = isAffine ? (actuator.biasprm as Float64Array) : [];
  return {
    name: actuator.name,
    joint: onJoint ? nameOf(mujoco, model, 'mjOBJ_JOINT', first(actuator.trnid)) : null,
    gear: first(actuator.gear),
    law:
      isFixed && (isAffine || bias === mujoco.mjtBias.mjBIAS_NONE.value)
        ? { gain: first(actuator.gainprm), constant, position, velocity }
        : null,
    isDirect: transmission === mjTRN_JOINT.value,
    dynamics: dynamicsOf(mujoco, actuator.dyntype),
    stateRange: actuator.actlimited === true ? pairAt(actuator.actrange, 0) : null,
    controlRange: actuator.ctrllimited === true ? pairAt(actuator.ctrlrange, 0) : null,
    forceRange: actuator.forcelimited === true ? pairAt(actuator.forcerange, 0) : null,
  };
}

/** By the model's type of dynamics. */
export function dynamicsOf({ mjtDyn }: MainModule, type: unknown): ModelActuator['dynamics'] {
  const { mjDYN_NONE, mjDYN_FILTER, mjDYN_FILTEREXACT, mjDYN_INTEGRATOR } = mjtDyn;
  if (type === mjDYN_NONE.value) return 'none';
  if (type === mjDYN_INTEGRATOR.value) return 'integrator';
  return type === mjDYN_FILTER.value || type === mjDYN_FILTEREXACT.value ? 'filter' : 'other';
}

interface PlacedShape {
  readonly body: number;
  readonly shape: ModelBody['shapes'][number];
}

/** Capsules around the shapes of moving and fixed bodies that may touch something; around all shapes where none may. */
function shapesOf(mujoco: MainModule, model: MjModel): PlacedShape[] {
  const all = Array.from({ length: model.ngeom }, (_, i) => i);
  const touching = all.filter((i) => touches(model, i));
  const bodyOf = (i: number): number => (model.geom_bodyid as Int32Array)[i]!;
  const chosen = touching.some((i) => bodyOf(i) > 0) ? touching : all;
  return chosen.flatMap((i) => {
    const body = bodyOf(i);
    // What belongs to the world surrounds the robot.
    const capsule = body === 0 ? null : capsuleOf(mujoco, model, i);
    if (capsule === null) return [];
    const [at, turn] = [vectorAt(model.geom_pos, i), rotationAt(model.geom_quat, i)];
    const name = nameOf(mujoco, model, 'mjOBJ_GEOM', i) || nameOf(mujoco, model, 'mjOBJ_BODY', body) || `body ${body}`;
    const placed = (point: Vector3): Vector3 => {
      const [x, y, z] = timesVector(turn, point);
      return [at[0] + x, at[1] + y, at[2] + z];
    };
    return [
      { body, shape: { name, fromM: placed(capsule.fromM), toM: placed(capsule.toM), radiusM: capsule.radiusM } },
    ];
  });
}

function touches(model: MjModel, i: number): boolean {
  return (model.geom_contype as Int32Array)[i] !== 0 || (model.geom_conaffinity as Int32Array)[i] !== 0;
}

/** In the frame of the geom; null: a plane or a height field. */
function capsuleOf(mujoco: MainModule, model: MjModel, i: number): Capsule | null {
  const [a, b, c] = vectorAt(model.geom_size, i);
  const { mjGEOM_SPHERE, mjGEOM_CAPSULE, mjGEOM_CYLINDER, mjGEOM_ELLIPSOID, mjGEOM_BOX, mjGEOM_MESH } = mujoco.mjtGeom;
  switch ((model.geom_type as Int32Array)[i]) {
    case mjGEOM_SPHERE.value:
      return { fromM: [0, 0, 0], toM: [0, 0, 0], radiusM: a };
    case mjGEOM_CAPSULE.value:
      return { fromM: [0, 0, -b], toM: [0, 0, b], radiusM: a };
    case mjGEOM_CYLINDER.value:
      return boundingCapsule(cylinderPoints(a, b));
    case mjGEOM_ELLIPSOID.value:
    case mjGEOM_BOX.value:
      return boundingCapsule(boxPoints([a, b, c]));
    case mjGEOM_MESH.value: {
      const mesh = (model.geom_dataid as Int32Array)[i]!;
      const first = 3 * (model.mesh_vertadr as Int32Array)[mesh]!;
      const count = 3 * (model.mesh_vertnum as Int32Array)[mesh]!;
      return boundingCapsule((model.mesh_vert as Float32Array).subarray(first, first + count));
    }
    default:
      return null;
  }
}

type Named = 'mjOBJ_BODY' | 'mjOBJ_JOINT' | 'mjOBJ_SITE' | 'mjOBJ_GEOM';

function nameOf(mujoco: MainModule, model: MjModel, type: Named, id: number): string {
  return mujoco.mj_id2name(model, mujoco.mjtObj[type].value, id) || '';
}

function vectorAt(values: unknown, i: number): Vector3 {
  const array = values as Float64Array;
  return [array[3 * i]!, array[3 * i + 1]!, array[3 * i + 2]!];
}

function pairAt(values: unknown, i: number): readonly [number, number] {
  const array = values as Float64Array;
  return [array[2 * i]!, array[2 * i + 1]!];
}

function rotationAt(values: unknown, i: number): Matrix3 {
  const [w, x, y, z] = (values as Float64Array).subarray(4 * i, 4 * i + 4);
  return rotationOfQuaternion([w!, x!, y!, z!]);
}
