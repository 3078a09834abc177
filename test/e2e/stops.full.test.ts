import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { cli, errorCode, type Cli, type CliResult } from '../support/cli.ts';
import { PATIENT_SETTINGS } from '../support/patient-settings.ts';
import { lastSpeed, startVirtualRobot, startVirtualRun, type VirtualRobot } from '../support/virtual-run.ts';
import { realTimeTests } from '../support/real-time-tests.ts';

const AT_REST = 0.06;

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

function stopOf({ events }: CliResult): { confirmed: boolean; parked: boolean | null; text: string[] } {
  const event = events.find((candidate) => candidate['event'] === 'stopped');
  assert.ok(event !== undefined, 'no stopped event');
  return event as unknown as ReturnType<typeof stopOf>;
}

describe('stopping a robot, judged by where its joints are', function () {
  realTimeTests(this, 120_000);
  let virtual: VirtualRobot | null = null;
  afterEach(async () => {
    await virtual?.close();
    virtual = null;
  });

  async function started(robot: string, task: string, flags: readonly string[] = []): Promise<Cli> {
    virtual = await startVirtualRobot(robot);
    return startVirtualRun(virtual, task, [...PATIENT_SETTINGS, ...flags]);
  }

  for (const [robot, task] of [
    ['so101', 'reach'],
    ['koch', 'reach'],
    ['pendulum-rig', 'swing-up'],
  ] as const) {
    it(`${robot}: Ctrl-C decelerates, every joint confirms its stop mode, exit code 130`, async () => {
      const run = await started(robot, task);
      run.child.kill('SIGINT');
      const result = await run.done;
      assert.equal(result.code, 130, result.stdout + result.stderr);
      assert.equal(stopOf(result).confirmed, true);
      await pause(1);
      if (robot !== 'pendulum-rig') assert.ok(lastSpeed(virtual!.joints(), 0.3) < AT_REST);
      assert.equal(existsSync(join(virtual!.data, 'faults', `${robot}.json`)), false);
    });
  }

  it('SIGTERM and the end of the duration park first', async () => {
    const run = await started('so101', 'reach');
    run.child.kill('SIGTERM');
    const result = await run.done;
    assert.equal(result.code, 130, result.stdout + result.stderr);
    assert.deepEqual([stopOf(result).confirmed, stopOf(result).parked], [true, true]);
    const { positions } = virtual!.joints().at(-1)!;
    for (const [i, rest] of [0, -1.7, 1.4, 0.9, 0, 0].entries()) {
      assert.ok(Math.abs(positions[i]! - rest) < 0.15, `joint ${i} is at ${positions[i]!}, not at ${rest}`);
    }
    const timed = await cli([
      ...['run', ...virtual!.flags, '--task', 'reach', '--driver', virtual!.driver, '--explore', '--duration', '1'],
      ...PATIENT_SETTINGS,
    ]);
    assert.equal(timed.code, 0, timed.stdout + timed.stderr);
    assert.equal(stopOf(timed).parked, true);
  });

  it('a second signal while parking stops there; SIGHUP does not park', async () => {
    const run = await started('so101', 'reach');
    run.child.kill('SIGTERM');
    await pause(0.3);
    run.child.kill('SIGINT');
    const result = await run.done;
    assert.equal(result.code, 130, result.stdout + result.stderr);
    assert.equal(stopOf(result).parked, false);
    const again = await startVirtualRun(virtual!, 'reach', PATIENT_SETTINGS);
    again.child.stdout.destroy();
    again.child.kill('SIGHUP');
    assert.equal((await again.done).code, 130);
    await pause(1);
    assert.ok(lastSpeed(virtual!.joints(), 0.3) < AT_REST);
  });

  it('softqd status, a second run, softqd stop: the daemon is named, and stops', async () => {
    const run = await started('so101', 'reach');
    const status = await cli(['status', ...virtual!.flags]);
    assert.equal(status.code, 0, status.stdout + status.stderr);
    const [state] = status.events;
    assert.equal(state!['state'], 'armed');
    assert.equal((state!['servos'] as unknown[]).length, 6);
    const second = await cli([
      ...['run', ...virtual!.flags, '--task', 'reach', '--driver', virtual!.driver, '--explore'],
    ]);
    assert.deepEqual([second.code, errorCode(second)], [2, 'E_SERIAL_BUSY']);
    assert.match(second.stdout, /softqd stop --robot so101/);
    const stop = await cli(['stop', '--data', virtual!.data, '--json']);
    assert.equal(stop.code, 0, stop.stdout + stop.stderr);
    assert.equal((stop.events[0]!['stop'] as { confirmed: boolean }).confirmed, true);
    assert.equal((await run.done).code, 130);
    const after = await cli(['status', ...virtual!.flags]);
    assert.equal(after.code, 1);
  });

  it('a fault stays until a person clears it; a script is refused with exit code 3', async () => {
    virtual = await startVirtualRobot('so101', ['--fault', 'unplug@30s']);
    const command = [
      'run',
      ...virtual.flags,
      '--task',
      'reach',
      '--driver',
      virtual.driver,
      '--explore',
      ...PATIENT_SETTINGS,
    ];
    const lost = await cli([...command, '--set', 'driver.reconnectTimeoutMs=0']);
    assert.equal(lost.code, 1, lost.stdout + lost.stderr);
    const refused = await cli(command);
    assert.deepEqual([refused.code, errorCode(refused)], [3, 'E_FAULT_STICKY']);
    const cleared = await cli(['clear-fault', '--data', virtual.data, '--json']);
    assert.equal(cleared.code, 0, cleared.stdout);
    assert.equal((await cli(['clear-fault', ...virtual.flags])).events[0]!['cleared'], null);
  });

  it('needs --policy or --explore, and at least 25 Hz, before anything is opened', async () => {
    const command = ['run', '--robot', 'so101', '--task', 'reach', '--driver', 'feetech:/dev/no-such-port', '--json'];
    const silent = await cli(command);
    assert.deepEqual([silent.code, errorCode(silent)], [2, 'E_USAGE']);
    assert.match(silent.stdout, /--explore/);
    const slow = await cli([...command, '--explore', '--rate', '20']);
    assert.deepEqual([slow.code, errorCode(slow)], [2, 'E_CONFIG_VALUE']);
  });
});
