import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { firstValueFrom, take, toArray } from 'rxjs';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { MonotonicClock } from '../../../../src/base/monotonic-clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import {
  connectSimulator,
  throwOnFault,
  type ConnectSimulatorOptions,
  type SimulatorConnection,
} from '../../../../src/driver/index.ts';
import { unguardedForTest } from '../../../support/safe-command.ts';
import { loadRobot } from '../../../support/simulator.ts';

const robot = loadRobot('arm2');
const start = { qpos: Float64Array.of(0.1, 0.2), qvel: Float64Array.of(0, 0) };

describe('a simulator in a separate process', () => {
  let child: ChildProcess;
  let connection: SimulatorConnection;
  const open = async (
    mode: 'lock-step' | 'real-time',
    options: Partial<ConnectSimulatorOptions> = {},
  ): Promise<void> => {
    child = fork(path.join(import.meta.dirname, '../../../support/simulator-process.ts'), ['arm2', mode]);
    const [url] = (await once(child, 'message')) as [string];
    const clock = mode === 'lock-step' ? new SimulatedClock() : new MonotonicClock();
    connection = await connectSimulator({
      url,
      robot,
      role: 'controller',
      controlPeriodS: 0.02,
      clock,
      logger: silentLogger,
      ...options,
    });
  };
  const lost = (): Promise<{ code?: string }> =>
    new Promise((resolve) => {
      connection.driver.readings$.subscribe({ error: resolve });
    });
  afterEach(async () => {
    await connection.driver.close();
    child.kill('SIGKILL');
  });

  it('is lost at once when it dies during an episode', async () => {
    await open('lock-step');
    await connection.resetter.reset(start);
    for (let i = 0; i < 10; i++) await connection.client.command(i, Float64Array.of(0.1, 0.1));
    const loss = lost();
    const asked = connection.client.saveState().then(
      () => 'answered',
      (error: unknown) => (error as { code?: string }).code,
    );
    child.kill('SIGKILL');
    assert.equal((await loss).code, 'E_SIMULATOR_LOST');
    assert.ok(['answered', 'E_SIMULATOR_LOST'].includes((await asked) ?? ''));
    assert.throws(() => connection.driver.apply(unguardedForTest(11, [0, 0])), { code: 'E_SIMULATOR_LOST' });
  });

  it('is lost after the timeout when it hangs', async () => {
    await open('lock-step', { receiveTimeoutMs: 400 });
    await connection.resetter.reset(start);
    child.kill('SIGSTOP');
    const loss = lost();
    connection.driver.apply(unguardedForTest(1, [0, 0]));
    assert.equal((await loss).code, 'E_SIMULATOR_LOST');
  });

  it('runs in real time with one reading per period', async () => {
    await open('real-time');
    await connection.resetter.reset(start);
    connection.driver.apply(unguardedForTest(0, [0.01, 0]));
    const readings = await firstValueFrom(connection.driver.readings$.pipe(throwOnFault(), take(20), toArray()));
    const spanS = (readings[19]!.arrivalNs - readings[0]!.arrivalNs) / 1e9;
    // 19 periods of 0.02 s; a busy machine may bunch some arrivals, but not all of them.
    assert.ok(spanS > 0.2, `${spanS}`);
    readings.forEach(({ deviceTimeS }, i) => {
      assert.ok(Math.abs(deviceTimeS - readings[0]!.deviceTimeS - 0.02 * i) < 1e-9);
    });
    assert.ok(readings[19]!.velocities[0]! > 0.05);
  });
});
