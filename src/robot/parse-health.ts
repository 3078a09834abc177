import type { HealthSpec, LoadLimits, SupplyLimits, TemperatureLimits } from './health-spec.ts';
import { StrictObject, type Location } from './strict-object.ts';

const MAX_TEMPERATURE_C = 120;
const MAX_VOLTS = 60;
const MAX_SECONDS = 3600;

/** The `robot.health` object of a robot.json5: every part is optional, a part has all of its keys. Throws E_ROBOT_FILE. */
export function parseHealth(json: unknown, place: Location): HealthSpec {
  const health = new StrictObject(json, ['temperature', 'supply', 'load', 'overloadRecovery'], place);
  const part = <T>(key: string, parse: (value: unknown, at: Location) => T): Record<string, T> =>
    health.has(key) ? { [key]: parse(health.raw(key), health.location(key)) } : {};
  return {
    ...part('temperature', parseTemperature),
    ...part('supply', parseSupply),
    ...part('load', parseLoad),
    ...(health.has('overloadRecovery') ? { overloadRecovery: health.flag('overloadRecovery') } : {}),
  };
}

function parseTemperature(json: unknown, place: Location): TemperatureLimits {
  const object = new StrictObject(json, ['warnC', 'derateC', 'stopC'], place);
  const read = (key: string): number => object.number(key, 0, MAX_TEMPERATURE_C);
  const limits = { warnC: read('warnC'), derateC: read('derateC'), stopC: read('stopC') };
  requireAscending(object, [
    ['warnC', limits.warnC],
    ['derateC', limits.derateC],
    ['stopC', limits.stopC],
  ]);
  return limits;
}

function parseSupply(json: unknown, place: Location): SupplyLimits {
  const object = new StrictObject(json, ['warnMinV', 'stopMinV', 'stopMaxV', 'forS'], place);
  const read = (key: string): number => object.number(key, 0, MAX_VOLTS);
  const limits = { warnMinV: read('warnMinV'), stopMinV: read('stopMinV'), stopMaxV: read('stopMaxV') };
  requireAscending(object, [
    ['stopMinV', limits.stopMinV],
    ['warnMinV', limits.warnMinV],
    ['stopMaxV', limits.stopMaxV],
  ]);
  return { ...limits, forS: object.number('forS', 0, MAX_SECONDS) };
}

function parseLoad(json: unknown, place: Location): LoadLimits {
  const object = new StrictObject(json, ['warn', 'stop', 'stopS'], place);
  const limits = { warn: object.number('warn', 0, 10), stop: object.number('stop', 0, 10) };
  requireAscending(object, [
    ['warn', limits.warn],
    ['stop', limits.stop],
  ]);
  return { ...limits, stopS: object.number('stopS', 0, MAX_SECONDS) };
}

function requireAscending(object: StrictObject, values: readonly (readonly [key: string, value: number])[]): void {
  values.forEach(([key, value], i) => {
    const [nextKey, next] = values[i + 1] ?? [key, Infinity];
    if (value > next) throw object.error(`is ${value}: must not exceed ${nextKey} ${next}`, key);
  });
}
