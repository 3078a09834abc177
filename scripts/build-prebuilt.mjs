// Builds what the package contains compiled, so that a user needs no compiler: prebuilt/linux-x64 (AVX2, AVX-512, portable) and
// prebuilt/linux-arm64 (NEON), each with the addon and the program of the virtual bridge. Runs before `npm pack`.
//   node scripts/build-prebuilt.mjs
// A machine whose compiler is missing is left out with one line; with SOFTQD_REQUIRE=all that is an error.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The GNU name of each machine, as node calls it. */
const MACHINES = { x64: 'x86_64-linux-gnu', arm64: 'aarch64-linux-gnu' };

function run(script, ...args) {
  execFileSync(process.execPath, [join(root, 'scripts', script), '--for-package', ...args], { stdio: 'inherit' });
}

for (const [machine, gnu] of Object.entries(MACHINES)) {
  const out = join(root, 'prebuilt', `linux-${machine}`);
  console.log(`softqd: for linux-${machine}, with ${gnu}-g++`);
  run('build-native.mjs', '--compiler', `${gnu}-g++`, '--out', out);
  run('build-firmware-host.mjs', '--compiler', `${gnu}-gcc`, '--out', join(out, 'host-bridge'));
  const isComplete = ['softqd_native.node', 'host-bridge'].every((file) => existsSync(join(out, file)));
  if (!isComplete)
    console.log(
      `softqd: the package will need a compiler on linux-${machine} (apt install g++-${gnu.replace('_', '-')})`,
    );
}
