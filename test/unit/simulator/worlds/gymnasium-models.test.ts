import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import loadMujoco, { type MainModule, type MjModel } from '@mujoco/mujoco';
import { GYMNASIUM_ROBOTS, modelOf, type CompiledModel } from '../../../support/gymnasium.ts';
import { robotDirectory } from '../../../support/simulator.ts';

/** The listed numbers are rounded to 12 significant digits. */
const RELATIVE = 5.1e-12;
/** What rounding leaves of a coordinate that is 0. */
const ABSOLUTE = 1e-15;

const JOINT_TYPES = ['free', 'ball', 'slide', 'hinge'];
const GEOM_TYPES = ['plane', 'hfield', 'sphere', 'capsule', 'ellipsoid', 'cylinder', 'box', 'mesh'];

type Row = Readonly<Record<string, unknown>>;
/** Reads element `i` of an array of mjModel: one value, or `size` of them. */
type Read = (field: string, i: number, size?: number) => unknown;

describe('the models of the Gymnasium robots', function () {
  this.timeout(60_000);
  let mujoco: MainModule;
  before(async () => {
    mujoco = await loadMujoco({});
  });

  for (const [robot, environment] of GYMNASIUM_ROBOTS) {
    it(`${robot} compiles to the numbers of ${environment}`, () => {
      const model = mujoco.MjModel.from_xml_string(readFileSync(path.join(robotDirectory(robot), 'model.xml'), 'utf8'));
      const expected = modelOf(environment);
      assert.equal(compare(compiled(model, expected), expected, environment) > 100, true);
      model.delete();
    });
  }
});

/** Asserts that every value in `expected` is in `actual`; returns the number of values. */
function compare(actual: unknown, expected: unknown, place: string): number {
  if (typeof expected === 'number') {
    assert.equal(typeof actual, 'number', place);
    const difference = Math.abs((actual as number) - expected);
    assert.ok(difference <= ABSOLUTE + RELATIVE * Math.abs(expected), `${place}: ${String(actual)}, not ${expected}`);
    return 1;
  }
  if (typeof expected !== 'object' || expected === null) {
    // "emsc" stands for an element without a name.
    assert.equal(actual === '' ? 'emsc' : actual, expected, place);
    return 1;
  }
  if (Array.isArray(expected)) assert.equal((actual as ArrayLike<number>).length, expected.length, place);
  return Object.entries(expected)
    .map(([key, value]) => compare((actual as Row)[key], value, `${place}.${key}`))
    .reduce((sum, count) => sum + count, 0);
}

/** The model in the form of the listed numbers. */
function compiled(model: MjModel, expected: CompiledModel): Row {
  const arrays = model as unknown as Readonly<Record<string, Float64Array>>;
  const read: Read = (field, i, size) => {
    const values = arrays[field]!;
    return size === undefined ? values[i] : [...values.subarray(i * size, (i + 1) * size)];
  };
  const { opt } = model;
  return {
    name: expected['name' as keyof CompiledModel],
    opt: {
      ...{ timestep: opt.timestep, integrator: opt.integrator, gravity: [...(opt.gravity as Float64Array)] },
      ...{ density: opt.density, viscosity: opt.viscosity, iterations: opt.iterations, solver: opt.solver },
      ...{ cone: opt.cone, impratio: opt.impratio },
    },
    ...{ nq: model.nq, nv: model.nv, nu: model.nu, nbody: model.nbody },
    ...{ exclude: model.nexclude, sites: model.nsite, tendons: model.ntendon, equality: model.neq },
    qpos0: [...(model.qpos0 as Float64Array)],
    bodies: rows(model.nbody, (i) => body(model, read, i)),
    joints: rows(model.njnt, (i) => joint(model, read, i)),
    geoms: rows(model.ngeom, (i) => geom(model, read, i)),
    actuators: rows(model.nu, (i) => actuator(model, read, i)),
  };
}

function rows(count: number, row: (i: number) => Row): Row[] {
  return Array.from({ length: count }, (_, i) => row(i));
}

function body(model: MjModel, read: Read, i: number): Row {
  return {
    name: model.body(i).name,
    parent: read('body_parentid', i),
    mass: read('body_mass', i),
    pos: read('body_pos', i, 3),
    quat: read('body_quat', i, 4),
    inertia: read('body_inertia', i, 3),
    ipos: read('body_ipos', i, 3),
  };
}

function joint(model: MjModel, read: Read, i: number): Row {
  const dof = read('jnt_dofadr', i) as number;
  const qpos = read('jnt_qposadr', i) as number;
  return {
    name: model.jnt(i).name,
    body: read('jnt_bodyid', i),
    type: JOINT_TYPES[read('jnt_type', i) as number],
    pos: read('jnt_pos', i, 3),
    axis: read('jnt_axis', i, 3),
    limited: Boolean(model.jnt(i).limited),
    range: read('jnt_range', i, 2),
    stiffness: read('jnt_stiffness', i),
    springref: read('qpos_spring', qpos),
    damping: read('dof_damping', dof),
    armature: read('dof_armature', dof),
    frictionloss: read('dof_frictionloss', dof),
    margin: read('jnt_margin', i),
    solref: read('jnt_solref', i, 2),
    solimp: read('jnt_solimp', i, 5),
  };
}

function geom(model: MjModel, read: Read, i: number): Row {
  return {
    name: model.geom(i).name,
    body: read('geom_bodyid', i),
    type: GEOM_TYPES[read('geom_type', i) as number],
    size: read('geom_size', i, 3),
    pos: read('geom_pos', i, 3),
    quat: read('geom_quat', i, 4),
    friction: read('geom_friction', i, 3),
    condim: read('geom_condim', i),
    contype: read('geom_contype', i),
    conaffinity: read('geom_conaffinity', i),
    margin: read('geom_margin', i),
    solref: read('geom_solref', i, 2),
    solimp: read('geom_solimp', i, 5),
    rgba: (read('geom_rgba', i, 4) as number[]).map((value) => Number(value.toPrecision(6))),
  };
}

function actuator(model: MjModel, read: Read, i: number): Row {
  const target = (read('actuator_trnid', i, 2) as number[])[0]!;
  return {
    joint: model.jnt(target).name,
    gear: (read('actuator_gear', i, 6) as number[])[0],
    ctrlLimited: Boolean(model.actuator(i).ctrllimited),
    ctrlRange: read('actuator_ctrlrange', i, 2),
  };
}
