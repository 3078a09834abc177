// Builds a Debian package from the npm package: node scripts/build-deb.mjs softqd-VERSION.tgz OUT-DIRECTORY
// It needs Node.js 20.19 or newer on the target and no compiler: the npm package contains the compiled parts for x64 and arm64.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const [tarball, out] = process.argv.slice(2).map((path) => resolve(path));
if (tarball === undefined || out === undefined) {
  console.error('usage: node scripts/build-deb.mjs softqd-VERSION.tgz OUT-DIRECTORY');
  process.exit(2);
}
const stage = mkdtempSync(join(tmpdir(), 'softqd-deb-'));
try {
  const library = join(stage, 'usr', 'lib', 'softqd');
  mkdirSync(library, { recursive: true });
  const flags = ['--omit=optional', '--no-audit', '--no-fund', '--no-package-lock'];
  execFileSync('npm', ['install', ...flags, '--prefix', library, tarball], { stdio: ['ignore', 'ignore', 'inherit'] });
  const installed = join(library, 'node_modules', 'softqd');
  if (existsSync(join(installed, 'native', 'build')))
    throw new Error(
      'the npm package does not contain what is compiled for this machine: run scripts/build-prebuilt.mjs',
    );
  linkProgram(installed);
  const { version, description } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  writeControl(version, description);
  mkdirSync(out, { recursive: true });
  const file = join(out, `softqd_${version}_all.deb`);
  execFileSync('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z6', '--build', stage, file], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  console.log(file);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

/** /usr/bin/softqd, relative, and the completion of bash. */
function linkProgram(installed) {
  mkdirSync(join(stage, 'usr', 'bin'));
  symlinkSync('../lib/softqd/node_modules/softqd/bin/softqd.js', join(stage, 'usr', 'bin', 'softqd'));
  const completions = join(stage, 'usr', 'share', 'bash-completion', 'completions');
  mkdirSync(completions, { recursive: true });
  const script = execFileSync(process.execPath, [join(installed, 'bin', 'softqd.js'), 'completion', 'bash']);
  writeFileSync(join(completions, 'softqd'), script);
}

/** Both processors are in it, hence `all`. */
function writeControl(version, description) {
  mkdirSync(join(stage, 'DEBIAN'));
  const fields = {
    Package: 'softqd',
    Version: version,
    Architecture: 'all',
    Depends: 'nodejs (>= 20.19)',
    Section: 'electronics',
    Priority: 'optional',
    Maintainer: 'the softqd authors <softqd@localhost>',
    Description: description,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  writeFileSync(join(stage, 'DEBIAN', 'control'), lines.join(''));
}
