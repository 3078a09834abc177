import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TensorBoardLog } from '../../../src/runs/tensorboard-log.ts';
import { readTensorBoard } from '../../support/tensorboard.ts';
import { temporaryDirectory } from '../../support/cli.ts';

describe('TensorBoardLog', () => {
  const data = temporaryDirectory();
  after(() => data.remove());
  let count = 0;
  const fresh = (): string => join(data.path, String(count++), 'tensorboard');
  const failures: string[] = [];
  const open = (directory: string, afterStep: number): TensorBoardLog =>
    new TensorBoardLog({ directory, afterStep, onFailure: (reason) => failures.push(reason) });
  afterEach(() => failures.splice(0));

  it('contains each step once after a resume, also when a crash truncated the last record', () => {
    for (const cutBytes of [0, 1, 7, 40]) {
      const directory = fresh();
      const first = open(directory, 0);
      for (let step = 10; step <= 100; step += 10) first.add(step, { 'train/return': -step });
      first.close();
      const [file] = readdirSync(directory);
      truncateSync(join(directory, file!), readFileSync(join(directory, file!)).length - cutBytes);
      const second = open(directory, 60);
      for (let step = 70; step <= 120; step += 10) second.add(step, { 'train/return': step });
      second.close();
      assert.deepEqual(
        readTensorBoard(directory).get('train/return'),
        [10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120].map((step) => [step, step <= 60 ? -step : step]),
      );
      assert.equal(readdirSync(directory).length, 2);
    }
    assert.deepEqual(failures, []);
  });

  it('stores repeated metrics of a resumed learner once', () => {
    const directory = fresh();
    const log = open(directory, 100);
    for (const steps of [100, 200, 200, 100, 300]) log.addLearner({ steps, alpha: steps / 8, qLoss: NaN });
    log.close();
    assert.deepEqual(
      [...readTensorBoard(directory)],
      [
        [
          'learner/alpha',
          [
            [200, 25],
            [300, 37.5],
          ],
        ],
      ],
    );
  });

  it('reports once that writing fails', () => {
    const directory = fresh();
    mkdirSync(join(directory, '..'));
    writeFileSync(directory, 'a file where the folder should be');
    const log = open(directory, 0);
    log.add(1, { a: 1 });
    log.addLearner({ steps: 1, a: 1 });
    log.close();
    assert.equal(failures.length, 1);
    assert.match(failures[0]!, /EEXIST|ENOTDIR/);
  });
});
