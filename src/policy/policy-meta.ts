import { SoftqdError } from '../base/errors.ts';
import type { PolicyMeta } from './port.ts';

const FORMAT_VERSION = '1';
const MAX_NAMES = 4096;
const MAX_WIDTH = 8192;
const MAX_LAYERS = 8;

/** JSON with object keys in order, so that equal data produces equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/** The description as text values, the form that safetensors metadata has. */
export function metaToStrings(meta: PolicyMeta): Map<string, string> {
  return new Map([
    ['format', 'softqd-policy'],
    ['formatVersion', FORMAT_VERSION],
    ['robot', meta.robot],
    ['task', meta.task],
    ['observationNames', JSON.stringify(meta.observationNames)],
    ['actionNames', JSON.stringify(meta.actionNames)],
    ['hiddenUnits', JSON.stringify(meta.hiddenUnits)],
    ['criticCount', String(meta.criticCount)],
    ['criticLayerNorm', String(meta.criticLayerNorm)],
    ['latentSize', String(meta.latentSize)],
    ['algorithm', canonicalJson(meta.algorithm)],
    ['step', String(meta.step)],
    ['parent', meta.parent ?? ''],
  ]);
}

function refuse(key: string, text: string | undefined): never {
  const shown = text === undefined ? 'missing' : `"${text.slice(0, 80)}"`;
  throw new SoftqdError('E_POLICY_FILE', `metadata ${key} of the policy file is ${shown}`);
}

class MetaReader {
  private readonly strings: ReadonlyMap<string, string>;

  constructor(strings: ReadonlyMap<string, string>) {
    this.strings = strings;
  }

  text(key: string): string {
    return this.strings.get(key) ?? refuse(key, undefined);
  }

  integer(key: string, low: number, high: number): number {
    const text = this.text(key);
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    return value >= low && value <= high ? value : refuse(key, text);
  }

  json(key: string): unknown {
    const text = this.text(key);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return refuse(key, text);
    }
  }

  names(key: string): string[] {
    const value = this.json(key);
    const fits = Array.isArray(value) && value.length >= 1 && value.length <= MAX_NAMES;
    return fits && value.every((name) => typeof name === 'string') ? value : refuse(key, this.text(key));
  }

  widths(key: string): number[] {
    const value = this.json(key);
    const fits = Array.isArray(value) && value.length >= 1 && value.length <= MAX_LAYERS;
    return fits && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 1 && (n as number) <= MAX_WIDTH)
      ? (value as number[])
      : refuse(key, this.text(key));
  }

  flag(key: string): boolean {
    const text = this.text(key);
    return text === 'true' ? true : text === 'false' ? false : refuse(key, text);
  }

  object(key: string): Record<string, unknown> {
    const value = this.json(key);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : refuse(key, this.text(key));
  }
}

/** Parses the description from text values; every number and list is bounded. Throws E_POLICY_FILE. */
export function metaFromStrings(strings: ReadonlyMap<string, string>): PolicyMeta {
  const read = new MetaReader(strings);
  if (read.text('formatVersion') !== FORMAT_VERSION) refuse('formatVersion', read.text('formatVersion'));
  const parent = read.text('parent');
  if (parent !== '' && !/^[0-9a-f]{64}$/.test(parent)) refuse('parent', parent);
  return {
    robot: read.text('robot'),
    task: read.text('task'),
    observationNames: read.names('observationNames'),
    actionNames: read.names('actionNames'),
    hiddenUnits: read.widths('hiddenUnits'),
    criticCount: read.integer('criticCount', 1, 2) as 1 | 2,
    criticLayerNorm: read.flag('criticLayerNorm'),
    latentSize: read.integer('latentSize', 1, MAX_NAMES),
    algorithm: read.object('algorithm'),
    step: read.integer('step', 0, Number.MAX_SAFE_INTEGER),
    parent: parent === '' ? null : parent,
  };
}
