// Builds native/build/softqd_native.node with the C++ compiler of this machine: no downloads, no generator, one command per
// file. Without a compiler (or headers) it prints one line and succeeds: the tensorflow engine and timers are used then.
//   node scripts/build-native.mjs [--force] [--sanitize] [--kernels-test] [--compiler CXX] [--out DIR] [--for-package] [--or-prebuilt]
// --sanitize: with AddressSanitizer and UndefinedBehaviorSanitizer. --kernels-test: instead of the addon a program that tests the
// kernels without Node, also for another machine's compiler (CXX = aarch64-linux-gnu-g++).
// --for-package: stripped, for other machines. --or-prebuilt: builds nothing where the addon that the
// package contains for this machine can be loaded.
import { execFile, execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'native', 'src');
const args = process.argv.slice(2);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const sanitize = args.includes('--sanitize');
const kernelsTest = args.includes('--kernels-test');
const out = option('--out') ?? join(root, 'native', 'build', sanitize ? 'sanitize' : '');
const target = join(out, kernelsTest ? 'kernels-test' : 'softqd_native.node');

if (args.includes('--or-prebuilt') && loads(join(root, 'prebuilt', `${platform()}-${arch()}`, 'softqd_native.node'))) {
  console.log(`softqd: using the native addon of the package for ${platform()}-${arch()}`);
  process.exit(0);
}

function loads(file) {
  try {
    createRequire(import.meta.url)(file);
    return true;
  } catch {
    return false;
  }
}

function skip(reason) {
  console.log(`softqd: native addon not built (${reason}); the tensorflow engine and timers serve instead`);
  process.exit(process.env.SOFTQD_REQUIRE === 'all' ? 1 : 0);
}

/** Folder with node_api.h: next to the running node first. */
function nodeHeaders() {
  const beside = join(dirname(dirname(process.execPath)), 'include', 'node');
  const candidates = [
    beside,
    process.env.npm_config_nodedir && join(process.env.npm_config_nodedir, 'include', 'node'),
    '/usr/include/node',
    '/usr/local/include/node',
    '/usr/include/nodejs/src',
  ];
  return candidates.find((at) => at && existsSync(join(at, 'node_api.h')));
}

/** Folder with napi.h: in a user's project it is next to softqd, not in it. */
function napiHeaders() {
  try {
    return dirname(createRequire(import.meta.url).resolve('node-addon-api/package.json'));
  } catch {
    return undefined;
  }
}

