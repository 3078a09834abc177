import convict from 'convict';
import type { Config } from './config.ts';
import { assertInRange, type Range } from './ranges.ts';
import { CONFIG_KEYS, SCHEMA, environmentName, type ConfigKey } from './schema.ts';

const FORMAT = 'softqd-range';

/** The part of convict that is used here, without its literal-path types. */
interface Store {
  set(key: string, value: unknown): void;
  validate(options: { allowed: 'strict' }): void;
  getProperties(): unknown;
}

/** The only file that knows convict: it holds the schema, lays one value over the other and validates the result. */
export function effectiveConfig(layers: readonly ReadonlyMap<ConfigKey, { readonly value: unknown }>[]): Config {
  convict.addFormat({
    name: FORMAT,
    validate: (value: unknown, schema) => assertInRange((schema as unknown as { range: Range }).range, value),
  });
  const store = convict(convictSchema(), { env: {}, args: [] }) as unknown as Store;
  for (const layer of layers) {
    for (const [key, { value }] of layer) store.set(key, value);
  }
  store.validate({ allowed: 'strict' });
  return structuredClone(store.getProperties()) as Config;
}

function convictSchema(): convict.Schema<Record<string, unknown>> {
  const schema: Record<string, Record<string, unknown>> = {};
  for (const key of CONFIG_KEYS) {
    const [section, name] = key.split('.') as [string, string];
    const { default: value, doc, range, unit, sensitive, requiresRestart } = SCHEMA[key];
    (schema[section] ??= {})[name] = {
      default: value,
      doc,
      format: FORMAT,
      env: environmentName(key),
      range,
      unit,
      requiresRestart: requiresRestart,
      sensitive: sensitive ?? false,
    };
  }
  return schema;
}
