import { randomInt } from 'node:crypto';
import { SoftqdError } from '../../base/errors.ts';
import { LINK_PROTOCOL_VERSION, type LinkReading, type LinkWelcome } from '../../wire/bridge/index.ts';
import { openSerial, type OpenSerialOptions, type SerialTransport } from '../../serial/index.ts';
import { BridgeLink, type BridgeCounters } from './bridge-link.ts';
import { checkWelcome } from './check-welcome.ts';
import type { BridgeOptions } from './options.ts';

/** A board that was identified and sends readings; disarmed or stopped. */
export interface VerifiedBridge {
  readonly link: BridgeLink;
  readonly welcome: LinkWelcome;
  readonly session: number;
}

export interface ConnectAndVerifyOptions {
  readonly options: BridgeOptions;
  readonly counters: BridgeCounters;
  readonly open?: ((options: OpenSerialOptions) => Promise<SerialTransport>) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const HELLO_PERIOD_MS = 100;
const READING_PERIOD = { name: 'reading_period_us', minUs: 500, maxUs: 1_000_000 };
/** Max fraction of the bandwidth for readings, so that a response is not delayed much by them. */
const MAX_LINK_UTILIZATION = 0.5;

/**
 * Opens the serial port and repeats Hello until the board responds (many boards restart when a port is opened). Then it checks the
 * identity of the board, sets the period of its readings and starts the heartbeat, not engaged. Throws the errors of openSerial and
 * checkWelcome, E_TIMEOUT without a response, E_CONNECT when aborted.
 */
export async function connectAndVerify({
  options,
  counters,
  open = openSerial,
  signal,
}: ConnectAndVerifyOptions): Promise<VerifiedBridge> {
  const { address, baudRate, clock, robot, connectTimeoutMs } = options;
  const link = new BridgeLink(await open({ address, baudRate }), clock, counters);
  const onAbort = (): void => void link.close();
  signal?.addEventListener('abort', onAbort);
  try {
    if (signal?.aborted) onAbort();
    const session = randomInt(1, 0xffffffff);
    const hello = { type: 'hello', protocolVersion: LINK_PROTOCOL_VERSION, session, hostVersion: 'softqd' } as const;
    const isResponse = (message: LinkWelcome): boolean => message.session === session;
    const welcome = await link.request(hello, 'welcome', {
      retryMs: HELLO_PERIOD_MS,
      timeoutMs: connectTimeoutMs,
      isResponse,
    });
    if (signal?.aborted) throw new SoftqdError('E_CONNECT', `connecting to ${address} was canceled`);
    if (welcome === null) throw boardTimeoutError(link, options);
    checkWelcome(welcome, robot);
    const value = readingPeriodUs(options);
    const request = { type: 'parameter-request', name: READING_PERIOD.name, value } as const;
    const answer = await link.request(request, 'parameters', { retryMs: HELLO_PERIOD_MS, timeoutMs: connectTimeoutMs });
    if (answer?.refusal !== 'none') {
      throw new SoftqdError(
        'E_PROTOCOL_MISMATCH',
        `${address}: the board rejected a reading period of ${value} us (${answer?.refusal ?? 'no answer'})`,
      );
    }
    link.startHeartbeat(options.heartbeatPeriodMs);
    // Before its first reading a board rejects arming, because it has not measured the robot yet.
    const alive = { type: 'heartbeat', sequence: 0, engaged: false } as const;
    const isOurs = (reading: LinkReading): boolean => reading.session === session;
    const limits = { retryMs: HELLO_PERIOD_MS, timeoutMs: connectTimeoutMs, isResponse: isOurs };
    if ((await link.request(alive, 'reading', limits)) === null)
      throw new SoftqdError('E_TIMEOUT', `${address}: handshake completed, but the board sends no readings`);
    return { link, welcome, session };
  } catch (error) {
    await link.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Two readings per control period where the bandwidth suffices, so that the newest is at most half a period old; else one. */
function readingPeriodUs({ controlPeriodS, baudRate, robot }: BridgeOptions): number {
  const bytes = 60 + 21 * robot.joints.length;
  const onWireUs = (bytes * 10e6) / baudRate / MAX_LINK_UTILIZATION;
  const halfUs = (controlPeriodS * 1e6) / 2;
  const periodUs = halfUs >= onWireUs ? halfUs : controlPeriodS * 1e6;
  return Math.round(Math.min(READING_PERIOD.maxUs, Math.max(READING_PERIOD.minUs, periodUs)));
}

function boardTimeoutError(link: BridgeLink, { address, baudRate, connectTimeoutMs }: BridgeOptions): SoftqdError {
  const { bytes } = link.decoder.counters;
  const heard = bytes === 0 ? 'no data received' : `${bytes} bytes received, no Welcome message`;
  return new SoftqdError(
    'E_TIMEOUT',
    `${address}: no response from a bridge board within ${connectTimeoutMs} ms; ${heard}`,
    {
      hint: bytes === 0 ? 'Check power, cable and firmware.' : "Check the baud rate and that this is the board's port.",
      values: { address, baudRate, bytes },
    },
  );
}
