import { ROBOT_SIZE_LIMITS } from '../robot/bounds.ts';
import type { Reading } from '../robot/reading.ts';
import { checkArrayLength, boundedInteger, boundedNumbers, boundedText } from './bounded.ts';
import type { softqd } from './generated/messages.js';

const LIMIT = ROBOT_SIZE_LIMITS;

/** The protobuf view of a reading without its arrival time; shares its arrays. */
export function readingToMessage(reading: Omit<Reading, 'arrivalNs'>): softqd.v1.Reading.$Properties {
  const sensors: { name: string; values: number[] }[] = [];
  for (const [name, values] of reading.sensors) sensors.push({ name, values: numbers(values) });
  return {
    sequence: reading.sequence,
    deviceTimeS: reading.deviceTimeS,
    positionRadOrM: numbers(reading.positions),
    velocityRadOrMPerS: numbers(reading.velocities),
    effortNmOrN: numbers(reading.efforts),
    sensors,
    ...healthToMessage(reading.health),
    ...(reading.recovering === undefined ? {} : { recovering: [...reading.recovering] }),
  };
}

function healthToMessage(
  health: Reading['health'],
): Pick<softqd.v1.Reading.$Properties, 'temperatureC' | 'supplyV' | 'load'> {
  if (health === undefined) return {};
  return {
    temperatureC: health.map(({ temperatureC }) => temperatureC ?? NaN),
    supplyV: health.map(({ supplyV }) => supplyV ?? NaN),
    load: health.map(({ load }) => load ?? NaN),
  };
}

/** The generated encoder only indexes, so that a typed array passes as it is, without a copy. */
export function numbers(values: ArrayLike<number>): number[] {
  return values as unknown as number[];
}

/** Throws E_FRAME_INVALID when something is beyond ROBOT_BOUNDS. */
export function readingFromMessage(message: softqd.v1.Reading.$Properties): Omit<Reading, 'arrivalNs'> {
  const sensors = new Map<string, Float64Array>();
  const list = message.sensors ?? [];
  checkArrayLength('reading.sensors', list.length, LIMIT.sensors);
  for (const { name, values } of list) {
    sensors.set(
      boundedText('reading.sensors.name', name ?? '', LIMIT.nameLength),
      boundedNumbers('reading.sensors.values', values ?? [], LIMIT.values),
    );
  }
  return {
    sequence: boundedInteger('reading.sequence', message.sequence ?? 0),
    deviceTimeS: message.deviceTimeS ?? 0,
    positions: boundedNumbers('reading.positions', message.positionRadOrM ?? [], LIMIT.joints),
    velocities: boundedNumbers('reading.velocities', message.velocityRadOrMPerS ?? [], LIMIT.joints),
    efforts: boundedNumbers('reading.efforts', message.effortNmOrN ?? [], LIMIT.joints),
    sensors,
    ...healthFromMessage(message),
    ...recoveringFromMessage(message),
  };
}

function recoveringFromMessage({ recovering = [] }: softqd.v1.Reading.$Properties): Pick<Reading, 'recovering'> {
  if (recovering === null || recovering.length === 0) return {};
  checkArrayLength('reading.recovering', recovering.length, LIMIT.joints);
  return { recovering: recovering.map((index) => boundedInteger('reading.recovering', index)) };
}

function healthFromMessage(message: softqd.v1.Reading.$Properties): Pick<Reading, 'health'> {
  const temperatures = boundedNumbers('reading.temperature_c', message.temperatureC ?? [], LIMIT.joints);
  if (temperatures.length === 0) return {};
  const supplies = boundedNumbers('reading.supply_v', message.supplyV ?? [], LIMIT.joints);
  const loads = boundedNumbers('reading.load', message.load ?? [], LIMIT.joints);
  const known = (value: number | undefined): number | null => (Number.isFinite(value) ? value! : null);
  return {
    health: Array.from(temperatures, (temperatureC, i) => ({
      temperatureC: known(temperatureC),
      supplyV: known(supplies[i]),
      load: known(loads[i]),
    })),
  };
}
