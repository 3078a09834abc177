import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cli, temporaryDirectory } from '../support/cli.ts';
import { ARM_MJCF, ARM_URDF, boxStl } from '../support/robot-files.ts';

const FILES = {
  'arm.urdf': { 'arm.urdf': ARM_URDF, 'arm_parts/meshes/fore.stl': boxStl(100, 15, 10) },
  'arm.xml': ARM_MJCF,
} as const;

describe('an imported robot', function () {
  this.timeout(300_000);
  let temporary: ReturnType<typeof temporaryDirectory>;
  beforeEach(() => {
    temporary = temporaryDirectory();
  });
  afterEach(() => temporary.remove());

  for (const [file, contents] of Object.entries(FILES)) {
    it(`from ${file} is right, learns to reach, and is evaluated, without editing`, async () => {
      const folder = temporary.path;
      for (const [name, bytes] of Object.entries(contents)) {
        mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
        writeFileSync(path.join(folder, name), bytes);
      }
      const run = async (...words: string[]): Promise<Record<string, unknown>[]> => {
        const { code, events, stderr } = await cli([...words, '--json'], { cwd: folder });
        assert.equal(code, 0, stderr);
        return events;
      };
      const [imported] = await run('robot', 'import', file, '--name', 'my-arm', '--out', 'my-arm');
      assert.deepEqual(imported!['tasks'], ['reach']);
      assert.match(String(imported!['next']), /^softqd pretrain --robot \.\/my-arm --task reach/);
      const [checked] = await run('config', 'check', 'my-arm/robot.json5');
      assert.equal(checked!['ok'], true);
      assert.match(String(checked!['warnings']), /maxAccelerationRadOrMPerS2 is missing/);
      const reach = ['--robot', './my-arm', '--task', 'reach', '--data', 'data'];
      const lines = await run('pretrain', ...reach, '--steps', '200', '--seed', '1', '--out', 'arm.safetensors');
      assert.equal(lines.at(-1)!['event'], 'done');
      assert.ok(existsSync(path.join(folder, 'arm.safetensors')));
      const [evaluated] = await run(
        'evaluate',
        '--policy',
        'arm.safetensors',
        ...reach,
        '--episodes',
        '2',
        '--seed',
        '1',
      );
      assert.equal(evaluated!['episodes'], 2);
    });
  }
});
