import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { connectTo, FIRMWARE_BUILD, startHostBridge, startQemuBoard, type RunningBoard } from '../support/bridge.ts';
import { cli, Cli, errorCode, quickLearner, temporaryDirectory } from '../support/cli.ts';
import { PATIENT_NORMAL_PRIORITY } from '../support/patient-settings.ts';
import { hasProgram, make } from '../support/firmware.ts';
import { skipUnless } from '../support/skips.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

const data = temporaryDirectory();
const swingUp = ['run', '--robot', 'pendulum-rig', '--task', 'swing-up', '--explore', '--data', data.path, '--json'];

/** The board answers a newcomer, and it is disarmed. */
async function isDisarmed(board: RunningBoard): Promise<boolean> {
  const { driver } = await connectTo(board.path, { connectTimeoutMs: 15_000, receiveTimeoutMs: 3000 });
  try {
    return driver.board !== null && driver.board.state !== 'armed';
  } finally {
    await driver.close();
  }
}

describe('softqd run on hardware', function () {
  realTimeTests(this, 120_000);
  let board: RunningBoard | null = null;
  afterEach(async () => {
    await board?.stop();
    board = null;
    // A sticky fault belongs to its own test.
    rmSync(join(data.path, 'faults'), { recursive: true, force: true });
  });
  after(() => data.remove());

  it('drives a board over its serial port, learns in parallel, logs every step, and leaves it disarmed', async function () {
    skipUnless(this, hasProgram('make') && hasProgram('cc'), 'make and cc (Debian: build-essential)');
    board = await startHostBridge('--relaxed-timeouts');
    const driver = ['--driver', `bridge:${board.path}`, '--learn', '--duration', '6'];
    const result = await cli([...swingUp, ...driver, ...quickLearner, ...PATIENT_NORMAL_PRIORITY]);
    assert.equal(result.code, 0, result.stderr);
    const done = result.events.at(-1)!;
    assert.equal(done['event'], 'done');
    assert.ok(Number(done['transitions']) > 100, JSON.stringify(done));
    assert.ok(Number(done['updates']) > 20, JSON.stringify(done));
    const info = await cli(['log', 'info', ...logsIn(String(done['log'])), '--json']);
    assert.equal(info.events[0]!['transitions'], done['transitions']);
    assert.ok(await isDisarmed(board));
  });

  it('drives the Cortex-M3 image in QEMU', async function () {
    skipUnless(this, hasProgram('qemu-system-arm'), 'qemu-system-arm (Debian: qemu-system-arm)');
    skipUnless(this, hasProgram('arm-none-eabi-gcc'), 'arm-none-eabi-gcc (Debian: gcc-arm-none-eabi)');
    make('boards', FIRMWARE_BUILD);
    board = await startQemuBoard(join(FIRMWARE_BUILD, 'qemu-lm3s6965.elf'));
    const result = await cli([
      ...swingUp,
      '--driver',
      `bridge:${board.path}?baud=115200`,
      '--duration',
      '3',
      ...PATIENT_NORMAL_PRIORITY,
    ]);
    assert.equal(result.code, 0, result.stderr);
    assert.ok(Number(result.events.at(-1)!['transitions']) > 50, JSON.stringify(result.events.at(-1)));
    assert.ok(await isDisarmed(board));
  });

  it('stops in order at the first Ctrl-C: the board is disarmed, exit code 130', async function () {
    skipUnless(this, hasProgram('make') && hasProgram('cc'), 'make and cc (Debian: build-essential)');
    board = await startHostBridge('--relaxed-timeouts');
    const run = new Cli([...swingUp, '--driver', `bridge:${board.path}`, ...PATIENT_NORMAL_PRIORITY]);
    await run.event(({ event, ticks }) => event === 'status' && Number(ticks) > 20);
    run.child.kill('SIGINT');
    const result = await run.done;
    assert.equal(result.code, 130, result.stderr);
    assert.ok(await isDisarmed(board));
  });

  it('ends with the reason of the board when its emergency stop is pressed, exit code 1', async function () {
    skipUnless(this, hasProgram('make') && hasProgram('cc'), 'make and cc (Debian: build-essential)');
    board = await startHostBridge('--relaxed-timeouts');
    const run = new Cli([...swingUp, '--driver', `bridge:${board.path}`, ...PATIENT_NORMAL_PRIORITY]);
    await run.event(({ event, ticks }) => event === 'status' && Number(ticks) > 20);
    board.say('estop');
    const result = await run.done;
    assert.equal(result.code, 1, result.stderr);
    assert.equal(errorCode(result), 'E_BRIDGE_STOPPED');
    assert.match(result.stdout, /emergency/);
  });

  for (const [robot, protocol] of [
    ['so101', 'feetech'],
    ['koch', 'dynamixel'],
  ] as const) {
    it(`drives the virtual ${robot} over ${protocol}`, async () => {
      const virtual = new Cli(['virtual', '--robot', robot, '--json']);
      try {
        const { pty, ids } = await virtual.event(({ event }) => event === 'ready');
        assert.equal((ids as number[]).length, 6);
        const driver = [
          '--driver',
          `${protocol}:${String(pty)}`,
          '--duration',
          '4',
          '--explore',
          '--data',
          data.path,
          '--json',
        ];
        const result = await cli(['run', '--robot', robot, '--task', 'reach', ...driver, ...PATIENT_NORMAL_PRIORITY]);
        assert.equal(result.code, 0, result.stderr);
        const done = result.events.at(-1)!;
        assert.ok(Number(done['transitions']) > 30, JSON.stringify(done));
        // Ticks wait for the read that is under way: nearly all act on a reading of their own.
        assert.ok(Number(done['ticksWithoutNewReading']) < Number(done['ticks']) / 4, JSON.stringify(done));
      } finally {
        virtual.child.kill('SIGINT');
        await virtual.done;
      }
    });
  }

  it('rejects servos that were never calibrated, with a hint and exit code 3', async () => {
    const virtual = new Cli(['virtual', '--robot', 'so101', '--uncalibrated', '--json']);
    try {
      const { pty } = await virtual.event(({ event }) => event === 'ready');
      const driver = [
        '--driver',
        `feetech:${String(pty)}`,
        '--duration',
        '4',
        '--explore',
        '--data',
        data.path,
        '--json',
      ];
      const result = await cli(['run', '--robot', 'so101', '--task', 'reach', ...driver, ...PATIENT_NORMAL_PRIORITY]);
      assert.equal(result.code, 3, result.stdout);
      assert.equal(errorCode(result), 'E_CALIBRATION');
      assert.match(result.stdout, /softqd calibrate/);
    } finally {
      virtual.child.kill('SIGINT');
      await virtual.done;
    }
  });

  it('names the missing device, with exit code 2, before it starts', async () => {
    // The fault of an earlier test is kept in the other data directory.
    const fresh = ['--data', join(data.path, 'fresh')];
    const missing = await cli([...swingUp, ...fresh, '--driver', 'bridge:/dev/no-such-port']);
    assert.equal(missing.code, 2);
    assert.equal(errorCode(missing), 'E_SERIAL_NOT_FOUND');
  });
});

function logsIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.mcap'))
    .map((name) => join(directory, name));
}
