import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { skipUnless } from '../../support/skips.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const script = join(root, 'scripts', 'build-native.mjs');

function works(program: string, ...words: string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The compiler's own copy of a library, or null. */
function library(name: string): string | null {
  try {
    const path = execFileSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim();
    return isAbsolute(path) && existsSync(path) ? path : null;
  } catch {
    return null;
  }
}

describe('the native build', function () {
  this.timeout(300000);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'softqd-build-'));
  });
  after(() => {
    rmSync(directory, { recursive: true });
  });

  it('succeeds without a compiler and prints the fallback in one line', async () => {
    const env = { ...process.env, CXX: 'no-such-compiler', SOFTQD_REQUIRE: '' };
    const { stdout } = await run(process.execPath, [script, '--out', join(directory, 'none')], { env });
    assert.match(
      stdout,
      /^softqd: native addon not built \(.*no-such-compiler.*\); the tensorflow engine and timers serve instead\n$/,
    );
    assert.ok(!existsSync(join(directory, 'none', 'softqd_native.node')));
  });

  it('passes its self-test for aarch64', async function () {
    skipUnless(this, works('aarch64-linux-gnu-g++', '--version'), 'g++-aarch64-linux-gnu');
    skipUnless(this, works('qemu-aarch64-static', '--version'), 'qemu-user-static');
    const words = [
      '--kernels-test',
      '--compiler',
      'aarch64-linux-gnu-g++',
      '--out',
      join(root, 'native', 'build', 'aarch64'),
    ];
    await run(process.execPath, [script, ...words]);
    const { stdout } = await run('qemu-aarch64-static', [join(root, 'native', 'build', 'aarch64', 'kernels-test')]);
    assert.match(stdout, /^neon: 4 lanes, 8 option sets\nportable: 4 lanes, 8 option sets\n$/);
  });

  it('runs without findings under AddressSanitizer and UndefinedBehaviorSanitizer inside Node', async function () {
    const asan = library('libasan.so');
    const ubsan = library('libubsan.so');
    skipUnless(this, asan !== null && ubsan !== null, 'libasan and libubsan of the C++ compiler');
    await run(process.execPath, [script, '--sanitize']);
    const addon = join(root, 'native', 'build', 'sanitize', 'softqd_native.node');
    const program = join(root, 'test', 'support', 'exercise-addon.ts');
    const { stdout, stderr } = await run(process.execPath, ['--import', 'tsx', program], {
      cwd: root,
      env: {
        ...process.env,
        SOFTQD_ADDON: addon,
        LD_PRELOAD: `${asan!} ${ubsan!}`,
        // Node itself keeps what it allocates until the end; exceptions of the addon cross Node's own frames.
        ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:exitcode=99',
        UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
      },
    });
    assert.match(stdout, /exercised/);
    assert.doesNotMatch(stderr, /AddressSanitizer|runtime error/);
  });
});
