import assert from 'node:assert/strict';
import { openStep, type EpisodeEnd } from '../../../src/control/index.ts';
import { reasonName } from '../../../src/robot/reasons.ts';
import { pendulumReading, pendulumRobot } from '../../support/control-loop.ts';

const MS = 1e6;
const at = (timeNs: number): { nowNs: () => number } => ({ nowNs: () => timeNs });
const running = { stale: false, end: null };
const truncated: EpisodeEnd = { terminated: false, outcome: null };

describe('openStep', () => {
  it('makes a safe command of the reading and the action of the policy', () => {
    const { robot, initial } = pendulumRobot({ action: 0.25 });
    const opened = openStep(robot, initial.robots[0]!, running, at(0));
    assert.deepEqual([...opened.action], [0.25]);
    assert.deepEqual([...opened.safeCommand.targets], [0.5]);
    assert.deepEqual(opened.safeCommand.reasonCodes, []);
    assert.deepEqual([...opened.observation], [Math.fround(Math.cos(0.1)), Math.fround(Math.sin(0.1)), 0]);
    assert.deepEqual([opened.stale, opened.checkedNs, opened.policyVersion], [false, 0, 1]);
  });

  it('changes no state, and returns the same result for the same action', () => {
    const { robot, initial } = pendulumRobot({ action: 3 });
    const [state] = initial.robots;
    const copy = structuredClone(state);
    const first = openStep(robot, state!, running, at(5 * MS));
    assert.deepEqual(state, copy);
    assert.deepEqual(openStep(robot, state!, running, at(5 * MS)), first);
  });

  it('keeps only the guard memory in the new state', () => {
    const { robot, initial } = pendulumRobot({ action: 0.25 });
    const [state] = initial.robots;
    const { guard, ...rest } = openStep(robot, state!, running, at(0)).state;
    assert.deepEqual({ ...rest, guard: state!.guard }, state);
    assert.deepEqual([guard.sequence, guard.joints[0]!.previous], [1, 0.5]);
  });

  it('stops the robot at a stale reading without calling the policy', () => {
    const { robot, initial, policy } = pendulumRobot({ action: 0.25 });
    const opened = openStep(robot, initial.robots[0]!, { stale: true, end: null }, at(300 * MS));
    assert.equal(policy.asked, 0);
    assert.deepEqual(opened.safeCommand.reasonCodes.map(reasonName), ['staleReading']);
    assert.deepEqual([...opened.safeCommand.targets], [0]);
  });

  it('calls the policy at the first reading of the episode after a stale one', () => {
    const { robot, initial, policy } = pendulumRobot({ action: 0.25 });
    const state = { ...initial.robots[0]!, reading: pendulumReading(9, 300 * MS) };
    const opened = openStep(robot, state, { stale: true, end: truncated }, at(300 * MS));
    assert.deepEqual([opened.stale, policy.asked], [false, 1]);
  });
});
