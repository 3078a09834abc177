import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { calibratedRobots } from '../../../src/servo/calibration/calibrated-robots.ts';
import { temporaryDirectory } from '../../support/cli.ts';

describe('calibratedRobots', () => {
  it('tells type and ID from the files, without unfinished ones; a damaged one keeps its file only', () => {
    const data = temporaryDirectory();
    assert.deepEqual(calibratedRobots(data.path), []);
    const directory = join(data.path, 'calibration');
    mkdirSync(directory);
    const write = (name: string, text: string): void => writeFileSync(join(directory, name), text);
    write('pendulum-rig.json', '{"robot":"pendulum-rig"}');
    write('so101-left.json', '{"robot":"so101"}');
    write('so101.unfinished.json', '{"robot":"so101"}');
    write('koch.json', '{"robot":');
    const found = calibratedRobots(data.path);
    data.remove();
    assert.deepEqual(
      found.map(({ robot, id, file }) => [robot, id, file.slice(directory.length + 1)]),
      [
        [null, null, 'koch.json'],
        ['pendulum-rig', null, 'pendulum-rig.json'],
        ['so101', 'left', 'so101-left.json'],
      ],
    );
  });
});
