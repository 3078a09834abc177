import { setTimeout as delay } from 'node:timers/promises';
import { SoftqdError } from '../../base/errors.ts';
import {
  BEARER_SUBPROTOCOL_PREFIX,
  MAX_SIMULATION_FRAME_BYTES,
  SIMULATION_SUBPROTOCOL,
} from '../../wire/simulation/simulation-messages.ts';
import { checkSpec } from '../../driver/index.ts';
import { broken, CheckConnection, type OpenOptions } from './check-connection.ts';
import { helloOf, withConnection, type Rule, type RuleContext } from './rule.ts';

/** With load_state as its field, so that only its size is wrong. */
const LARGE_FRAME = new Uint8Array(MAX_SIMULATION_FRAME_BYTES + 1).fill(0x2a, 0, 1);
/** A field of a wire type that does not exist. */
const INVALID_FRAME = Uint8Array.of(0x0f, 0xff);
const CLOSE = { invalid: 1002, text: 1003, policy: 1008, large: 1009 } as const;
/** Of the five seconds until Hello, for a busy machine. */
const HELLO_TOLERANCE_MS = 2500;

/** Rules of the handshake and of frames: sections Frames and Admission. */
export const CONNECTION_RULES: readonly Rule[] = [
  {
    id: 'subprotocol',
    text: `the handshake is answered with the subprotocol ${SIMULATION_SUBPROTOCOL}`,
    needs: [],
    check: (context) =>
      withConnection(context, null, ({ subprotocol }) => {
        if (subprotocol === SIMULATION_SUBPROTOCOL) return Promise.resolve(null);
        throw broken(`answered with ${subprotocol === '' ? 'no subprotocol' : subprotocol}`);
      }),
  },
  {
    id: 'other-subprotocol',
    text: 'a client that does not offer the subprotocol is rejected (400)',
    needs: ['subprotocol'],
    check: (context) => handshakeRejected(context, 400, { subprotocols: ['other.v1'] }),
  },
  {
    id: 'origin',
    text: 'a web page of another host is rejected (403)',
    needs: ['subprotocol'],
    check: (context) => handshakeRejected(context, 403, { origin: 'http://example.com' }),
  },
  {
    id: 'token',
    text: 'without the token, and with another one, the handshake is rejected (401); it is accepted as a subprotocol, too',
    needs: ['subprotocol'],
    check: async (context) => {
      const { token } = context;
      if (token === null) return 'no token was given';
      await handshakeRejected(context, 401, { token: null });
      await handshakeRejected(context, 401, { token: `${token.slice(0, -1)}?` });
      const subprotocols = [SIMULATION_SUBPROTOCOL, `${BEARER_SUBPROTOCOL_PREFIX}${token}`];
      await (await CheckConnection.open({ ...context, token: null, subprotocols })).close();
      return null;
    },
  },
  {
    id: 'hello',
    text: 'Hello is answered with the Spec of the robot: its joints in order, its sensors, the requested control period',
    needs: ['subprotocol'],
    check: (context) =>
      withConnection(context, {}, () => {
        const spec = context.spec!;
        checkSpec(spec, context.robot, context.robot.controlPeriodS);
        if (!(spec.physicsStepS > 0)) throw broken(`physics_step_s is ${spec.physicsStepS}`);
        const steps = spec.controlPeriodS / spec.physicsStepS;
        if (Math.abs(steps - Math.round(steps)) < 1e-6 * steps) return Promise.resolve(null);
        throw broken(
          `control_period_s ${spec.controlPeriodS} is not a multiple of physics_step_s ${spec.physicsStepS}`,
        );
      }),
  },
  {
    id: 'first-message',
    text: 'a first message that is not Hello is rejected, and the connection closed (1008)',
    needs: ['hello'],
    check: (context) =>
      withConnection(context, null, async (connection) => {
        await connection.askRejected({ type: 'save-state' }, 'E_PROTOCOL_MISMATCH', { closeCode: CLOSE.policy });
        return null;
      }),
  },
  helloRejected('version', 'another protocol version', () => ({ protocolVersion: 9999 })),
  helloRejected('robot', 'another robot', () => ({ robot: 'no-such-robot' })),
  helloRejected('period', 'a control period that is no multiple of the physics step', ({ spec }) => ({
    controlPeriodS: 1.37 * spec!.physicsStepS,
  })),
  {
    id: 'controller',
    text: 'a second controller is rejected (E_CONTROLLER_TAKEN, 1008); when the first has disconnected, another is accepted',
    needs: ['hello'],
    check: async (context) => {
      await withConnection(context, {}, () =>
        withConnection(context, null, (second) =>
          second.askRejected(helloOf(context), 'E_CONTROLLER_TAKEN', { closeCode: CLOSE.policy }),
        ),
      );
      await withConnection(context, {}, () => Promise.resolve());
      return null;
    },
  },
  {
    id: 'text-message',
    text: 'a text message closes the connection (1003)',
    needs: ['hello'],
    check: (context) => closes(context, 'hello', CLOSE.text),
  },
  {
    id: 'large-frame',
    text: 'a message of more than 1 MiB closes the connection (1009)',
    needs: ['hello'],
    check: (context) => closes(context, LARGE_FRAME, CLOSE.large),
  },
  {
    id: 'invalid-frame',
    text: 'bytes that do not decode are answered with E_FRAME_INVALID, and the connection is closed (1002)',
    needs: ['hello'],
    check: (context) =>
      withConnection(context, null, async (connection) => {
        connection.sendRaw(INVALID_FRAME);
        const reply = await connection.next('bytes that do not decode were not answered');
        if (reply.type !== 'error' || reply.code !== 'E_FRAME_INVALID')
          throw broken(`answered with ${reply.type === 'error' ? reply.code : reply.type}, expected E_FRAME_INVALID`);
        await connection.expectClosed(CLOSE.invalid);
        return null;
      }),
  },
  {
    id: 'hello-timeout',
    text: 'a connection without Hello is closed after five seconds (1008)',
    needs: ['hello'],
    check: (context) =>
      withConnection({ ...context, timeoutMs: 5000 + HELLO_TOLERANCE_MS }, null, async (connection) => {
        const startMs = performance.now();
        await connection.expectClosed(CLOSE.policy);
        const tookMs = Math.round(performance.now() - startMs);
        if (tookMs < 5000 - HELLO_TOLERANCE_MS) throw broken(`closed after ${tookMs} ms already`);
        return null;
      }),
  },
];

