import convict from 'convict';
import { assertInRange, type Range } from '../base/ranges.ts';
import { CONFIG_KEYS, pathInConfig, SCHEMA, type Config, type ConfigKey } from './schema.ts';

const FORMAT = 'softqd-range';

/** The part of convict that is used here, without its literal-path types. */
interface Store {
  set(key: string, value: unknown): void;
  validate(options: { allowed: 'strict' }): void;
  getProperties(): unknown;
}

interface Branch {
  [name: string]: Branch | Leaf;
}
interface Leaf {
  readonly default: unknown;
  readonly format: string;
  readonly range: Range;
}

/** Lays one layer over the other and validates the result. The only file that uses convict. */
export function effectiveConfig(layers: readonly ReadonlyMap<ConfigKey, { readonly value: unknown }>[]): Config {
  convict.addFormat({
    name: FORMAT,
    validate: (value: unknown, schema) => assertInRange((schema as unknown as Leaf).range, value),
  });
  const store = convict(convictSchema(), { env: {}, args: [] }) as unknown as Store;
  for (const layer of layers) {
    for (const [key, { value }] of layer) store.set(pathInConfig(key).join('.'), value);
  }
  store.validate({ allowed: 'strict' });
  return structuredClone(store.getProperties()) as Config;
}

function convictSchema(): convict.Schema<Branch> {
  const root: Branch = {};
  for (const key of CONFIG_KEYS) {
    const path = pathInConfig(key);
    let branch = root;
    for (const name of path.slice(0, -1)) branch = (branch[name] ??= {}) as Branch;
    const { default: value, range } = SCHEMA[key];
    branch[path.at(-1)!] = { default: value, format: FORMAT, range };
  }
  return root as convict.Schema<Branch>;
}
