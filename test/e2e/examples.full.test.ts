import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_REPEATS, STALLED } from '../support/documentation-runs.ts';
import { exampleNames, runExample, type ScriptOptions, type ScriptResult } from '../support/examples.ts';
import { withTemporaryDirectory } from '../support/temporary.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

interface Expectation {
  readonly options?: Omit<ScriptOptions, 'environment'>;
  readonly environment?: NodeJS.ProcessEnv;
  readonly code?: number;
  /** Checks the output and the files of the example. */
  readonly check: (output: string, directory: string) => void;
}

const entry = join(import.meta.dirname, '../../src/commands/main.ts');
const lastEvent = (directory: string, file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(directory, file), 'utf8').trim().split('\n').at(-1)!) as Record<string, unknown>;

const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  '01-watch-a-pendulum': {
    options: { flags: ['--json'], interruptAt: /"event":"progress"/ },
    code: 130,
    check: (output) => assert.match(output, /"event":"phase","phase":"learning"/),
  },
  '02-pretrain-and-evaluate': {
    environment: { STEPS: '200' },
    check: (output, directory) => {
      assert.match(output, /return +mean/);
      assert.match(readFileSync(join(directory, 'report.html'), 'utf8'), /<html/);
    },
  },
  '03-run-a-policy-on-a-virtual-arm': {
    environment: { STEPS: '120', DURATION: '2' },
    check: (output) => assert.match(output, /STS3215/),
  },
  '04-calibrate-by-hand-guiding': {
    check: (output, directory) => {
      assert.equal(lastEvent(directory, 'calibrate.jsonl')['event'], 'done');
      assert.match(output, /shoulder_pan/);
    },
  },
  '05-fine-tune-with-learn': {
    environment: { STEPS: '120', DURATION: '3' },
    check: (output, directory) => {
      assert.ok(Number(lastEvent(directory, 'run.jsonl')['updates']) > 0);
      assert.match(output, /parent/);
    },
  },
  '06-read-a-log': {
    environment: { DURATION: '2' },
    check: (output) => assert.match(output, /episode 0: return -\d/),
  },
  '07-play-back-a-recording': {
    environment: { DURATION: '2' },
    check: (output) => assert.match(output, /"commandMismatches":0/),
  },
  '08-import-a-urdf': {
    check: (output, directory) => {
      assert.match(output, /Configuration OK/);
      assert.match(readFileSync(join(directory, 'settings.json'), 'utf8'), /"my-arm"/);
    },
  },
  '09-drive-a-microcontroller': {
    environment: { DURATION: '3' },
    check: (_output, directory) => assert.ok(existsSync(join(directory, 'data/runs'))),
  },
  '10-write-a-simulator-in-python': {
    environment: { STEPS: '120' },
    check: (_output, directory) => assert.ok(readdirSync(directory).includes('pendulum.safetensors')),
  },
};

/** Again where a stall of this machine ended the run of a virtual robot. */
async function runUndisturbed(name: string, options: ScriptOptions, code: number): Promise<ScriptResult> {
  for (let repeats = 0; ; repeats++) {
    const result = await runExample(name, options);
    if (result.code === code || repeats === MAX_REPEATS || !STALLED.test(result.output)) return result;
  }
}

describe('examples', function () {
  realTimeTests(this, 300_000);

  it('has an expectation for every example', () => assert.deepEqual(Object.keys(EXPECTATIONS), exampleNames()));

  for (const [name, { options = {}, environment = {}, code = 0, check }] of Object.entries(EXPECTATIONS)) {
    it(`runs ${name}`, () =>
      withTemporaryDirectory(async (directory) => {
        const softqd = { SOFTQD: `${process.execPath} --import tsx ${entry}`, OUT: directory };
        const result = await runUndisturbed(name, { ...options, environment: { ...softqd, ...environment } }, code);
        assert.equal(result.code, code, result.output);
        check(result.output, directory);
      }));
  }
});
