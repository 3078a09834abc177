import { toSoftqdError } from '../base/errors.ts';
import {
  COMMISSIONING_RETRIES,
  corruptReplyCount,
  hasIdConflict,
  modelName,
  readFaults,
  readRegisters,
  servoProtocol,
  withBus,
  type OpenBus,
  type ServoBus,
  type ServoIdentity,
  type ServoProtocolName,
} from '../servo/index.ts';

/** A servo that replied. Values that could not be read are null. */
export interface FoundServo {
  readonly id: number;
  readonly model: string;
  readonly modelNumber: number;
  readonly firmware: string;
  readonly voltageV: number | null;
  readonly temperatureC: number | null;
  /** Names of the faults that it reports now. */
  readonly faults: readonly string[];
}

export interface ScannedRate {
  readonly baudRate: number;
  readonly servos: readonly FoundServo[];
  /** IDs with replies that could not be decoded, and why: two servos with one ID, or noise. */
  readonly unidentified: readonly { readonly id: number; readonly detail: string }[];
}

export interface ScanOptions {
  readonly open: OpenBus;
  readonly protocol: ServoProtocolName;
  readonly address: string;
  /** All baud rates of the protocol when absent. */
  readonly baudRates?: readonly number[];
  /** When absent: the servos that reply to a broadcast ping, and 0 to 20 one by one. */
  readonly ids?: readonly number[];
  readonly onProgress?: (progress: { readonly baudRate: number; readonly asked: number; readonly of: number }) => void;
  readonly signal?: AbortSignal;
}

/** Most IDs do not reply. Covers an adapter with a latency timer of 16 ms. */
const PING_LATENCY_MS = 10;
const LAST_COMMON_ID = 20;
const PING_ATTEMPTS = 3;
/** Noise does not corrupt every reply of one ID; two servos that reply at the same time do. */
const CORRUPT_PING_ATTEMPTS = 8;

/** Searches for servos at every baud rate. Returns the rates with a reply. Throws the errors of opening the port. */
export async function scanBus(options: ScanOptions): Promise<ScannedRate[]> {
  const found: ScannedRate[] = [];
  for (const baudRate of options.baudRates ?? servoProtocol(options.protocol).baudRates) {
    if (options.signal?.aborted) break;
    const { protocol, address } = options;
    const rate = await withBus(options.open, { protocol, address, baudRate }, (bus) => scanRate(bus, options));
    if (rate.servos.length > 0 || rate.unidentified.length > 0) found.push(rate);
  }
  return found;
}

async function scanRate(bus: ServoBus, options: ScanOptions): Promise<ScannedRate> {
  const { onProgress, signal } = options;
  bus.replyTimeout.setInitialLatency(PING_LATENCY_MS);
  const replied = new Set(options.ids === undefined ? await bus.broadcastPing() : []);
  const ids = options.ids ?? commonIds(replied);
  const identities: ServoIdentity[] = [];
  const unidentified: { id: number; detail: string }[] = [];
  for (const [asked, id] of ids.entries()) {
    if (signal?.aborted) break;
    if (asked % 8 === 0) onProgress?.({ baudRate: bus.baudRate, asked, of: ids.length });
    const identity = await identify(bus, id, replied.has(id) ? PING_ATTEMPTS : 1);
    if (typeof identity === 'string') unidentified.push({ id, detail: identity });
    else if (identity !== null) identities.push(identity);
  }
  return { baudRate: bus.baudRate, servos: await describe(bus, identities), unidentified };
}

function commonIds(replied: ReadonlySet<number>): number[] {
  const common = Array.from({ length: LAST_COMMON_ID + 1 }, (_, id) => id);
  return [...common, ...[...replied].filter((id) => id > LAST_COMMON_ID)];
}

/** The servo with this ID, null without a reply, or what is wrong with the reply. */
async function identify(bus: ServoBus, id: number, attempts: number): Promise<ServoIdentity | string | null> {
  for (let i = 0; i < (corruptReplyCount(bus, id) > 0 ? CORRUPT_PING_ATTEMPTS : attempts); i++) {
    try {
      const identity = await bus.ping(id);
      if (identity !== null) return (await hasIdConflict(bus, id)) ? idConflictText(id) : identity;
    } catch (thrown) {
      const error = toSoftqdError(thrown);
      if (error.code === 'E_SERIAL_LOST') throw error;
      return error.message;
    }
  }
  const corrupt = corruptReplyCount(bus, id);
  if (corrupt >= CORRUPT_PING_ATTEMPTS - 1) return idConflictText(id);
  return corrupt > 0 ? 'corrupt replies: two servos with this ID, or a bad cable' : null;
}

function idConflictText(id: number): string {
  return `two servos may share ID ${id}: connect one at a time and run softqd setup-servos`;
}

async function describe(bus: ServoBus, identities: readonly ServoIdentity[]): Promise<FoundServo[]> {
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
      voltageV: values === null ? null : Number((values['presentVoltage']! * bus.protocol.voltsPerStep).toFixed(1)),
      temperatureC: values?.['presentTemperature'] ?? null,
      faults: await readFaultNames(bus, id),
    });
  }
  return servos;
}

/** Empty when the servo reports no fault, or does not reply. */
async function readFaultNames(bus: ServoBus, id: number): Promise<readonly string[]> {
  try {
    return (await readFaults(bus, id, COMMISSIONING_RETRIES)).names;
  } catch (thrown) {
    const error = toSoftqdError(thrown);
    if (error.code === 'E_SERIAL_LOST') throw error;
    return [];
  }
}
