import { SoftqdError } from '../base/errors.ts';
import { firstNonFinite } from '../base/finite.ts';
import type { ResetState } from '../robot/reading.ts';

const MAX_VALUES = 1024;
const FORMAT_HINT =
  'Expected one {"qpos":[...],"qvel":[...]} a line, a JSON array of them, or the output of softqd evaluate --json.';

/** A reset state from JSON; null when the value is not one. */
export function parseResetState(value: unknown): ResetState | null {
  const { qpos, qvel, memory } = (value ?? {}) as { qpos?: unknown; qvel?: unknown; memory?: unknown };
  const position = finiteVector(qpos);
  const velocity = finiteVector(qvel);
  const taskMemory = memory === undefined ? undefined : finiteVector(memory);
  if (position === null || velocity === null || taskMemory === null) return null;
  return { qpos: position, qvel: velocity, ...(taskMemory === undefined ? {} : { memory: taskMemory }) };
}

/**
 * The reset states of a text: JSON lines, a JSON array, or a result of `softqd evaluate` with its `starts`. Throws E_USAGE with the
 * name of the file and the number of the entry.
 */
export function parseResetStates(file: string, text: string): readonly ResetState[] {
  const fail = (problem: string): never => {
    throw new SoftqdError('E_USAGE', `${file}: ${problem}`, { hint: FORMAT_HINT });
  };
  const entries = jsonEntries(text) ?? fail('invalid JSON');
  if (entries.length === 0) fail('contains no initial states');
  return entries.map(
    (entry, i) =>
      parseResetState(entry) ?? fail(`initial state ${i + 1} is not {"qpos":[finite numbers],"qvel":[finite numbers]}`),
  );
}

/** The states in a JSON document, or the documents of its lines; null when the text is not JSON. */
function jsonEntries(text: string): readonly unknown[] | null {
  const document = parseJson(text);
  if (document !== undefined) {
    if (Array.isArray(document)) return document as readonly unknown[];
    const { starts } = (document ?? {}) as { starts?: unknown };
    return Array.isArray(starts) ? (starts as readonly unknown[]) : [document];
  }
  const entries = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseJson);
  return entries.includes(undefined) ? null : entries;
}

/** undefined when the text is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function finiteVector(value: unknown): Float64Array | null {
  if (!Array.isArray(value) || value.length > MAX_VALUES || !value.every((x) => typeof x === 'number')) return null;
  const values = Float64Array.from(value);
  return firstNonFinite(values) < 0 ? values : null;
}
