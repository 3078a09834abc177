import assert from 'node:assert/strict';
import { holdStatus } from '../../src/driver/index.ts';
import { controlPaths } from '../../src/processes/index.ts';
import { requireAddon } from '../support/addon.ts';
import { Cli, cli } from '../support/cli.ts';
import { VirtualServos } from '../support/virtual-servos.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

const IDS = [1, 2, 3, 4, 5, 6];

describe('how calibrate leaves an arm that holds, judged by its ground truth', function () {
  realTimeTests(this, 120_000);
  let servos: VirtualServos | null = null;
  before(function () {
    requireAddon(this);
  });
  afterEach(async () => {
    await servos?.close();
    servos = null;
  });

  for (const name of ['so101', 'koch'] as const) {
    it(`${name}: canceled at the prompt it writes nothing and the hold stays supervised; then torque goes off`, async () => {
      servos = await VirtualServos.start(name);
      const { flags, data } = servos;
      // A stall of a busy machine ends the jog early; the arm holds then, too.
      const jogged = await cli(['jog', 'shoulder_pan', ...flags, '--by', '0.1', '--json']);
      const { holdSocket } = controlPaths(data, name, null);
      assert.equal((await holdStatus(holdSocket))?.joints.length, 6, jogged.stdout + jogged.stderr);
      const before = await servos.truth();

      const canceled = new Cli(['calibrate', ...flags, '--json'], { input: null });
      const question = await canceled.event(({ event }) => event === 'prompt');
      assert.match(String(question['text']), /^Torque is on: shoulder_pan, .*Ctrl-C leaves it on/);
      canceled.child.kill('SIGINT');
      assert.equal((await canceled.done).code, 130);
      const after = await servos.truth();
      assert.equal(after.writes().length, before.writes().length);
      assert.deepEqual(
        (await holdStatus(holdSocket))?.joints.map(({ mode }) => mode),
        IDS.map(() => 'hold'),
      );

      const agreed = new Cli(['calibrate', ...flags, '--json'], { input: null });
      await agreed.event(({ event }) => event === 'prompt');
      agreed.type('\n');
      await agreed.event(({ event, step }) => event === 'prompt' && step === 'middle');
      const writes = (await servos.truth()).writes();
      for (const id of IDS) {
        const torque = writes.filter((write) => write.id === id && write.register === 'torqueEnable');
        assert.equal(torque.at(-1)?.value, 0, `servo ${id}`);
      }
      assert.equal(await holdStatus(holdSocket), null);
      agreed.child.kill('SIGINT');
      const { code, events } = await agreed.done;
      assert.equal(code, 130);
      const stopped = events.find(({ event }) => event === 'stopped');
      assert.deepEqual([stopped?.['confirmed'], stopped?.['text']], [true, ['torque off']]);
    });
  }
});
