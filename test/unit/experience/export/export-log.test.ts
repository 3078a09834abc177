import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportLog } from '../../../../src/experience/index.ts';
import {
  openTestLog,
  range,
  scratchDirectory,
  SESSION,
  transitionAt,
} from '../../../support/experience/transitions.ts';

describe('Exporting a log', () => {
  const scratch = scratchDirectory();
  const directory = join(scratch.path, 'log');
  after(() => scratch.remove());

  before(async () => {
    const { log } = await openTestLog(directory, { maxSegmentBytes: 6000 });
    for (const n of range(0, 45)) log.append(transitionAt(n));
    await log.close();
  });

  it('writes jsonl with one object per transition, with the names of the schema', async () => {
    const out = join(scratch.path, 'log.jsonl');
    assert.deepEqual(await exportLog({ files: [directory], format: 'jsonl', out }), {
      transitions: 45,
      damaged: { records: 0, chunks: 0, bytes: 0 },
    });
    const lines = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const t = transitionAt(12);
    assert.deepEqual(lines[12], {
      session_uuid: SESSION,
      sequence: 12,
      episode: t.episode,
      step: t.step,
      observation: Array.from(t.observation),
      proposed_action: Array.from(t.proposedAction),
      applied_action: Array.from(t.appliedAction),
      reason_codes: [1, 3],
      reward: t.reward,
      terminated: false,
      truncated: false,
      next_observation: Array.from(t.nextObservation),
      policy_version: t.policyVersion,
      monotonic_time_ns: t.monotonicTimeNs,
    });
    assert.deepEqual(
      lines.map((line) => line['sequence']),
      range(0, 45),
    );
  });

  it('skips a corrupt record and counts it', async () => {
    const { log } = await openTestLog(join(scratch.path, 'damaged'));
    for (const n of range(0, 5)) log.append(transitionAt(n));
    await log.flush();
    const file = join(scratch.path, 'damaged.mcap');
    const bytes = readFileSync(join(scratch.path, 'damaged', '00000.mcap'));
    await log.close();
    bytes[bytes.indexOf(SESSION) + 1]! ^= 1;
    writeFileSync(file, bytes);
    const out = join(scratch.path, 'damaged.jsonl');
    const { transitions, damaged } = await exportLog({ files: [file], format: 'jsonl', out });
    assert.deepEqual([transitions, damaged.records, damaged.chunks], [4, 1, 0]);
  });

  it('writes csv with a header and one line per transition with as many fields', async () => {
    const out = join(scratch.path, 'log.csv');
    await exportLog({ files: [directory], format: 'csv', out });
    const [header, ...lines] = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
    assert.equal(lines.length, 45);
    const value = (line: number, name: string): string => lines[line]![header!.indexOf(name)]!;
    assert.ok(lines.every((line) => line.length === header!.length));
    assert.equal(value(8, 'reasons'), 'positionLimit accelerationLimit');
    assert.equal(Number(value(8, 'applied_action_1')), transitionAt(8).appliedAction[1]);
    assert.equal(value(9, 'terminated'), '1');
    assert.equal(value(19, 'truncated'), '1');
  });

  it('rejects transitions of other sizes as csv: one table has one set of columns', async () => {
    const other = join(scratch.path, 'other');
    const { log } = await openTestLog(other);
    log.append(transitionAt(0));
    log.append({ ...transitionAt(1), observation: new Float32Array(5) });
    await log.close();
    await assert.rejects(exportLog({ files: [other], format: 'csv', out: join(scratch.path, 'no.csv') }), {
      code: 'E_LOG_FILE',
    });
  });

  it('rejects an unwritable output with E_DISK and a missing log with E_LOG_FILE', async () => {
    await assert.rejects(exportLog({ files: [directory], format: 'csv', out: join(scratch.path, 'none', 'x.csv') }), {
      code: 'E_DISK',
    });
    await assert.rejects(exportLog({ files: ['nowhere.mcap'], format: 'csv', out: join(scratch.path, 'x.csv') }), {
      code: 'E_LOG_FILE',
    });
  });
});
