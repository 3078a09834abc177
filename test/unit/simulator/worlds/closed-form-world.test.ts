import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { createWorld } from '../../../../src/simulator/index.ts';
import { loadRobot, robotDirectory } from '../../../support/simulator.ts';

interface Vectors {
  readonly episodes: readonly {
    readonly start: readonly [number, number];
    readonly steps: readonly { readonly action: number; readonly state: readonly [number, number] }[];
  }[];
}
const vectors = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../../vectors/pendulum-v1.json'), 'utf8'),
) as Vectors;

const pendulum = loadRobot('pendulum');
const point2 = loadRobot('point2');

describe('the pendulum', () => {
  it("goes through the same states as Gymnasium's Pendulum-v1, unclipped actions included", async () => {
    const world = await createWorld(pendulum, robotDirectory('pendulum'));
    let clippedActions = 0;
    for (const { start, steps } of vectors.episodes) {
      world.reset({ qpos: Float64Array.of(start[0]), qvel: Float64Array.of(start[1]) });
      for (const { action, state } of steps) {
        world.step(Float64Array.of(action));
        const { positions, velocities } = world.reading();
        assert.ok(Math.abs(positions[0]! - state[0]) < 1e-12, `${positions[0]!} ${state[0]}`);
        assert.ok(Math.abs(velocities[0]! - state[1]) < 1e-12);
        if (Math.abs(action) > 2) clippedActions++;
      }
    }
    assert.ok(clippedActions > 5);
  });

  it('moves as the rigid body in its model.xml while it is slower than 8 rad/s', async () => {
    const rigid: RobotSpec = { ...pendulum, world: { type: 'mujoco', modelFile: 'model.xml', physicsStepS: 0.05 } };
    const [formula, body] = [
      await createWorld(pendulum, robotDirectory('pendulum')),
      await createWorld(rigid, robotDirectory('pendulum')),
    ];
    const start = { qpos: Float64Array.of(2.5), qvel: Float64Array.of(-0.5) };
    formula.reset(start);
    body.reset(start);
    for (let i = 0; i < 100; i++) {
      const targets = Float64Array.of(3 * Math.sin(i / 5));
      formula.step(targets);
      body.step(targets);
      const [a, b] = [formula.reading(), body.reading()];
      assert.ok(Math.abs(a.velocities[0]!) < 8);
      assert.ok(Math.abs(a.positions[0]! - b.positions[0]!) < 1e-9, `step ${i}: ${a.positions[0]!} ${b.positions[0]!}`);
      assert.ok(Math.abs(a.efforts[0]! - b.efforts[0]!) < 1e-12);
    }
    body.dispose();
  });

  it('reports the applied effort', async () => {
    const world = await createWorld(pendulum, robotDirectory('pendulum'));
    world.step(Float64Array.of(5));
    assert.equal(world.reading().efforts[0], 2);
  });

  it('advances two physics steps in a control period of two', async () => {
    const [once, twice] = [
      await createWorld(pendulum, ''),
      await createWorld({ ...pendulum, controlPeriodS: 0.1 }, ''),
    ];
    const start = { qpos: Float64Array.of(1), qvel: Float64Array.of(0) };
    once.reset(start);
    twice.reset(start);
    once.step(Float64Array.of(1));
    once.step(Float64Array.of(1));
    twice.step(Float64Array.of(1));
    assert.deepEqual(once.reading().positions, twice.reading().positions);
    assert.equal(twice.reading().deviceTimeS, 0.1);
  });
});

describe('the point in the plane', () => {
  it('follows commands of at most one meter per axis and step, and stops at 7 m', async () => {
    const world = await createWorld(point2, robotDirectory('point2'));
    world.reset({ qpos: Float64Array.of(5.5, 0.25), qvel: Float64Array.of(0, 0) });
    const path = [];
    for (let i = 0; i < 3; i++) {
      world.step(Float64Array.of(4, -0.5));
      path.push([...world.reading().positions]);
    }
    assert.deepEqual(path, [
      [6.5, -0.25],
      [7, -0.75],
      [7, -1.25],
    ]);
    assert.deepEqual([...world.reading().velocities], [0, -0.5]);
  });
});

describe('a closed-form world', () => {
  it('continues bit-identically from a saved state, also in another world', async () => {
    const [a, b] = [await createWorld(pendulum, ''), await createWorld(pendulum, '')];
    a.reset({ qpos: Float64Array.of(3), qvel: Float64Array.of(0.3) });
    for (let i = 0; i < 7; i++) a.step(Float64Array.of(Math.sin(i)));
    b.loadState(a.saveState());
    assert.deepEqual(b.reading(), a.reading());
    for (let i = 0; i < 50; i++) {
      a.step(Float64Array.of(Math.cos(i)));
      b.step(Float64Array.of(Math.cos(i)));
      assert.deepEqual(b.reading(), a.reading());
    }
  });

  it('rejects states of another world, corrupt states, and invalid commands and resets, without a change', async () => {
    const [world, other] = [await createWorld(pendulum, ''), await createWorld(point2, '')];
    world.reset({ qpos: Float64Array.of(1), qvel: Float64Array.of(2) });
    const before = world.reading();
    const saved = world.saveState();
    const refused = { code: 'E_SIMULATOR' };
    assert.throws(() => world.loadState(other.saveState()), refused);
    assert.throws(() => world.loadState(saved.subarray(0, saved.length - 1)), refused);
    assert.throws(() => world.loadState(new Uint8Array(0)), refused);
    assert.throws(() => world.step(Float64Array.of(1, 2)), refused);
    assert.throws(() => world.step(Float64Array.of(NaN)), refused);
    assert.throws(() => world.reset({ qpos: Float64Array.of(1), qvel: Float64Array.of() }), refused);
    assert.throws(() => world.reset({ qpos: Float64Array.of(Infinity), qvel: Float64Array.of(0) }), refused);
    assert.deepEqual(world.reading(), before);
  });

  it('rejects a period that is not a multiple of its physics step', async () => {
    const world = await createWorld(pendulum, '');
    assert.throws(() => world.setControlPeriod(0.07), { code: 'E_PROTOCOL_MISMATCH' });
    assert.equal(world.controlPeriodS, 0.05);
    world.setControlPeriod(0.15);
    world.step(Float64Array.of(0));
    assert.ok(Math.abs(world.reading().deviceTimeS - 0.15) < 1e-12);
  });

  it('rejects a robot file that does not match', async () => {
    const refused = { code: 'E_ROBOT_FILE' };
    const worldless: { -readonly [K in keyof RobotSpec]: RobotSpec[K] } = { ...pendulum };
    delete worldless.world;
    await assert.rejects(createWorld(worldless, ''), refused);
    await assert.rejects(
      createWorld({ ...pendulum, world: { type: 'closed-form', name: 'cartpole', physicsStepS: 0.05 } }, ''),
      refused,
    );
    await assert.rejects(createWorld({ ...pendulum, joints: point2.joints }, ''), refused);
    await assert.rejects(
      createWorld({ ...pendulum, sensors: [{ name: 'tip', size: 3, unit: 'm', source: 'site:tip' }] }, ''),
      refused,
    );
  });
});
