import assert from 'node:assert/strict';
import { join } from 'node:path';
import { cli, errorCode, quickLearner } from '../support/cli.ts';
import { withTemporaryDirectory } from '../support/temporary.ts';

const COMMON = ['run', '--robot', 'arm2', '--task', 'reach', '--json'];

describe('playback of a run', function () {
  this.timeout(120_000);

  for (const learn of [false, true]) {
    it(`reproduces the recorded commands ${learn ? 'while learning' : 'without a policy'}, and reports the first mismatch`, async () => {
      await withTemporaryDirectory(async (data) => {
        const flags = ['--data', data, '--duration', learn ? '6' : '3', ...(learn ? ['--learn', ...quickLearner] : [])];
        const recorded = await cli([...COMMON, ...flags]);
        assert.equal(recorded.code, 0, recorded.stderr);
        const done = recorded.events.at(-1)!;
        const played = await cli([...COMMON, '--driver', `playback:${String(done['log'])}`]);
        assert.equal(played.code, 0, played.stderr);
        const again = played.events.at(-1)!;
        const playback = again['playback'] as Record<string, unknown>;
        assert.equal(again['transitions'], done['transitions']);
        assert.ok(Number(playback['ticks']) > 50);
        assert.deepEqual(
          [
            playback['commandMismatches'],
            playback['transitionMismatches'],
            playback['firstMismatch'],
            playback['actions'],
          ],
          [0, 0, null, learn ? 'recorded' : 'recomputed'],
        );
        if (learn) return;
        const file = join(String(done['log']), '00000.mcap');
        const other = await cli([...COMMON, '--set', 'task.horizon=20', '--driver', `playback:${file}`]);
        assert.equal(other.code, 1);
        assert.equal(errorCode(other), 'E_PLAYBACK_MISMATCH');
        const parts = other.events.at(-2)!['playback'] as { firstMismatch: { kind: string } };
        assert.equal(parts.firstMismatch.kind, 'transition');
      });
    });
  }

  it('rejects --learn and a missing recording', async () => {
    const learning = await cli([...COMMON, '--learn', '--driver', 'playback:/nowhere']);
    assert.equal(learning.code, 2);
    const missing = await cli([...COMMON, '--driver', 'playback:/nowhere.mcap']);
    assert.equal(missing.code, 1);
    assert.equal(errorCode(missing), 'E_LOG_FILE');
  });
});
