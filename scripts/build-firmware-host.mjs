// Builds native/build/host-bridge, the bridge's firmware as a Linux program, with the C compiler of this machine: `softqd virtual` runs
// it as the board of a robot behind a bridge. Without a compiler it prints one line and succeeds: no other robot needs it.
//   node scripts/build-firmware-host.mjs [--force] [--compiler CC] [--out FILE] [--for-package] [--or-prebuilt]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const firmware = join(root, 'firmware-bridge');
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const target = option('--out') ?? join(root, 'native', 'build', 'host-bridge');

const prebuilt = join(root, 'prebuilt', `${platform()}-${arch()}`, 'host-bridge');
if (args.includes('--or-prebuilt') && existsSync(prebuilt)) process.exit(0);

function skip(reason) {
  console.log(`softqd: virtual bridge not built (${reason}); softqd virtual has servo robots only`);
  process.exit(process.env.SOFTQD_REQUIRE === 'all' ? 1 : 0);
}

function runs(compiler) {
  try {
    execFileSync(compiler, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (platform() !== 'linux') skip(`${platform()} is not supported, only Linux`);
if (!existsSync(join(firmware, 'core'))) skip('firmware-bridge/ is not here');

// The directories of the host program in firmware-bridge/Makefile: sources and headers.
const folders = ['core', 'generated/softqd/v1', 'third_party/nanopb', 'robots', 'simulated', 'host'].map((folder) =>
  join(firmware, folder),
);
const files = folders.flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)));
const sources = files.filter((file) => file.endsWith('.c'));
const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
if (!args.includes('--force') && existsSync(target) && statSync(target).mtimeMs > newest) process.exit(0);

const named = option('--compiler') ?? process.env.CC;
const compiler = (named ? [named] : ['cc', 'gcc', 'clang']).find(runs);
if (!compiler) skip(named ? `the compiler ${named} does not run` : 'no C compiler');
const includes = ['core', 'generated', 'third_party/nanopb', 'robots', 'simulated'];
const flags = ['-std=c11', '-D_GNU_SOURCE', '-DPB_NO_ERRMSG', '-DPB_VALIDATE_UTF8', '-O1', '-g1'];
// A unique name, so that two concurrent builds do not mix.
const built = `${target}.${process.pid}`;
try {
  mkdirSync(dirname(target), { recursive: true });
  const headers = includes.map((folder) => `-I${join(firmware, folder)}`);
  execFileSync(
    compiler,
    [
      ...flags,
      ...headers,
      ...sources,
      '-o',
      built,
      '-lm',
      ...(args.includes('--for-package') ? ['-s', '-static'] : []),
    ],
    {
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  );
  renameSync(built, target);
  console.log('softqd: virtual bridge built');
} catch (error) {
  rmSync(built, { force: true });
  skip(error.message.split('\n')[0]);
}
