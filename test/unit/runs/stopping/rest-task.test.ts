import assert from 'node:assert/strict';
import type { Reading } from '../../../../src/robot/reading.ts';
import type { TaskMemory } from '../../../../src/task/port.ts';
import { canPark, isParked, parkSpeeds, restTask } from '../../../../src/runs/stopping/rest-task.ts';
import { readingOf } from '../../../support/robots.ts';
import { loadRobot } from '../../../support/simulator.ts';

const robot = loadRobot('so101');
const rest = robot.stop!.restPositionsRadOrM!;
const at = (positions: readonly number[]): Reading => readingOf({ positions: [...positions] });

describe('going to the rest pose', () => {
  it('moves all joints so that they arrive together, within 4 s, however small their steps are', () => {
    const start = [0.05, 1.2, -0.4, 0, 2, 0];
    const speeds = parkSpeeds(robot.joints, start, rest);
    const task = restTask(robot, rest, speeds);
    let memory: TaskMemory = Float64Array.from(start);
    const stepS = robot.controlPeriodS;
    for (let timeS = 0; timeS < 4; timeS += stepS) {
      const { targets } = task.toCommand(new Float32Array(1), at(start), memory);
      targets.forEach((target, i) =>
        assert.ok(Math.abs(target - memory[i]!) <= speeds[i]! * stepS + 1e-12, `joint ${i} jumps`),
      );
      // A servo has whole steps: what was applied is not what was commanded.
      const applied = targets.map((target) => Math.round(target / 0.0015) * 0.0015);
      memory = task.nextMemory({ before: at(start), command: { targets: applied }, after: at(start), memory });
    }
    rest.forEach((position, i) => assert.ok(Math.abs(memory[i]! - position) < 1e-9, `joint ${i}: ${memory[i]!}`));
  });

  it('is over when every joint is there and at rest', () => {
    assert.equal(isParked(rest, { positions: Float64Array.from(rest), velocities: new Float64Array(6) }), true);
    const moving = { positions: Float64Array.from(rest), velocities: Float64Array.of(0, 0, 0, 0.2, 0, 0) };
    assert.equal(isParked(rest, moving), false);
    const away = { positions: Float64Array.from(rest, (position) => position + 0.2), velocities: new Float64Array(6) };
    assert.equal(isParked(rest, away), false);
  });

  it('needs joints that can be driven to a position', () => {
    assert.equal(canPark(robot), true);
    assert.equal(canPark(loadRobot('pendulum-rig')), false);
  });
});
