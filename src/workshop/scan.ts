import { toSoftqdError } from '../base/errors.ts';
import type { ServoBus, ServoIdentity } from '../body/index.ts';
import { baudRatesOf, modelName, VOLTS_PER_STEP, type ServoProtocol } from './servo/models.ts';
import { withBus, type OpenBus } from './servo/open-bus.ts';
import { readRegisters } from './servo/register-values.ts';
import { faultNames } from './servo/faults.ts';

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
  readonly unclear: readonly { readonly id: number; readonly detail: string }[];
}

export interface ScanOptions {
  readonly open: OpenBus;
  readonly protocol: ServoProtocol;
  readonly address: string;
  /** All that servos of this protocol know when absent. */
  readonly baudRates?: readonly number[];
  /** 0 to 252 when absent. */
  readonly ids?: readonly number[];
  readonly onProgress?: (progress: { readonly baudRate: number; readonly asked: number; readonly of: number }) => void;
  readonly signal?: AbortSignal;
}

const ALL_IDS = Array.from({ length: 253 }, (_, id) => id);

/** Asks every id at every baud rate who is there; only rates at which somebody answered are returned. Throws what opening the port throws. */
export async function scanBus(options: ScanOptions): Promise<ScannedRate[]> {
  const found: ScannedRate[] = [];
  for (const baudRate of options.baudRates ?? baudRatesOf(options.protocol)) {
    if (options.signal?.aborted) break;
    const rate = await withBus(options.open, { ...options, baudRate }, (bus) => scanRate(bus, options));
    if (rate.servos.length > 0 || rate.unclear.length > 0) found.push(rate);
  }
  return found;
}

async function scanRate(bus: ServoBus, { ids = ALL_IDS, onProgress, signal }: ScanOptions): Promise<ScannedRate> {
  const identities: ServoIdentity[] = [];
  const unclear: { id: number; detail: string }[] = [];
  for (const [asked, id] of ids.entries()) {
    if (signal?.aborted) break;
    if (asked % 16 === 0) onProgress?.({ baudRate: bus.baudRate, asked, of: ids.length });
    try {
      const identity = await bus.ping(id);
      if (identity !== null) identities.push(identity);
    } catch (thrown) {
      const error = toSoftqdError(thrown);
      if (error.code === 'E_SERIAL_LOST') throw error;
      unclear.push({ id, detail: error.message });
    }
  }
  return { baudRate: bus.baudRate, servos: await describe(bus, identities), unclear };
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
      voltageV: values === null ? null : Number((values['presentVoltage']! * VOLTS_PER_STEP).toFixed(1)),
      temperatureC: values?.['presentTemperature'] ?? null,
      faults: await faultNames(bus, id),
    });
  }
  return servos;
}
