import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { forwardKinematics } from '../../../src/robot/forward-kinematics.ts';
import type { Reading, ResetState } from '../../../src/robot/reading.ts';
import { createTask, type Task } from '../../../src/task/index.ts';
import { readingOf } from '../../support/robots.ts';
import { loadRobot } from '../../support/simulator.ts';

const so101 = loadRobot('so101');
const { tip, jacobian } = forwardKinematics(so101);
const POSE = [0.2, 0.4, -0.3, 0.5, 0.1, 0.6];
const AT = tip(POSE);
/** Index of the joint targets in the memory. */
const TARGETS = 5;

function reach(parameters: Record<string, number> = {}, controlPeriodS = 0.02): Task {
  return createTask(
    { ...so101, controlPeriodS },
    { name: 'reach', kind: 'reach', discount: 0.95, horizon: 150, parameters },
  );
}

const posed = (pose: readonly number[] = POSE): Reading => readingOf({ positions: pose });

/** A start in POSE whose target is `off` meters above the tip. */
function startOff(off: number): ResetState {
  return {
    qpos: Float64Array.from(POSE),
    qvel: new Float64Array(6),
    memory: Float64Array.of(AT[0]!, AT[1]!, AT[2]! + off),
  };
}

const actions = (...values: number[]): Float32Array => Float32Array.from(values);

