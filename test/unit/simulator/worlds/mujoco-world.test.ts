import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import loadMujoco from '@mujoco/mujoco';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import type { Reading } from '../../../../src/robot/reading.ts';
import type { RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { createWorld, type World } from '../../../../src/simulator/index.ts';
import { loadRobot, robotDirectory } from '../../../support/simulator.ts';

const arm2 = loadRobot('arm2');
const start = { qpos: Float64Array.of(0.4, -0.9), qvel: Float64Array.of(1, -2) };

/** The tip of two links of 0.1 m by forward kinematics. */
function tip(shoulder: number, elbow: number): [number, number] {
  return [
    0.1 * Math.cos(shoulder) + 0.1 * Math.cos(shoulder + elbow),
    0.1 * Math.sin(shoulder) + 0.1 * Math.sin(shoulder + elbow),
  ];
}

describe('arm2 in MuJoCo', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld(arm2, robotDirectory('arm2'));
  });
  afterEach(() => world.dispose());

  const drive = (steps: number, seed: number): Reading[] => {
    const random = new XoshiroRandom(seed);
    return Array.from({ length: steps }, () => {
      world.step(Float64Array.of(0.6 * random.uniform() - 0.3, 0.6 * random.uniform() - 0.3));
      return world.reading();
    });
  };

  it('is at the given state after a reset, including the fingertip', () => {
    world.reset(start);
    const { positions, velocities, sensors } = world.reading();
    assert.deepEqual([...positions], [...start.qpos]);
    assert.deepEqual([...velocities], [...start.qvel]);
    const [x, y] = tip(0.4, -0.9);
    const fingertip = sensors.get('fingertip')!;
    assert.ok(Math.hypot(fingertip[0]! - x, fingertip[1]! - y) < 1e-12);
    assert.equal(fingertip[2], 0);
  });

  it('reads the fingertip one physics step behind the joints, as after mj_step', () => {
    world.reset(start);
    world.setControlPeriod(0.015);
    world.step(Float64Array.of(0.3, -0.3));
    const before = world.reading();
    world.setControlPeriod(0.005);
    world.step(Float64Array.of(0.3, -0.3));
    const after = world.reading();
    const [staleX, staleY] = tip(before.positions[0]!, before.positions[1]!);
    const [newX, newY] = tip(after.positions[0]!, after.positions[1]!);
    const fingertip = after.sensors.get('fingertip')!;
    assert.ok(Math.hypot(fingertip[0]! - staleX, fingertip[1]! - staleY) < 1e-12);
    assert.ok(Math.hypot(fingertip[0]! - newX, fingertip[1]! - newY) > 1e-6);
  });

  it('continues bit-identically from a saved state, also in another world, with the same stale fingertip', async () => {
    world.reset(start);
    drive(37, 1);
    const saved = world.saveState();
    const atSave = world.reading();
    const straightOn = drive(200, 2);
    world.loadState(saved);
    assert.deepEqual(world.reading(), atSave);
    assert.deepEqual(drive(200, 2), straightOn);
    const other = await createWorld(arm2, robotDirectory('arm2'));
    other.loadState(saved);
    assert.deepEqual(other.reading(), atSave);
    assert.deepEqual(other.saveState(), saved);
    other.dispose();
  });

  it('is reproducible: the same commands from the same state give bit-identical results', () => {
    world.reset(start);
    const once = drive(50, 3).map(({ positions }) => positions);
    world.reset(start);
    const again = drive(50, 3).map(({ positions }) => positions);
    assert.deepEqual(again, once);
  });

  it('has no gravity, a continuous shoulder, and an end stop of the elbow near 2.8 rad', () => {
    world.reset({ qpos: Float64Array.of(0.3, 0.5), qvel: Float64Array.of(0, 0) });
    for (let i = 0; i < 50; i++) world.step(Float64Array.of(0, 0));
    assert.deepEqual([...world.reading().positions], [0.3, 0.5]);
    for (let i = 0; i < 400; i++) world.step(Float64Array.of(0.05, 0.05));
    const [shoulder, elbow] = world.reading().positions as unknown as [number, number];
    assert.ok(shoulder > 2 * Math.PI, `${shoulder}`);
    assert.ok(elbow > 2.75 && elbow < 2.85, `${elbow}`);
  });

  it('clamps the effort to 0.3 N m and reports it', () => {
    world.reset(start);
    world.step(Float64Array.of(5, -5));
    assert.deepEqual([...world.reading().efforts], [0.3, -0.3]);
  });

  it('is compiled as it is described: masses, lengths, damping, no gravity', async () => {
    const mujoco = await loadMujoco();
    const model = mujoco.MjModel.from_xml_string(
      await readFile(path.join(robotDirectory('arm2'), 'model.xml'), 'utf8'),
    );
    const numbers = (values: unknown): number[] => [...(values as Float64Array)];
    assert.deepEqual(numbers(model.body_mass), [0, 0.1, 0.1]);
    assert.deepEqual(numbers(model.body_pos).slice(6), [0.1, 0, 0]);
    assert.deepEqual(numbers(model.site_pos), [0.1, 0, 0]);
    assert.deepEqual(numbers(model.dof_damping), [0.01, 0.01]);
    assert.deepEqual(numbers(model.jnt_range).slice(2), [-2.8, 2.8]);
    assert.deepEqual(numbers(model.actuator_ctrlrange), [-0.3, 0.3, -0.3, 0.3]);
    assert.deepEqual(numbers(model.opt.gravity), [0, 0, 0]);
    assert.equal(model.opt.timestep, 0.005);
    model.delete();
  });

  it('keeps device time and sequence ascending across resets', () => {
    world.reset(start);
    world.step(Float64Array.of(0, 0));
    const before = world.reading();
    world.reset(start);
    const after = world.reading();
    assert.equal(after.sequence, before.sequence + 1);
    assert.equal(after.deviceTimeS, before.deviceTimeS);
    assert.ok(Math.abs(before.deviceTimeS - 0.02) < 1e-12);
  });

  it('rejects states of another model and corrupt states without a change', async () => {
    world.reset(start);
    const before = world.reading();
    const saved = world.saveState();
    const other = await createWorld(loadRobot('pendulum'), '');
    assert.throws(() => world.loadState(other.saveState()), { code: 'E_SIMULATOR', message: /different model/ });
    assert.throws(() => world.loadState(saved.subarray(0, 100)), { code: 'E_SIMULATOR' });
    assert.throws(() => world.step(Float64Array.of(NaN, 0)), { code: 'E_SIMULATOR' });
    assert.throws(() => world.reset({ qpos: start.qpos, qvel: Float64Array.of(0) }), { code: 'E_SIMULATOR' });
    assert.deepEqual(world.reading(), before);
  });
});

