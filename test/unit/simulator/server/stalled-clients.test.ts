import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { silentLogger } from '../../../../src/base/logger.ts';
import { MemoryTelemetry } from '../../../../src/base/telemetry.ts';
import {
  createWorld,
  startSimulatorServer,
  type SimulatorServer,
  type World,
} from '../../../../src/simulator/index.ts';
import type { RobotSpec } from '../../../../src/robot/robot-spec.ts';
import { greeted, type RawClient } from '../../../support/raw-client.ts';
import { loadRobot } from '../../../support/simulator.ts';

/** A pendulum with 64 KiB of sensors, so that the buffers of a stalled client fill soon. */
const sensors = Array.from({ length: 8 }, (_, i) => ({ name: `wide${i}`, size: 1024, unit: '1' }));
const robot: RobotSpec = { ...loadRobot('pendulum'), sensors };

async function wideWorld(): Promise<World> {
  const world = await createWorld({ ...robot, sensors: [] }, '');
  const values = new Map(sensors.map(({ name }) => [name, new Float64Array(1024)]));
  return new Proxy(world, {
    get(target, property) {
      if (property === 'reading') return () => ({ ...target.reading(), sensors: values });
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

describe('a client that stops reading', () => {
  let server: SimulatorServer;
  let telemetry: MemoryTelemetry;
  beforeEach(async () => {
    telemetry = new MemoryTelemetry();
    server = await startSimulatorServer({
      robot,
      world: await wideWorld(),
      mode: 'lock-step',
      host: '127.0.0.1',
      port: 0,
      clock: new SimulatedClock(),
      logger: silentLogger,
      telemetry,
      disconnectBeyondBytes: 1 << 20,
      maxDroppedInARow: 50,
    });
  });
  afterEach(() => server.close());

  const command = (client: RawClient, id: number): void =>
    client.send({ type: 'command', id, sequence: id, targets: Float64Array.of(0) });

  it('loses readings, counted, then its connection as an observer; the controller is not affected', async () => {
    const watcher = await greeted(server.url, { role: 'watcher' });
    const controller = await greeted(server.url);
    watcher.socket.pause();
    let id = 2;
    while (telemetry.counters.get('simulator.clients_stalled') === undefined) {
      command(controller, id);
      assert.equal((await controller.next()).replyTo, id);
      assert.ok(++id < 3000, 'the watcher is never disconnected');
    }
    assert.equal(telemetry.counters.get('simulator.readings_dropped'), 51);
    watcher.socket.resume();
    assert.equal(await watcher.closed, 1006);
    command(controller, id);
    assert.equal((await controller.next()).replyTo, id);
  });

  it('is disconnected as controller with a megabyte of unsent data, and can be replaced', async () => {
    const controller = await greeted(server.url);
    controller.socket.pause();
    let id = 2;
    while (telemetry.counters.get('simulator.clients_stalled') === undefined) {
      for (let i = 0; i < 50; i++) command(controller, id++);
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(id < 10_000, 'the controller is never disconnected');
    }
    controller.socket.resume();
    await controller.closed;
    assert.equal((await greeted(server.url)).heard[0]?.type, 'spec');
  });
});