describe('reach of an arm in space', () => {
  it('observes positions, velocities, leads, the pull of the target on each joint, the tip, and the vector to the target', () => {
    const task = reach();
    const reading = readingOf({ positions: POSE, velocities: [1, 2, 3, 4, 5, 6] });
    const memory = task.initialMemory(reading, startOff(0.1));
    memory[TARGETS] = POSE[0]! + 0.05;
    memory[TARGETS + 1] = POSE[1]! + 9;
    const seen = [...task.observe(reading, memory)];
    assert.equal(seen.length, task.spec.observationNames.length);
    assert.deepEqual(seen.slice(0, 6), POSE);
    assert.deepEqual(seen.slice(6, 12), [1, 2, 3, 4, 5, 6]);
    assert.ok(Math.abs(seen[12]! - 0.05) < 1e-12 && Math.abs(seen[13]! - 0.15) < 1e-12 && seen[14] === 0);
    const columns = jacobian(POSE);
    const goal = [AT[0]!, AT[1]!, AT[2]! + 0.1];
    const soon = tip(POSE.map((q, i) => q + [0.025, 0.075, 0, 0, 0, 0][i]!));
    const flown = [0, 1, 2].map(
      (k) => 0.06 * [1, 2, 3, 4, 5, 6].reduce((sum, w, i) => sum + columns[3 * i + k]! * w, 0),
    );
    for (let i = 0; i < 6; i++) {
      const pull = soon.reduce((sum, at, k) => sum + columns[3 * i + k]! * (goal[k]! - at - flown[k]!), 0) / 0.15;
      assert.ok(Math.abs(seen[18 + i]! - pull) < 1e-9, task.spec.observationNames[18 + i]);
    }
    assert.deepEqual(seen.slice(24, 27), [...AT]);
    seen.slice(27).forEach((value, k) => assert.ok(Math.abs(value - [0, 0, 0.1][k]!) < 1e-12));
  });

  it('moves the targets, not the joints: action 0 keeps a target that a sagging joint does not reach', () => {
    const task = reach();
    const memory = task.initialMemory(posed(), startOff(0.1));
    const sagged = posed(POSE.map((q) => q + 0.08));
    assert.deepEqual([...task.toCommand(new Float32Array(6), sagged, memory).targets], POSE);
    const full = task.toCommand(actions(1, -1, 0.5, 0, 0, 0), sagged, memory).targets;
    [0.03, -0.03, 0.015, 0, 0, 0].forEach((step, i) => assert.ok(Math.abs(full[i]! - POSE[i]! - step) < 1e-12));
  });

  it('does not push further ahead of a joint than maxLeadRadOrM and one step', () => {
    const task = reach({ maxLeadRadOrM: 0.1 });
    let memory = task.initialMemory(posed(), startOff(0.1));
    for (let i = 0; i < 50; i++) {
      const command = task.toCommand(actions(1, -1, 0, 0, 0, 0), posed(), memory);
      assert.ok(Math.abs(command.targets[0]! - POSE[0]!) <= 0.13 + 1e-12);
      assert.ok(Math.abs(command.targets[1]! - POSE[1]!) <= 0.13 + 1e-12);
      memory = task.nextMemory({ before: posed(), command, after: posed(), memory });
    }
  });

  it('counts from the applied command when the guard clipped it', () => {
    const task = reach();
    const memory = task.initialMemory(posed(), startOff(0.1));
    const applied = { targets: Float64Array.from(POSE, (q) => q + 0.01) };
    const next = task.nextMemory({ before: posed(), command: applied, after: posed(), memory });
    assert.deepEqual(next.slice(TARGETS), applied.targets);
    const action = task.toAction(applied.targets, posed(), memory);
    for (const value of action) assert.ok(Math.abs(value - 1 / 3) < 1e-6);
  });

  it('moves at the same speed at any control rate', () => {
    for (const periodS of [0.005, 0.02, 0.1]) {
      const task = reach({}, periodS);
      const memory = task.initialMemory(posed(), startOff(0.1));
      const { targets } = task.toCommand(actions(1, 1, 1, 1, 1, 1), posed(), memory);
      assert.ok(Math.abs((targets[3]! - POSE[3]!) / periodS - 1.5) < 1e-9);
    }
  });

  it('adds 0.5 for each centimeter closer, subtracts the action cost, and adds up to 2 near the target', () => {
    const task = reach();
    const nearer = posed(POSE.map((q, i) => (i === 1 ? q + 0.01 : q)));
    // The targets stay in POSE: half way back to them is where the tip will soon be.
    const halfWay = posed(POSE.map((q, i) => (i === 1 ? q + 0.005 : q)));
    const off = (pose: Reading): number =>
      Math.hypot(...tip(pose.positions).map((x, k) => x - [AT[0]!, AT[1]!, AT[2]! + 0.1][k]!));
    const memory = task.initialMemory(posed(), startOff(0.1));
    const rewardOf = (after: Reading, action: Float32Array, from = memory): number => {
      const step = { before: posed(), command: task.toCommand(action, posed(), from), after, memory: from };
      return task.reward(step, task.nextMemory(step));
    };
    const none = new Float32Array(6);
    assert.ok(Math.abs(rewardOf(nearer, none) - 50 * (0.1 - off(halfWay))) < 1e-9);
    assert.ok(Math.abs(rewardOf(posed(), none) - 0) < 1e-9);
    assert.ok(Math.abs(rewardOf(posed(), none, task.initialMemory(posed(), startOff(0.015))) - 1.5) < 1e-9);
    assert.ok(Math.abs(rewardOf(posed(), none, task.initialMemory(posed(), startOff(0.03))) - 1) < 1e-9);
    assert.ok(Math.abs(rewardOf(posed(), none, task.initialMemory(posed(), startOff(0.061)))) < 1e-9);
  });

  it('succeeds after half a second without interruption within 3 cm, and never terminates', () => {
    const task = reach();
    const still = { targets: Float64Array.from(POSE) };
    let memory = task.initialMemory(posed(), startOff(0.029));
    for (let i = 0; i < 24; i++) memory = task.nextMemory({ before: posed(), command: still, after: posed(), memory });
    assert.equal(task.outcome!(memory, false), null);
    memory = task.nextMemory({ before: posed(), command: still, after: posed(), memory });
    assert.equal(task.outcome!(memory, false), 'success');
    assert.equal(task.terminated(posed(), memory), false);
  });

  for (const name of ['so101', 'koch']) {
    it(`draws poses and targets of ${name} above the table, away from the base and within reach`, () => {
      const robot = loadRobot(name);
      const kinematics = forwardKinematics(robot);
      const task = createTask(robot, { name: 'reach', kind: 'reach', discount: 0.95, horizon: 150, parameters: {} });
      const random = new XoshiroRandom(1);
      const longest = kinematics.tip(robot.joints.map(() => 0));
      const heights: number[] = [];
      for (let i = 0; i < 500; i++) {
        const { qpos, memory } = task.sampleInitialState(random);
        robot.joints.forEach(({ limits }, j) => {
          const { minPositionRadOrM: min, maxPositionRadOrM: max } = limits;
          assert.ok(Math.abs(qpos[j]! - (min! + max!) / 2) <= 0.3 * (max! - min!));
        });
        const places = kinematics.points(qpos);
        for (let k = 5; k < places.length; k += 3) assert.ok(places[k]! >= 0.05);
        assert.ok(memory![2]! >= 0.05);
        assert.ok(Math.hypot(memory![0]! - places[0]!, memory![1]! - places[1]!) >= 0.1);
        assert.ok(Math.hypot(memory![0]!, memory![1]!) < 1.5 * Math.hypot(longest[0]!, longest[1]!));
        heights.push(memory![2]!);
      }
      assert.ok(Math.max(...heights) > 0.25 && Math.min(...heights) < 0.1, 'high and low');
    });
  }

  it('uses the tip position with all joints in the middle for a start without a target', () => {
    const task = reach();
    const memory = task.initialMemory(posed(), { qpos: Float64Array.from(POSE), qvel: new Float64Array(6) });
    assert.deepEqual([...memory.subarray(0, 3)], [...tip([0, 0, 0, 0, 0, 0.7855])]);
  });

  it('rejects an arm without a pose away from table and base', () => {
    assert.throws(() => reach({ minHeightM: 2 }).sampleInitialState(new XoshiroRandom(1)), {
      code: 'E_ROBOT_FILE',
      message: /no reachable pose/,
    });
  });

  it('rejects joints without position commands, and slides without a range', () => {
    const [first, ...others] = so101.joints;
    const make = (joint: object): Task =>
      createTask(
        { ...so101, joints: [{ ...first!, ...joint }, ...others] },
        { name: 'reach', kind: 'reach', discount: 0.9, horizon: 9, parameters: {} },
      );
    assert.throws(() => make({ commandMode: 'velocity' }), { code: 'E_ROBOT_FILE', message: /shoulder_pan/ });
    assert.throws(() => make({ kind: 'prismatic', limits: {} }), { code: 'E_ROBOT_FILE', message: /shoulder_pan/ });
    assert.throws(() => make({ kind: 'prismatic', limits: { minPositionRadOrM: 0 } }), { code: 'E_ROBOT_FILE' });
  });

  it('turns a joint without a range once around', () => {
    const [first, ...others] = so101.joints;
    const task = createTask(
      { ...so101, joints: [{ ...first!, limits: {} }, ...others] },
      { name: 'reach', kind: 'reach', discount: 0.9, horizon: 9, parameters: { rangeFraction: 1 } },
    );
    const random = new XoshiroRandom(1);
    const turns = Array.from({ length: 200 }, () => task.sampleInitialState(random).qpos[0]!);
    assert.ok(Math.min(...turns) < -3 && Math.max(...turns) > 3);
    assert.ok(turns.every((angle) => Math.abs(angle) <= Math.PI));
  });
});
