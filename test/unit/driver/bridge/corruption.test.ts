import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XoshiroRandom } from '../../../../src/base/random.ts';
import { throwOnFault } from '../../../../src/driver/port.ts';
import { connectTo, FIRMWARE_BUILD } from '../../../support/bridge.ts';
import { hasProgram, make } from '../../../support/firmware.ts';
import { NoisyTransport } from '../../../support/noisy-transport.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { skipUnless } from '../../../support/skips.ts';

describe('BridgeDriver with one byte in a hundred corrupt', function () {
  this.timeout(60_000);

  it('never emits a value that the board did not measure, counts losses, and continues', async function () {
    skipUnless(this, hasProgram('cc') && hasProgram('make'), 'a C compiler and make (Debian: build-essential)');
    make('host', FIRMWARE_BUILD);
    const directory = mkdtempSync(join(tmpdir(), 'softqd-truth-'));
    const truthFile = join(directory, 'truth.csv');
    const child = spawn(
      join(FIRMWARE_BUILD, 'host-bridge'),
      ['--stdio', '--relaxed-timeouts', '--ground-truth', truthFile],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    const line = new NoisyTransport(child, new XoshiroRandom(1), 0.01);
    const seen: { timeUs: number; values: number[] }[] = [];
    const { driver } = await connectTo('noisy', {
      open: () => Promise.resolve(line),
      controlPeriodS: 0.004,
      validForMs: 1000,
      receiveTimeoutMs: 5000,
    });
    try {
      // Bytes are lost: arming is retried, as an operator would.
      for (let tries = 0; ; tries++) {
        const armed = await driver.arm().then(
          () => true,
          () => false,
        );
        if (armed) break;
        assert.ok(tries < 20);
      }
      await new Promise<void>((resolve, reject) => {
        driver.readings$.pipe(throwOnFault()).subscribe({
          next: ({ deviceTimeS, positions, velocities, efforts, sequence }) => {
            seen.push({ timeUs: Math.round(deviceTimeS * 1e6), values: [positions[0]!, velocities[0]!, efforts[0]!] });
            driver.apply(unguardedForTest(sequence, [0.12 * Math.sign(velocities[0]! || 1)]));
            if (seen.length === 600) resolve();
          },
          error: reject,
        });
      });
    } finally {
      await driver.close();
      child.kill();
      await new Promise((resolve) => child.once('exit', resolve));
    }
    const groundTruth = new Map(
      readFileSync(truthFile, 'utf8')
        .trim()
        .split('\n')
        .map((row) => row.split(',').slice(1).map(Number))
        .map(([timeUs, ...values]) => [timeUs!, values.map(Math.fround)]),
    );
    rmSync(directory, { recursive: true });
    for (const { timeUs, values } of seen) assert.deepEqual(values, groundTruth.get(timeUs), `at ${timeUs} us`);
    const { readings, readingsLost, boardDroppedFrames } = driver.counters;
    assert.ok(line.damaged > 300, `${line.damaged}`);
    assert.ok(readingsLost > 0.2 * readings && boardDroppedFrames > 0, JSON.stringify(driver.counters));
    assert.equal(driver.counters.badMessages, 0);
  });
});