function helloRejected(
  id: string,
  what: string,
  change: (context: RuleContext) => Parameters<typeof withConnection>[1] & object,
): Rule {
  return {
    id,
    text: `${what} is rejected (E_PROTOCOL_MISMATCH, 1008)`,
    needs: ['hello'],
    check: (context) =>
      withConnection(context, null, async (connection) => {
        const hello = { ...helloOf(context), ...change(context) };
        await connection.askRejected(hello, 'E_PROTOCOL_MISMATCH', { closeCode: CLOSE.policy });
        return null;
      }),
  };
}

async function closes(context: RuleContext, data: string | Uint8Array, closeCode: number): Promise<null> {
  await withConnection(context, null, async (connection) => {
    connection.sendRaw(data);
    await connection.expectClosed(closeCode);
  });
  // The simulator continues.
  await delay(10);
  await withConnection(context, {}, () => Promise.resolve());
  return null;
}

async function handshakeRejected(context: RuleContext, status: number, change: Partial<OpenOptions>): Promise<null> {
  const { url, token, timeoutMs } = context;
  let connection: CheckConnection;
  try {
    connection = await CheckConnection.open({ url, token, timeoutMs, ...change });
  } catch (error) {
    if (error instanceof SoftqdError && error.values['status'] === status) return null;
    throw broken(`${error instanceof Error ? error.message : String(error)}; expected HTTP ${status}`);
  }
  await connection.close();
  throw broken(`the connection was accepted, expected HTTP ${status}`);
}