/** The compiler's name for its target, or null when it does not run. */
function machineOf(compiler) {
  try {
    return execFileSync(compiler, ['-dumpmachine'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

function takes(compiler, flags) {
  try {
    execFileSync(compiler, [...flags, '-x', 'c++', '-fsyntax-only', '-'], {
      input: 'int x;',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return true;
  } catch {
    return false;
  }
}

if (platform() !== 'linux') skip(`${platform()} is not supported, only Linux`);
const headers = nodeHeaders();
if (!headers && !kernelsTest) skip("Node's headers were not found beside the running node");
const named = option('--compiler') ?? process.env.CXX;
const compiler = (named ? [named] : ['c++', 'g++', 'clang++']).find((name) => machineOf(name) !== null);
if (!compiler) skip(named ? `the compiler ${named} does not run` : 'no C++ compiler');
const napi = napiHeaders();
if (!napi) skip('node-addon-api is not installed');

/** Lanes, namespace, flags and macro of every instruction set that this compiler supports for this target. */
const machine = machineOf(compiler);
const sets = [{ lanes: 4, name: 'portable', flags: [] }];
if (machine.startsWith('x86_64')) {
  sets.push({ lanes: 8, name: 'avx2', flags: ['-mavx2', '-mfma'], macro: 'SOFTQD_HAS_AVX2' });
  sets.push({
    lanes: 16,
    name: 'avx512',
    flags: ['-mavx512f', '-mavx512dq', '-mavx512bw', '-mavx512vl', '-mavx2', '-mfma', '-mprefer-vector-width=512'],
    macro: 'SOFTQD_HAS_AVX512',
  });
} else if (machine.startsWith('aarch64')) {
  sets.push({ lanes: 4, name: 'neon', flags: [], macro: 'SOFTQD_HAS_NEON' });
}
const usable = sets.filter((set) => takes(compiler, set.flags));

const common = [
  '-std=c++17',
  '-fPIC',
  '-Wall',
  '-Wextra',
  '-Wno-unknown-warning-option',
  '-Wno-psabi',
  '-Wno-maybe-uninitialized',
  '-Wno-uninitialized',
  '-fvisibility=hidden',
  '-ffp-contract=fast',
];
if (sanitize)
  common.push(
    '-g',
    '-O1',
    '-fsanitize=address,undefined',
    '-fno-sanitize-recover=undefined',
    '-fno-omit-frame-pointer',
  );
else common.push('-O3', '-g1');
const forPackage = args.includes('--for-package') ? ['-s'] : [];
const jobs = usable.map((set) => ({
  from: 'kernels.cpp',
  to: `kernels-${set.name}.o`,
  flags: [...set.flags, `-DSOFTQD_LANES=${set.lanes}`, `-DSOFTQD_NS=${set.name}`],
}));
const macros = usable.filter((set) => set.macro).map((set) => `-D${set.macro}`);
const main = kernelsTest ? join('..', 'test', 'kernels-test.cpp') : 'addon.cpp';
const napiFlags = ['-DNAPI_VERSION=8', '-DNODE_ADDON_API_CPP_EXCEPTIONS', `-I${headers}`, `-I${napi}`];
jobs.push({
  from: main,
  to: kernelsTest ? 'kernels-test.o' : 'addon.o',
  flags: [...macros, ...(kernelsTest ? [] : napiFlags)],
});

// Up to date: no build.
const stamp = join(out, 'built.json');
const wanted = JSON.stringify({
  compiler,
  machine,
  arch: arch(),
  node: process.versions.modules,
  common,
  jobs,
  forPackage,
});
// The published package has no tests.
const sources = [source, join(root, 'native', 'test')].filter((at) => existsSync(at));
const files = sources.flatMap((at) => readdirSync(at).map((file) => join(at, file)));
const newest = Math.max(...files.map((file) => statSync(file).mtimeMs));
if (
  !args.includes('--force') &&
  existsSync(target) &&
  existsSync(stamp) &&
  readFileSync(stamp, 'utf8') === wanted &&
  statSync(target).mtimeMs > newest
) {
  process.exit(0);
}
mkdirSync(out, { recursive: true });
rmSync(stamp, { force: true });
// A unique directory, so that two concurrent builds do not mix.
const objects = mkdtempSync(join(out, 'objects-'));

function compile(job) {
  const argv = [...common, ...job.flags, '-c', join(source, job.from), '-o', join(objects, job.to)];
  return new Promise((resolve, reject) => {
    execFile(compiler, argv, { maxBuffer: 1 << 26 }, (error, _stdout, stderr) => {
      if (stderr) console.error(stderr);
      if (error) reject(new Error(`${job.from} did not compile`));
      else resolve();
    });
  });
}

try {
  const waiting = [...jobs];
  const lanes = Array.from({ length: Math.max(1, availableParallelism()) }, async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) await compile(job);
  });
  await Promise.all(lanes);
  const linked = join(objects, 'linked');
  const link = [
    ...(kernelsTest ? (sanitize ? [] : ['-static']) : ['-shared', ...forPackage]),
    ...jobs.map((job) => join(objects, job.to)),
    '-o',
    linked,
    '-lpthread',
  ];
  if (sanitize) link.push('-fsanitize=address,undefined');
  execFileSync(compiler, link, { stdio: ['ignore', 'inherit', 'inherit'] });
  renameSync(linked, target);
  writeFileSync(stamp, wanted);
  console.log(
    `softqd: native ${kernelsTest ? 'kernels-test' : 'addon'} built (${usable.map((set) => set.name).join(', ')})`,
  );
  rmSync(objects, { recursive: true });
} catch (error) {
  rmSync(objects, { recursive: true });
  skip(error.message);
}
