import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { playbackRun } from '../../src/runs/playback/playback-run.ts';
import { configOf } from '../support/recording.ts';
import { StopRequests } from '../../src/runs/stop-requests/index.ts';

const ui = {
  event: () => undefined,
  info: () => undefined,
  error: () => undefined,
  signal: new AbortController().signal,
  stops: new StopRequests(),
};

/** Recorded with an earlier version: see test/vectors/README.md. */
const RECORDINGS = [
  { name: 'so101', robot: 'so101', task: 'reach', ticks: 309, transitions: 309 },
  { name: 'koch', robot: 'koch', task: 'reach', ticks: 309, transitions: 309 },
  { name: 'bridge', robot: 'pendulum-rig', task: 'swing-up', ticks: 309, transitions: 309 },
  { name: 'pendulum', robot: 'pendulum', task: 'Pendulum-v1', ticks: 300, transitions: 299 },
] as const;

describe('recorded runs', function () {
  this.timeout(60_000);

  for (const { name, robot, task, ticks, transitions } of RECORDINGS) {
    it(`reproduces the recorded actions, commands and transitions of ${name}, bit-identical`, async () => {
      const file = fileURLToPath(new URL(`../vectors/recordings/${name}.mcap`, import.meta.url));
      const loaded = await configOf(robot, task);
      const result = await playbackRun({ loaded, file, policy: null, durationS: null, ui });
      assert.deepEqual(result.playback, {
        ticks,
        commandMismatches: 0,
        actions: 'recomputed',
        transitionMismatches: 0,
        firstMismatch: null,
      });
      assert.equal(result.transitions, transitions);
    });
  }
});
