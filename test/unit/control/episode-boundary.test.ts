import assert from 'node:assert/strict';
import { XoshiroRandom } from '../../../src/base/random.ts';
import { beginEpisode } from '../../../src/control/index.ts';
import { createGuard } from '../../../src/safety/index.ts';
import { createTask } from '../../../src/task/index.ts';
import { configOf } from '../../support/recording.ts';
import { readingOf } from '../../support/robots.ts';

/** Where the joints are held, and where gravity has moved them. */
const HELD = [0, 0.3, -0.2, 0.1, 0, 0.5];
const SAGGED = [0, 0.357, -0.17, 0.11, 0, 0.5];

describe('an episode that begins', () => {
  for (const kind of ['hardware', 'simulated'] as const) {
    it(
      kind === 'hardware' ? 'keeps the targets of an armed arm' : 'has the positions of a reset simulation as targets',
      async () => {
        const { robot: file, task: taskFile } = await configOf('so101', 'reach');
        const robot = { ...file!, kind };
        const task = createTask(robot, taskFile!);
        const guard = createGuard(robot, { controlPeriodS: 0.02, readingMaxAgeS: 0.06 });
        const policy = { version: 0, act: () => undefined, beginEpisode: () => undefined };
        const random = new XoshiroRandom(1);
        const armed = guard.arm(guard.initialMemory, readingOf({ positions: HELD }));
        const reading = readingOf({ positions: SAGGED });
        const start = { reading, initialState: task.sampleInitialState(random), episode: 1 };
        const { memory, guard: guardMemory } = beginEpisode({ task, policy, guard }, armed, start);
        const command = task.toCommand(new Float32Array(6), reading, memory);
        const { safeCommand } = guard.check(guardMemory, { command, reading, nowNs: 0 });
        assert.deepEqual([...safeCommand.targets], kind === 'hardware' ? HELD : SAGGED);
        assert.deepEqual(safeCommand.reasonCodes, []);
      },
    );
  }

  it('has the measured positions as targets where the robot is not armed', async () => {
    const { robot, task: taskFile } = await configOf('so101', 'reach');
    const task = createTask(robot!, taskFile!);
    const guard = createGuard(robot!, { controlPeriodS: 0.02, readingMaxAgeS: 0.06 });
    assert.equal(guard.heldTargets(guard.initialMemory), null);
    const reading = readingOf({ positions: SAGGED });
    const memory = task.initialMemory(reading, task.sampleInitialState(new XoshiroRandom(1)), null);
    assert.deepEqual([...task.toCommand(new Float32Array(6), reading, memory).targets], SAGGED);
  });
});