describe('a MuJoCo world', () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'softqd-world-'));
  });
  after(() => rm(directory, { recursive: true }));

  const model = (
    body: string,
    option = 'timestep="0.005"',
  ): string => `<mujoco><option ${option}/><worldbody>${body}</worldbody>
    <actuator><motor joint="slide"/></actuator></mujoco>`;
  const slider =
    '<body name="cart"><joint name="slide" type="slide" axis="1 0 0"/><geom size="0.1" mass="1"/><site name="top" pos="0 0 0.1"/></body>';
  const robot = (change: Partial<RobotSpec> = {}): RobotSpec => ({
    ...arm2,
    name: 'cart',
    joints: [{ name: 'slide', kind: 'prismatic', commandMode: 'effort', limits: {}, stopMode: 'torque-off' }],
    sensors: [],
    ...change,
  });
  const open = async (xml: string, spec = robot()): Promise<World> => {
    await writeFile(path.join(directory, 'model.xml'), xml);
    return createWorld(spec, directory);
  };

  it('reads sensors from qpos, qvel, sites, bodies and forces', async () => {
    const sensors = [
      { name: 'q', size: 1, unit: 'm', source: 'qpos' },
      { name: 'v', size: 1, unit: 'm/s', source: 'qvel' },
      { name: 'top', size: 3, unit: 'm', source: 'site:top' },
      { name: 'cart', size: 3, unit: 'm', source: 'body:cart' },
      { name: 'pose', size: 7, unit: 'm', source: 'body:cart' },
      { name: 'contact', size: 12, unit: 'N', source: 'cfrc_ext' },
      { name: 'constraint', size: 1, unit: 'N', source: 'qfrc_constraint' },
    ];
    // The cart rests on the floor: its weight is a contact force, which is zero until the first step.
    const floor = '<geom type="plane" size="1 1 1"/>';
    const body = slider
      .replace('<joint name="slide" type="slide" axis="1 0 0"/>', '<joint name="slide" type="slide" axis="0 0 1"/>')
      .replace('name="cart"', 'name="cart" pos="0 0 0.1"');
    const world = await open(model(floor + body), robot({ sensors }));
    world.reset({ qpos: Float64Array.of(-0.001), qvel: Float64Array.of(0) });
    assert.deepEqual([...world.reading().sensors.get('contact')!], new Array(12).fill(0));
    for (let i = 0; i < 100; i++) world.step(Float64Array.of(0));
    const values = (name: string): number[] => [...world.reading().sensors.get(name)!];
    assert.ok(Math.abs(values('contact')[11]! - 9.81) < 0.2, String(values('contact')));
    assert.ok(Math.abs(values('constraint')[0]! - 9.81) < 0.2);
    assert.equal(values('q')[0], world.reading().positions[0]);
    assert.equal(values('v')[0], world.reading().velocities[0]);
    assert.deepEqual(values('pose').slice(0, 3), values('cart'));
    assert.deepEqual(values('pose').slice(3), [1, 0, 0, 0]);
    assert.ok(Math.abs(values('top')[2]! - values('cart')[2]! - 0.1) < 1e-12);
    const saved = world.saveState();
    const reading = world.reading();
    world.step(Float64Array.of(3));
    world.loadState(saved);
    assert.deepEqual(world.reading(), reading);
    world.dispose();
  });

  it('reports NaN when the physics diverges instead of resetting silently', async () => {
    const world = await open(model(slider));
    world.reset({ qpos: Float64Array.of(0), qvel: Float64Array.of(1e300) });
    for (let i = 0; i < 50; i++) world.step(Float64Array.of(1e300));
    assert.ok(Math.abs(world.reading().positions[0]!) > 1e290 || Number.isNaN(world.reading().positions[0]!));
    world.dispose();
  });

  for (const [what, xml, spec, message] of [
    [
      'XML that MuJoCo does not know',
      '<mujoco><bad/></mujoco>',
      robot(),
      /model\.xml does not load: .*unrecognized element/,
    ],
    [
      'another timestep',
      model(slider, 'timestep="0.002"'),
      robot(),
      /timestep is 0\.002 s, world\.physicsStepS 0\.005/,
    ],
    [
      'a joint that the model lacks',
      model(slider),
      robot({ joints: [{ ...robot().joints[0]!, name: 'elbow' }] }),
      /no joint 'elbow'/,
    ],
    [
      'a joint of another kind',
      model(slider),
      robot({ joints: [{ ...robot().joints[0]!, kind: 'revolute' }] }),
      /'slide' is not revolute/,
    ],
    [
      'an actuator too many',
      model(slider).replace('</actuator>', '<motor name="b" joint="slide"/></actuator>'),
      robot(),
      /2 actuators, the robot file 1 joints/,
    ],
    [
      'a sensor that the model lacks',
      model(slider),
      robot({ sensors: [{ name: 'tip', size: 3, unit: 'm', source: 'site:tip' }] }),
      /no site:tip/,
    ],
    [
      'a sensor of another size',
      model(slider),
      robot({ sensors: [{ name: 'q', size: 2, unit: 'm', source: 'qpos' }] }),
      /has 1 values in the model, 2 in the robot file/,
    ],
    [
      'a sensor without a source',
      model(slider),
      robot({ sensors: [{ name: 'q', size: 2, unit: 'm' }] }),
      /states no source/,
    ],
  ] as const) {
    it(`rejects ${what}`, async () => {
      await assert.rejects(open(xml, spec), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'E_ROBOT_FILE');
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it('names the missing model file', async () => {
    await assert.rejects(createWorld(robot(), path.join(directory, 'nowhere')), {
      code: 'E_ROBOT_FILE',
      message: /nowhere\/model\.xml/,
    });
  });
});
