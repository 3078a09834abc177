import { toSoftqdError } from '../base/errors.ts';
import {
  VOLTS_PER_STEP,
  baudRatesOf,
  corruptReplyCount,
  faultNames,
  hasIdConflict,
  modelName,
  readRegisters,
  withBus,
  type OpenBus,
  type ServoIdentity,
  type ServoProtocol,
  type ToolBus,
} from '../servo/index.ts';

/** A servo that answered. Values that it did not tell are null. */
export interface FoundServo {
  readonly id: number;
  readonly model: string;
  readonly modelNumber: number;
  readonly firmware: string;
  readonly voltageV: number | null;
  readonly temperatureC: number | null;
  /** Names of faults that it reports now. */
  readonly faults: readonly string[];
}

export interface ScannedRate {
  readonly baudRate: number;
  readonly servos: readonly FoundServo[];
  /** Ids where something answered that could not be understood, and why: two servos with one id, or noise. */
  readonly unidentified: readonly { readonly id: number; readonly detail: string }[];
}

export interface ScanOptions {
  readonly open: OpenBus;
  readonly protocol: ServoProtocol;
  readonly address: string;
  /** All that servos of this protocol know when absent. */
  readonly baudRates?: readonly number[];
  /** When absent: whoever answers a call to all, and 0 to 20 one by one. */
  readonly ids?: readonly number[];
  readonly onProgress?: (progress: { readonly baudRate: number; readonly asked: number; readonly of: number }) => void;
  readonly signal?: AbortSignal;
}

/** Most ids are silent: enough for an adapter with a latency timer of 16 ms, and no more. */
const PING_LATENCY_MS = 10;
const LAST_COMMON_ID = 20;
const PING_ATTEMPTS = 3;
/** Noise does not damage every answer of one id; two servos that speak at once do. */
const CORRUPT_PING_ATTEMPTS = 8;

/**
 * Asks at every baud rate who is there; only rates at which somebody answered are returned. Throws what opening the port throws.
 */
export async function scanBus(options: ScanOptions): Promise<ScannedRate[]> {
  const found: ScannedRate[] = [];
  for (const baudRate of options.baudRates ?? baudRatesOf(options.protocol)) {
    if (options.signal?.aborted) break;
    const { protocol, address } = options;
    const rate = await withBus(options.open, { protocol, address, baudRate }, (bus) => scanRate(bus, options));
    if (rate.servos.length > 0 || rate.unidentified.length > 0) found.push(rate);
  }
  return found;
}

async function scanRate(bus: ToolBus, options: ScanOptions): Promise<ScannedRate> {
  const { onProgress, signal } = options;
  bus.patience?.reckonWith(PING_LATENCY_MS);
  const heard = options.ids === undefined ? new Set(await bus.broadcastPing?.()) : new Set<number>();
  const ids = options.ids ?? commonIds(heard);
  const identities: ServoIdentity[] = [];
  const unidentified: { id: number; detail: string }[] = [];
  for (const [asked, id] of ids.entries()) {
    if (signal?.aborted) break;
    if (asked % 8 === 0) onProgress?.({ baudRate: bus.baudRate, asked, of: ids.length });
    const identity = await identify(bus, id, heard.has(id) ? PING_ATTEMPTS : 1);
    if (typeof identity === 'string') unidentified.push({ id, detail: identity });
    else if (identity !== null) identities.push(identity);
  }
  return { baudRate: bus.baudRate, servos: await describe(bus, identities), unidentified };
}

function commonIds(heard: ReadonlySet<number>): number[] {
  const usual = Array.from({ length: LAST_COMMON_ID + 1 }, (_, id) => id);
  return [...usual, ...[...heard].filter((id) => id > LAST_COMMON_ID)];
}

/** Who it is, null when nobody answers, or what is odd about the answer. */
async function identify(bus: ToolBus, id: number, tries: number): Promise<ServoIdentity | string | null> {
  for (let i = 0; i < (corruptReplyCount(bus, id) > 0 ? CORRUPT_PING_ATTEMPTS : tries); i++) {
    try {
      const identity = await bus.ping(id);
      if (identity !== null) return (await hasIdConflict(bus, id)) ? sharedId(id) : identity;
    } catch (thrown) {
      const error = toSoftqdError(thrown);
      if (error.code === 'E_SERIAL_LOST') throw error;
      return error.message;
    }
  }
  const damaged = corruptReplyCount(bus, id);
  if (damaged >= CORRUPT_PING_ATTEMPTS - 1) return sharedId(id);
  return damaged > 0 ? 'corrupt replies: two servos with this ID, or a bad cable' : null;
}

function sharedId(id: number): string {
  return `two servos may share ID ${id}: connect one at a time and run softqd setup-servos`;
}

async function describe(bus: ToolBus, identities: readonly ServoIdentity[]): Promise<FoundServo[]> {
  if (identities.length === 0) return [];
  const results = await readRegisters(
    bus,
    identities.map(({ id }) => id),
    ['presentVoltage', 'presentTemperature'],
  );
  const servos: FoundServo[] = [];
  for (const [i, { id, modelNumber, firmware }] of identities.entries()) {
    const result = results[i]!;
    const values = result.kind === 'values' ? result.values : null;
    servos.push({
      id,
      modelNumber,
      model: modelName(bus.protocol, modelNumber),
      firmware,
      voltageV: values === null ? null : Number((values['presentVoltage']! * VOLTS_PER_STEP).toFixed(1)),
      temperatureC: values?.['presentTemperature'] ?? null,
      faults: await faultNames(bus, id),
    });
  }
  return servos;
}
