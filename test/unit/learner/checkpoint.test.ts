import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  checkpointExists,
  readCheckpoint,
  readDaemonCheckpoint,
  writeCheckpoint,
  type CheckpointContent,
} from '../../../src/learner/index.ts';
import { withTemporaryDirectory } from '../../support/temporary.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function content(mark: string): CheckpointContent {
  return {
    runSha256: 'a'.repeat(64),
    sessionUuid: 's',
    sequence: 41,
    policyVersion: 3,
    parts: new Map([
      ['engine.safetensors', bytes(`engine ${mark}`)],
      ['learner.json', bytes(`{"mark":"${mark}"}`)],
      ['daemon', bytes('the same each time')],
    ]),
  };
}

async function withCheckpoint(use: (directory: string) => Promise<void>): Promise<void> {
  await withTemporaryDirectory(async (base) => {
    const directory = join(base, 'checkpoint');
    await writeCheckpoint(directory, content('one'));
    await use(directory);
  });
}

describe('a checkpoint', () => {
  it('is read as it was written, with its manifest', () =>
    withCheckpoint(async (directory) => {
      const { manifest, parts } = await readCheckpoint(directory);
      assert.deepEqual(
        [...parts].map(([name, part]) => [name, new TextDecoder().decode(part)]),
        [...content('one').parts].map(([name, part]) => [name, new TextDecoder().decode(part)]),
      );
      assert.equal(manifest.sequence, 41);
      assert.equal(manifest.policyVersion, 3);
      assert.equal(new TextDecoder().decode(await readDaemonCheckpoint(directory)), 'the same each time');
    }));

  it('is absent, not corrupt, before the first one was completed', () =>
    withTemporaryDirectory(async (base) => {
      assert.equal(await checkpointExists(join(base, 'checkpoint')), false);
      assert.equal(await readDaemonCheckpoint(join(base, 'checkpoint')), null);
    }));

  it('replaces the previous one and leaves no other file', () =>
    withCheckpoint(async (directory) => {
      await writeCheckpoint(directory, content('two'));
      const { parts } = await readCheckpoint(directory);
      assert.equal(new TextDecoder().decode(parts.get('engine.safetensors')), 'engine two');
      assert.equal(readdirSync(directory).length, 4);
    }));

  it('is rejected, by name, for any flipped byte in any file', () =>
    withCheckpoint(async (directory) => {
      for (const name of readdirSync(directory)) {
        const file = join(directory, name);
        const whole = readFileSync(file);
        for (let i = 0; i < whole.length; i++) {
          // White space between the members of the manifest has no meaning.
          if (name === 'manifest.json' && /\s/.test(String.fromCharCode(whole[i]!))) continue;
          const flipped = Buffer.from(whole);
          flipped[i]! ^= 0x01;
          writeFileSync(file, flipped);
          await assert.rejects(readCheckpoint(directory), (error: Error & { code: string }) => {
            assert.equal(error.code, 'E_CHECKPOINT');
            assert.ok(error.message.includes(file), `${error.message} at byte ${i} of ${name}`);
            return true;
          });
        }
        writeFileSync(file, whole);
      }
      await readCheckpoint(directory);
    }));

  it('is rejected, by name, when a file is missing or truncated, the manifest at every length', () =>
    withCheckpoint(async (directory) => {
      for (const name of readdirSync(directory)) {
        const file = join(directory, name);
        const whole = readFileSync(file);
        rmSync(file);
        await assert.rejects(readCheckpoint(directory), {
          code: 'E_CHECKPOINT',
          message: new RegExp(`${name}.*missing`),
        });
        // The last byte of the manifest is its line end.
        for (let length = 0; length < whole.length - 1; length++) {
          writeFileSync(file, whole.subarray(0, length));
          await assert.rejects(readCheckpoint(directory), { code: 'E_CHECKPOINT', message: new RegExp(name) });
        }
        writeFileSync(file, whole);
      }
    }));

  it('is read by the daemon without the other parts', () =>
    withCheckpoint(async (directory) => {
      for (const name of readdirSync(directory)) if (name.startsWith('engine')) rmSync(join(directory, name));
      assert.ok(await readDaemonCheckpoint(directory));
    }));

  it('keeps the old one when writing the new one fails', () =>
    withCheckpoint(async (directory) => {
      const parts = new Map([...content('two').parts, ['no/such/directory', bytes('x')]]);
      await assert.rejects(writeCheckpoint(directory, { ...content('two'), parts }), { code: 'E_DISK' });
      const { parts: kept } = await readCheckpoint(directory);
      assert.equal(new TextDecoder().decode(kept.get('engine.safetensors')), 'engine one');
    }));

  it('is complete at any time its writer is killed', async function () {
    this.timeout(60_000);
    await withTemporaryDirectory(async (base) => {
      const directory = join(base, 'checkpoint');
      const entry = join(import.meta.dirname, '../../support/checkpoint-writer.ts');
      for (let life = 0; life < 3; life++) {
        const child = spawn(process.execPath, ['--import', 'tsx', entry, directory], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const exited = new Promise((resolve) => child.once('exit', resolve));
        await new Promise((resolve) => child.stdout.once('data', resolve));
        await delay(20 + 7 * life);
        child.kill('SIGKILL');
        await exited;
        const { parts } = await readCheckpoint(directory);
        const mark = (name: string): string => /\d+/.exec(new TextDecoder().decode(parts.get(name)))![0];
        assert.equal(mark('engine'), mark('learner'));
        assert.equal(existsSync(`${directory}.new`), false);
      }
    });
  });
});
