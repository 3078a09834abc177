import { DYNAMIXEL_BAUD_RATES } from '../../wire/dynamixel/index.ts';
import { FEETECH_BAUD_RATES } from '../../wire/feetech/index.ts';
import { busProtocol, openServoBus, type OpenServoBusOptions, type ServoProtocol } from './open-servo-bus.ts';
import type { ServoIdentity } from '../port.ts';
import type { SerialServoBus } from './servo-bus.ts';

export interface ScanServoBusOptions extends Omit<OpenServoBusOptions, 'baudRate' | 'counters'> {
  /** In this order; all that the servos of this protocol can be set to, the usual one first, when absent. */
  readonly baudRates?: readonly number[] | undefined;
  /** Every id of the protocol when absent. */
  readonly ids?: readonly number[] | undefined;
  /** What stands for one (baud rate, id) that was asked. */
  readonly onProgress?: ((progress: ScanProgress) => void) | undefined;
}

export interface ScanProgress {
  readonly baudRate: number;
  readonly id: number;
  /** Asked so far and altogether, over all baud rates. */
  readonly asked: number;
  readonly total: number;
}

export interface FoundServo extends ServoIdentity {
  readonly baudRate: number;
  /** As the vendor calls it, or null for a model that is not known here. */
  readonly modelName: string | null;
}

/** Baud rates to look at, the usual one first. */
export function scanBaudRates(protocol: ServoProtocol): readonly number[] {
  return protocol === 'feetech'
    ? FEETECH_BAUD_RATES
    : [1_000_000, 57_600, ...DYNAMIXEL_BAUD_RATES.filter((rate) => rate !== 1_000_000 && rate !== 57_600)];
}

/** Most ids are silent: 21 ms each, and still enough for an adapter with a latency timer of 16 ms. */
const SCAN_LATENCY_MS = 10;
/** An id that was not heard in the broadcast is asked once, one that was, three times. */
const PING_ATTEMPTS = 3;

/**
 * Who answers at which baud rate: at each one a broadcast ping, then every id by itself (servos that answer a broadcast at the same time
 * drown each other). The port is opened anew for each rate. Throws the errors of openServoBus and E_SERIAL_LOST.
 */
export async function scanServoBus(options: ScanServoBusOptions): Promise<readonly FoundServo[]> {
  const { protocol, onProgress } = options;
  const rates = options.baudRates ?? scanBaudRates(protocol);
  const ids = options.ids ?? Array.from({ length: busProtocol(protocol).maxId + 1 }, (_, id) => id);
  const found: FoundServo[] = [];
  let asked = 0;
  for (const baudRate of rates) {
    const bus = await openServoBus({ ...options, baudRate, counters: undefined });
    try {
      bus.replyTimeout.setInitialLatency(SCAN_LATENCY_MS);
      const heard = new Set(await bus.broadcastPing());
      for (const id of ids) {
        const identity = await identify(bus, id, heard.has(id) ? PING_ATTEMPTS : 1);
        if (identity !== null) {
          found.push({ ...identity, baudRate, modelName: bus.busProtocol.models.get(identity.modelNumber) ?? null });
        }
        asked++;
        onProgress?.({ baudRate, id, asked, total: rates.length * ids.length });
      }
    } finally {
      await bus.close();
    }
  }
  return found;
}

async function identify(bus: SerialServoBus, id: number, tries: number): Promise<ServoIdentity | null> {
  for (let i = 0; i < tries; i++) {
    const identity = await bus.ping(id);
    if (identity !== null) return identity;
  }
  return null;
}
