import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import { logInfo } from '../../../../src/experience/index.ts';
import { SequenceRanges } from '../../../../src/experience/log/sequence-ranges.ts';
import {
  openTestLog,
  range,
  scratchDirectory,
  SESSION,
  transitionAt,
} from '../../../support/experience/transitions.ts';

describe('log info', () => {
  const scratch = scratchDirectory();
  after(() => scratch.remove());

  it('counts files, records, episodes, topics and gaps of every session', async () => {
    const directory = join(scratch.path, 'log');
    const { log } = await openTestLog(directory, { mode: 'real-time', maxSegmentBytes: 5000 });
    for (const n of range(0, 20)) log.append(transitionAt(n));
    for (const n of range(25, 40)) log.append(transitionAt(n));
    log.event({ monotonicTimeNs: 0, level: 'info', code: 'note', message: '' });
    await log.close();
    const info = await logInfo([directory]);
    assert.ok(info.files > 1);
    assert.deepEqual(info, {
      files: info.files,
      records: 36,
      transitions: 35,
      episodes: 4,
      sessions: [{ uuid: SESSION, first: 0, last: 39, missing: 5 }],
      topics: { '/softqd/transition': 35, '/softqd/event': 1 },
      truncatedAt: null,
      truncated: [],
      damaged: { records: 0, chunks: 0, bytes: 0 },
      damagedPlaces: [],
    });
  });

  it('finds gaps with sequences in any order, and repeated', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { minLength: 1 }), (sequences) => {
        const ranges = new SequenceRanges();
        for (const sequence of sequences) ranges.add(sequence);
        const distinct = new Set(sequences);
        const [first, last] = [Math.min(...sequences), Math.max(...sequences)];
        assert.deepEqual([ranges.first, ranges.last, ranges.missing], [first, last, last - first + 1 - distinct.size]);
      }),
    );
  });
});
