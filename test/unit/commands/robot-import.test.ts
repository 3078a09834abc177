import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../src/config/index.ts';
import { createTask } from '../../../src/task/index.ts';
import { cli, temporaryDirectory, type CliResult } from '../../support/cli.ts';

const URDF = `<robot name="two">
  <link name="base"/><link name="upper"/><link name="fore"/><link name="hand"/>
  <joint name="shoulder" type="revolute"><origin xyz="0 0 0.1"/><parent link="base"/><child link="upper"/><axis xyz="0 0 1"/>
    <limit lower="-2" upper="2" velocity="3" effort="2"/></joint>
  <joint name="elbow" type="revolute"><origin xyz="0.2 0 0.1"/><parent link="upper"/><child link="fore"/><axis xyz="0 -1 0"/>
    <limit lower="0" upper="2" velocity="3" effort="2"/></joint>
  <joint name="grip" type="fixed"><origin xyz="0.2 0 0"/><parent link="fore"/><child link="hand"/></joint>
</robot>`;

describe('softqd robot import', function () {
  this.timeout(60_000);
  let temporary: ReturnType<typeof temporaryDirectory>;
  let folder: string;
  let file: string;
  beforeEach(() => {
    temporary = temporaryDirectory();
    folder = temporary.path;
    file = join(folder, 'two.urdf');
    writeFileSync(file, URDF);
  });
  afterEach(() => temporary.remove());
  const importIt = (...more: string[]): Promise<CliResult> =>
    cli(['robot', 'import', file, '--name', 'two-links', '--out', join(folder, 'robots/two-links'), ...more]);

  it('writes a robot that config check accepts, with the task reach', async () => {
    const { code, stdout } = await importIt('--json');
    assert.equal(code, 0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      [result['robot'], result['joints'], result['chain'], result['tasks']],
      ['two-links', ['shoulder', 'elbow'], ['shoulder', 'elbow'], ['reach']],
    );
    const directory = join(folder, 'robots/two-links');
    for (const written of ['robot.json5', 'tasks/reach.json5'])
      assert.equal((await cli(['config', 'check', join(directory, written)])).code, 0, written);
    const { robot, task } = await loadConfig({ robot: directory, task: 'reach', env: {} });
    assert.equal(createTask(robot!, task!).spec.actionSize, 2);
  });

  it('lists the values to complete', async () => {
    writeFileSync(file, URDF.replace('effort="2"', ''));
    const { code, stdout } = await importIt();
    assert.equal(code, 0);
    assert.match(stdout, /joints: shoulder, elbow/);
    assert.match(stdout, /shoulder: no effort limit; set maxEffortNmOrN/);
  });

  it('does not overwrite a robot file', async () => {
    await importIt();
    const before = readFileSync(join(folder, 'robots/two-links/robot.json5'));
    const { code, stdout } = await importIt('--json');
    assert.equal(code, 2);
    assert.match(stdout, /E_USAGE.*exists/);
    assert.deepEqual(readFileSync(join(folder, 'robots/two-links/robot.json5')), before);
  });

  it('writes nothing when the URDF is invalid, a name is invalid, or the file does not exist', async () => {
    const cases: [string, string[], RegExp][] = [
      ['<robot', [], /E_ROBOT_FILE.*not well-formed/],
      [URDF, ['--tip', 'nose'], /E_USAGE.*--tip nose: no such link/],
      [URDF, ['--name', 'Two Links'], /E_ROBOT_FILE.*lower-case/],
    ];
    for (const [text, more, message] of cases) {
      writeFileSync(file, text);
      const { code, stdout } = await importIt('--json', ...more);
      assert.equal(code, 2);
      assert.match(stdout, message);
    }
    file = join(folder, 'none.urdf');
    assert.match((await importIt('--json')).stdout, /E_USAGE.*cannot read the URDF/);
    assert.equal(existsSync(join(folder, 'robots')), false);
  });
});
