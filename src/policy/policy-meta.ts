import { SoftqdError } from '../base/errors.ts';
import { isLayerList, type LayerSpec } from './layers/index.ts';
import type { PolicyMeta } from './port.ts';

const FORMAT_VERSION = '2';
const MAX_NAMES = 4096;
const MAX_CRITICS = 5;

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
    ['samplerLayers', canonicalJson(meta.samplerLayers)],
    ['criticLayers', canonicalJson(meta.criticLayers)],
    ['criticCount', String(meta.criticCount)],
    ['latentSize', String(meta.latentSize)],
    ['latentSkip', String(meta.latentSkip)],
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

  layers(key: string): readonly LayerSpec[] {
    const value = this.json(key);
    return isLayerList(value) ? value : refuse(key, this.text(key));
  }

  number(key: string): number {
    const text = this.text(key);
    const value = text.trim() === '' ? NaN : Number(text);
    return Number.isFinite(value) ? value : refuse(key, text);
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
  const version = read.text('formatVersion');
  if (version !== FORMAT_VERSION)
    throw new SoftqdError(
      'E_POLICY_FILE',
      `the policy file has format version "${version.slice(0, 80)}", this softqd reads version ${FORMAT_VERSION} only`,
      { hint: 'Train the policy again with this version, or use the version of softqd that wrote it.' },
    );
  const parent = read.text('parent');
  if (parent !== '' && !/^[0-9a-f]{64}$/.test(parent)) refuse('parent', parent);
  return {
    robot: read.text('robot'),
    task: read.text('task'),
    observationNames: read.names('observationNames'),
    actionNames: read.names('actionNames'),
    samplerLayers: read.layers('samplerLayers'),
    criticLayers: read.layers('criticLayers'),
    criticCount: read.integer('criticCount', 1, MAX_CRITICS),
    latentSize: read.integer('latentSize', 1, MAX_NAMES),
    latentSkip: read.number('latentSkip'),
    algorithm: read.object('algorithm'),
    step: read.integer('step', 0, Number.MAX_SAFE_INTEGER),
    parent: parent === '' ? null : parent,
  };
}
