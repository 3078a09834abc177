import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { requireAddon } from '../../../support/addon.ts';
import { realTimeTests } from '../../../support/real-time-tests.ts';
import type { SimulatedServos } from '../../../support/simulated-servos.ts';
import { testPeer, until } from '../servo/servo-fixture.ts';

const OWNER = fileURLToPath(new URL('./watchdog-owner.ts', import.meta.url));
const LOADER = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** Starts the process that drives the servos; resolves when they are armed. */
async function startOwner(
  peer: SimulatedServos,
  commandTimeoutMs: number,
): Promise<{ readonly owner: ChildProcess; readonly watchdogPid: number }> {
  const owner = spawn(
    process.execPath,
    ['--import', LOADER, OWNER, peer.protocol, peer.path, String(commandTimeoutMs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const watchdogPid = await new Promise<number>((resolve, reject) => {
    owner.stdout.on('data', (text: Buffer) => {
      const [, pid] = /armed (\d+)/.exec(text.toString()) ?? [];
      if (pid !== undefined) resolve(Number(pid));
    });
    owner.once('exit', (code) => reject(new assert.AssertionError({ message: `ended with ${code ?? 'a signal'}` })));
  });
  return { owner, watchdogPid };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('watchdog process of servos', function () {
  realTimeTests(this, 60_000);
  let peer: SimulatedServos;
  let owner: ChildProcess | null = null;

  before(function () {
    requireAddon(this);
  });
  beforeEach(() => {
    peer = testPeer('feetech');
  });
  afterEach(() => {
    if (owner !== null && owner.exitCode === null) {
      owner.kill('SIGCONT');
      owner.kill('SIGKILL');
    }
    peer.close();
  });

  it('writes every stop mode when the daemon is killed with SIGKILL, and exits', async () => {
    const started = await startOwner(peer, 10_000);
    ({ owner } = started);
    assert.equal(peer.get(3, 'torqueEnable'), 1);
    const killedAt = performance.now();
    owner.kill('SIGKILL');
    await until(() => peer.get(3, 'torqueEnable') === 0);
    const tookMs = performance.now() - killedAt;
    assert.equal(peer.get(1, 'torqueEnable'), 1);
    assert.equal(peer.get(2, 'torqueEnable'), 2);
    // Long before the receive timeout.
    assert.ok(tookMs < 5000, `${tookMs} ms`);
    await until(() => !isAlive(started.watchdogPid));
  });

  it('writes the stop when the daemon hangs while armed', async () => {
    const started = await startOwner(peer, 500);
    ({ owner } = started);
    owner.kill('SIGSTOP');
    await until(() => peer.get(3, 'torqueEnable') === 0);
    const goals = (): number => peer.written().filter((write) => write.startsWith('3 goalPosition')).length;
    const before = goals();
    owner.kill('SIGCONT');
    // After resuming, the daemon detects its pause: no goal is written to servos without torque.
    await pause(200);
    assert.equal(goals(), before);
    assert.equal(peer.get(3, 'torqueEnable'), 0);
  });

  it('is not lost when both processes pause, and it resumes last, as after a pause of the machine', async () => {
    const started = await startOwner(peer, 10_000);
    ({ owner } = started);
    process.kill(started.watchdogPid, 'SIGSTOP');
    await pause(40);
    owner.kill('SIGSTOP');
    await pause(500);
    owner.kill('SIGCONT');
    await pause(20);
    process.kill(started.watchdogPid, 'SIGCONT');
    await pause(500);
    assert.equal(peer.get(3, 'torqueEnable'), 1);
    assert.ok(isAlive(started.watchdogPid));
  });

  it('writes nothing when the daemon closes normally, and exits', async () => {
    const started = await startOwner(peer, 5000);
    ({ owner } = started);
    const ended = new Promise((resolve) => owner!.once('exit', resolve));
    owner.kill('SIGTERM');
    await ended;
    await until(() => !isAlive(started.watchdogPid));
    const { length } = peer.writes;
    // The stop of the daemon: one sync write, read back.
    const stops = peer.written().filter((write) => write.startsWith('3 torqueEnable=0'));
    assert.deepEqual(stops, ['3 torqueEnable=0*']);
    await pause(50);
    assert.equal(peer.writes.length, length);
  });

  it('ignores Ctrl-C and SIGTERM, which are for the daemon', async () => {
    const started = await startOwner(peer, 5000);
    ({ owner } = started);
    process.kill(started.watchdogPid, 'SIGINT');
    process.kill(started.watchdogPid, 'SIGTERM');
    await pause(100);
    assert.ok(isAlive(started.watchdogPid));
  });
});
