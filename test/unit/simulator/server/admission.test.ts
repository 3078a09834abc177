import assert from 'node:assert/strict';
import { SimulatedClock } from '../../../../src/base/clock.ts';
import { RecordingLogger } from '../../../../src/base/logger.ts';
import { startSimulatorServer } from '../../../../src/simulator/index.ts';
import { greeted, hello, rawClient, settled } from '../../../support/raw-client.ts';
import { command, error, reading, reset } from '../../../support/simulation-messages.ts';
import { runSimulator, type RunningSimulator, type RunOptions } from '../../../support/simulator.ts';

describe('the admission to the simulator server', () => {
  let simulator: RunningSimulator;
  const start = async (options: RunOptions = {}): Promise<string> => {
    simulator = await runSimulator('pendulum', options);
    return simulator.server.url;
  };
  afterEach(() => simulator.stop());

  describe('before the handshake', () => {
    it('accepts any client on loopback when it has no token', async () => {
      const client = await rawClient(await start());
      assert.equal(client.socket.protocol, 'softqd.simulation.v1');
    });

    it('requires its token, in the header or as a second subprotocol, and responds 401 without it', async () => {
      const url = await start({ token: 'correct-horse' });
      await rawClient(url, undefined, { headers: { authorization: 'Bearer correct-horse' } });
      const bySubprotocol = await rawClient(url, ['softqd.simulation.v1', 'bearer.correct-horse']);
      assert.equal(bySubprotocol.socket.protocol, 'softqd.simulation.v1');
      for (const authorization of ['Bearer wrong', 'Bearer correct-hors', 'Basic correct-horse', '']) {
        await assert.rejects(rawClient(url, undefined, { headers: { authorization } }), { status: 401 });
      }
      await assert.rejects(rawClient(`${url}/?token=correct-horse`), { status: 401 });
      await assert.rejects(simulator.connect({ token: 'wrong' }), {
        code: 'E_UNAUTHORIZED',
        message: /token required/,
      });
      assert.equal((await simulator.connect({ token: 'correct-horse' })).spec.robot, 'pendulum');
      assert.equal(simulator.telemetry.counters.get('simulator.connections_refused'), 6);
    });

    it('does not listen beyond loopback without a token', async () => {
      await start();
      const options = {
        robot: simulator.robot,
        world: simulator.world,
        mode: 'lock-step',
        port: 0,
        clock: new SimulatedClock(),
        logger: new RecordingLogger(),
      } as const;
      await assert.rejects(startSimulatorServer({ ...options, host: '0.0.0.0' }), { code: 'E_TOKEN_REQUIRED' });
      const open = await startSimulatorServer({ ...options, host: '0.0.0.0', token: 'a-long-token' });
      assert.equal(open.url, `ws://127.0.0.1:${open.port}`);
      await open.close();
    });

    it('names the port when it is in use', async () => {
      const url = await start();
      const port = Number(new URL(url).port);
      await assert.rejects(runSimulator('pendulum', { port }), {
        code: 'E_PORT_IN_USE',
        message: new RegExp(String(port)),
      });
    });

    it('rejects another subprotocol on both sides', async () => {
      const url = await start();
      await assert.rejects(rawClient(url, ['softqd.simulation.v2']), { status: 400 });
      await assert.rejects(rawClient(url, []), { status: 400 });
    });

    it('rejects pages of other hosts, also with another name for loopback', async () => {
      const url = await start();
      const { host, port } = new URL(url);
      await rawClient(url, undefined, { origin: `http://${host}` });
      await assert.rejects(rawClient(url, undefined, { origin: 'http://evil.example' }), { status: 403 });
      await assert.rejects(rawClient(url, undefined, { origin: 'null' }), { status: 403 });
      const rebound = { origin: `http://evil.example:${port}`, headers: { host: `evil.example:${port}` } };
      await assert.rejects(rawClient(url, undefined, rebound), { status: 403 });
    });

    it('describes itself to a plain HTTP client', async () => {
      const url = await start();
      const response = await fetch(url.replace('ws:', 'http:'));
      assert.equal(response.status, 426);
      assert.match(await response.text(), /pendulum.*softqd\.simulation\.v1/);
    });

    it('closes connections without Hello, and limits their number', async () => {
      const clock = new SimulatedClock();
      const url = await start({ clock, maxPendingHandshakes: 2, helloTimeoutMs: 1000 });
      const silent = [await rawClient(url), await rawClient(url)];
      await assert.rejects(rawClient(url), { status: 503 });
      clock.advanceTo(1e9);
      assert.deepEqual(await Promise.all(silent.map(({ closed }) => closed)), [1008, 1008]);
      await greeted(url);
    });
  });

  describe('at Hello', () => {
    const refusedHello = async (url: string, change: Parameters<typeof hello>[0]): Promise<string> => {
      const client = await rawClient(url);
      client.send(hello(change));
      const { code, message, replyTo } = error(await client.next());
      assert.equal(replyTo, 1);
      assert.equal(await client.closed, 1008);
      return `${code}: ${message}`;
    };

    it('describes itself', async () => {
      const client = await rawClient(await start());
      client.send(hello({ id: 9 }));
      assert.deepEqual(await client.next(), {
        type: 'spec',
        replyTo: 9,
        spec: {
          robot: 'pendulum',
          jointNames: ['pivot'],
          sensors: [],
          controlPeriodS: 0.05,
          physicsStepS: 0.05,
          mode: 'lock-step',
          resetsBySeedOnly: false,
          savesNoState: false,
        },
      });
    });

    it('rejects another protocol version, robot or period with a message, and closes the connection', async () => {
      const url = await start();
      assert.equal(
        await refusedHello(url, { protocolVersion: 2 }),
        'E_PROTOCOL_MISMATCH: protocol version: the simulator has 1, the client 2',
      );
      assert.equal(
        await refusedHello(url, { robot: 'arm2' }),
        'E_PROTOCOL_MISMATCH: robot: the simulator has pendulum, the client arm2',
      );
      assert.match(
        await refusedHello(url, { controlPeriodS: 0.07 }),
        /E_PROTOCOL_MISMATCH: .*0\.07 s is not a multiple of the physics step 0\.05 s/,
      );
      assert.match(await refusedHello(url, { controlPeriodS: 0 }), /E_PROTOCOL_MISMATCH/);
      assert.match(await refusedHello(url, { controlPeriodS: NaN }), /E_PROTOCOL_MISMATCH/);
      assert.match(
        await refusedHello(url, { role: 'watcher', controlPeriodS: 0.1 }),
        /E_PROTOCOL_MISMATCH: control period/,
      );
    });

    it('accepts any multiple of the physics step as period, and notifies the observers', async () => {
      const url = await start();
      const watcher = await greeted(url, { role: 'watcher', controlPeriodS: 0 });
      const client = await greeted(url, { controlPeriodS: 0.15 });
      const told = await watcher.next();
      assert.ok(told.type === 'spec' && told.spec.controlPeriodS === 0.15);
      client.send(reset(2, 1));
      const before = reading(await client.next()).deviceTimeS;
      client.send(command(3, 0));
      assert.ok(Math.abs(reading(await client.next()).deviceTimeS - before - 0.15) < 1e-12);
    });

    it('rejects a second controller until the first has disconnected', async () => {
      const url = await start();
      const first = await greeted(url);
      first.send(reset(2, 0.5));
      await first.next();
      assert.match(
        await refusedHello(url, {}),
        /^E_CONTROLLER_TAKEN: pendulum already has a controller: 127\.0\.0\.1:\d+$/,
      );
      await assert.rejects(simulator.connect(), { code: 'E_CONTROLLER_TAKEN' });
      first.send(command(3, 1));
      reading(await first.next());
      first.socket.close();
      await first.closed;
      assert.equal((await simulator.connect()).spec.robot, 'pendulum');
    });

    it('requires Hello first and only once', async () => {
      const url = await start();
      const rude = await rawClient(url);
      rude.send(command(4, 1));
      assert.equal(error(await rude.next()).code, 'E_PROTOCOL_MISMATCH');
      assert.equal(await rude.closed, 1008);
      const client = await greeted(url);
      client.send(hello({ id: 5 }));
      assert.equal(error(await client.next()).replyTo, 5);
      client.send(reset(6, 0));
      reading(await client.next());
    });

    it('limits the number of observers', async () => {
      const url = await start({ maxWatchers: 2 });
      await greeted(url, { role: 'watcher' });
      const second = await greeted(url, { role: 'watcher' });
      assert.match(await refusedHello(url, { role: 'watcher' }), /E_SIMULATOR: too many observers \(2\)/);
      second.socket.close();
      await second.closed;
      await settled(await greeted(url));
      assert.equal((await greeted(url, { role: 'watcher' })).heard[0]?.type, 'spec');
    });
  });
});
