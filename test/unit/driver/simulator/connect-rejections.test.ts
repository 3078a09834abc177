import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SimulatorSpec } from '../../../../src/wire/simulation/simulation-messages.ts';
import { pendulumSpec } from '../../../support/scripted-simulator.ts';
import { robot, SimulatorFixture } from './simulator-fixture.ts';

describe('connectSimulator', () => {
  let fixture: SimulatorFixture;
  beforeEach(() => {
    fixture = new SimulatorFixture();
  });
  afterEach(() => fixture.close());

  describe('rejects', () => {
    it('an address without a server, naming it', async () => {
      await assert.rejects(fixture.connect(), { code: 'E_CONNECT', message: /ws:\/\/127\.0\.0\.1:1.*ECONNREFUSED/ });
    });

    it('a URL that is not a WebSocket URL, and any URL with a secret', async () => {
      for (const url of [
        'localhost',
        'http://127.0.0.1:1',
        'ws://127.0.0.1:1/?token=abc',
        'ws://user:abc@127.0.0.1:1',
      ]) {
        await assert.rejects(fixture.connect({ url }), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'E_USAGE');
          assert.ok(url === 'http://127.0.0.1:1' || url === 'localhost' || !error.message.includes('abc'));
          return true;
        });
      }
    });

    it('a server without WebSocket, or with another subprotocol', async () => {
      const server = http.createServer((_request, response) => response.end('hello'));
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      await assert.rejects(fixture.connect({ url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` }), {
        code: 'E_CONNECT',
        message: /HTTP 200/,
      });
      server.close();
      await fixture.script(() => null, null, 'something.else');
      await assert.rejects(fixture.connect(), { code: 'E_PROTOCOL_MISMATCH', message: /softqd\.simulation\.v1/ });
    });

    it('another robot, other joints, a missing sensor and another period, naming both sides', async () => {
      const refusal = async (change: Partial<SimulatorSpec>, wanted = robot): Promise<string> => {
        await fixture.script(() => null, { ...pendulumSpec, ...change });
        const error = (await fixture.connect({ robot: wanted }).catch((thrown: unknown) => thrown)) as Error & {
          code?: string;
        };
        await fixture.simulator?.close();
        assert.equal(error.code, 'E_PROTOCOL_MISMATCH');
        return error.message;
      };
      assert.equal(await refusal({ robot: 'arm2' }), 'robot: the simulator has arm2, the client pendulum');
      assert.equal(await refusal({ jointNames: ['hinge'] }), 'joints: the simulator has hinge, the client pivot');
      assert.equal(
        await refusal({ controlPeriodS: 0.1 }),
        'control period in s: the simulator has 0.1, the client 0.05',
      );
      const sensing = { ...robot, sensors: [{ name: 'tip', size: 3, unit: 'm' }] };
      assert.equal(await refusal({}, sensing), 'size of sensor tip: the simulator has no such sensor, the client 3');
    });

    it('a simulator that does not reply to Hello in time', async () => {
      await fixture.script(() => null, null);
      const connecting = fixture.connect({ connectTimeoutMs: 1000 });
      while (fixture.simulator!.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      fixture.wallClock.advanceTo(1e9);
      await assert.rejects(connecting, { code: 'E_TIMEOUT' });
    });

    it('to continue after an abort, before or during the handshake', async () => {
      await fixture.script(() => null, null);
      await assert.rejects(fixture.connect({ signal: AbortSignal.abort() }), {
        code: 'E_CONNECT',
        message: /canceled/,
      });
      const controller = new AbortController();
      const connecting = fixture.connect({ signal: controller.signal });
      while (fixture.simulator!.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
      await assert.rejects(connecting, { code: 'E_CONNECT', message: /canceled/ });
    });

    it('a simulator that rejects, with its message and code', async () => {
      await fixture.script(
        (request) => ({ type: 'error', replyTo: request.id, code: 'E_CONTROLLER_TAKEN', message: 'driven already' }),
        null,
      );
      await assert.rejects(fixture.connect(), { code: 'E_CONTROLLER_TAKEN', message: 'simulator: driven already' });
      await fixture.simulator?.close();
      await fixture.script(
        (request) => ({ type: 'error', replyTo: request.id, code: 'OUT_OF_COFFEE', message: 'later' }),
        null,
      );
      await assert.rejects(fixture.connect(), { code: 'E_SIMULATOR', message: 'simulator: OUT_OF_COFFEE: later' });
    });
  });
});
