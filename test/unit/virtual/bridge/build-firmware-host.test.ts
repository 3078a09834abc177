import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasProgram } from '../../../support/firmware.ts';
import { skipUnless } from '../../../support/skips.ts';

const script = fileURLToPath(new URL('../../../../scripts/build-firmware-host.mjs', import.meta.url));

describe('scripts/build-firmware-host.mjs', () => {
  let directory: string;
  const build = (...parameters: string[]): { readonly status: number | null; readonly stdout: string } => {
    const env = { ...process.env, SOFTQD_REQUIRE: '' };
    const out = join(directory, 'host-bridge');
    return spawnSync(process.execPath, [script, '--out', out, ...parameters], { encoding: 'utf8', env });
  };

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'softqd-firmware-'));
  });

  after(() => {
    rmSync(directory, { recursive: true });
  });

  it('reports a missing compiler in one line, and does not fail the install', () => {
    const { status, stdout } = build('--compiler', '/nowhere/cc');
    assert.equal(status, 0);
    assert.match(stdout, /^softqd: virtual bridge not built \(the compiler \/nowhere\/cc does not run\).*\n$/);
    assert.equal(existsSync(join(directory, 'host-bridge')), false);
  });

  it('builds the program once', function () {
    this.timeout(120_000);
    skipUnless(this, hasProgram('cc'), 'cc (a C compiler)');
    assert.match(build().stdout, /virtual bridge built/);
    assert.equal(build().stdout, '', 'nothing has changed since');
    const run = spawnSync(join(directory, 'host-bridge'), ['--nonsense'], { encoding: 'utf8' });
    assert.equal(run.status, 2);
    assert.match(run.stderr, /--stdio/);
  });
});
