import type { ExplainedKey } from './config.ts';
import type { LayerValue } from './layer.ts';
import { describeRange } from '../base/ranges.ts';
import { CONFIG_KEYS, SCHEMA, type ConfigKey } from './schema.ts';

/** Each key with its effective value and the place of the last layer that sets it. `valueOf` gives effective values. */
export function explainKeys(
  layers: readonly ReadonlyMap<ConfigKey, LayerValue>[],
  valueOf: (key: ConfigKey) => unknown,
): readonly ExplainedKey[] {
  return CONFIG_KEYS.map((key) => {
    const { unit, doc, range, sensitive } = SCHEMA[key];
    const winner = layers.findLast((layer) => layer.has(key))?.get(key);
    const value = valueOf(key);
    return {
      key,
      value: sensitive === true && value !== null ? '(hidden)' : value,
      source: winner?.source ?? 'default',
      unit,
      allowed: describeRange(range),
      doc,
      sensitive: sensitive ?? false,
    };
  });
}
