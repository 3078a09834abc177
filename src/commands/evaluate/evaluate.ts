import { readFileSync } from 'node:fs';
import { sha256Hex } from '../../base/digest-adapter.ts';
import { SoftqdError } from '../../base/errors.ts';
import { firstNonFinite } from '../../base/finite.ts';
import { silentLogger } from '../../base/logger.ts';
import { checkPolicyCompatible, decodePolicy } from '../../policy/index.ts';
import type { ResetState } from '../../robot/reading.ts';
import {
  CleanupStack,
  Evaluator,
  MAX_POLICY_BYTES,
  mean,
  resolveRobotAndTask,
  sampleInitialStates,
  standardDeviation,
  type CommandFunction,
  type EvaluateOptions,
} from '../../runs/index.ts';

/** Reads a file the user named. Throws E_USAGE. */
export function readUserFile(file: string, what: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new SoftqdError('E_USAGE', `cannot read the ${what} ${file}: ${(cause as Error).message}`, {
      cause,
      hint: 'Check the path.',
    });
  }
}

/** `softqd evaluate`: episodes from given starts in a lock-step simulator; prints one object. */
export const evaluateCommand: CommandFunction<EvaluateOptions> = async (options, ui) => {
  const bytes = readUserFile(options.policyFile, 'policy');
  const snapshot = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  const selected = resolveRobotAndTask(
    await options.configure({ robot: options.robot ?? snapshot.meta.robot, task: options.task ?? snapshot.meta.task }),
  );
  checkPolicyCompatible(snapshot, selected.identity);
  const initialStates =
    'file' in options.initialStates
      ? readStarts(options.initialStates.file)
      : sampleInitialStates(selected.task, options.initialStates.episodes, options.initialStates.seed);
  const seed = 'file' in options.initialStates ? 0 : options.initialStates.seed;
  const closer = new CleanupStack();
  try {
    const results = await new Evaluator(selected, closer, silentLogger).play(snapshot, {
      mode: options.mode,
      initialStates,
      seed,
      signal: ui.signal,
    });
    if (ui.signal.aborted) return 130;
    const { returns } = results;
    ui.event({
      policySha256: sha256Hex(bytes),
      robot: selected.robot.name,
      task: selected.taskFile.name,
      mode: options.mode,
      seed,
      episodes: returns.length,
      returns,
      lengths: results.lengths,
      mean: mean(returns),
      std: standardDeviation(returns),
      min: Math.min(...returns),
      max: Math.max(...returns),
      terminated: results.terminated,
      truncated: results.truncated,
      clips: results.clips,
      outcomes: results.outcomes,
      initialStates: initialStates.map(({ qpos, qvel, memory }) => ({
        qpos: [...qpos],
        qvel: [...qvel],
        ...(memory === undefined ? {} : { memory: [...memory] }),
      })),
    });
    return 0;
  } finally {
    await closer.close();
  }
};

/** A JSON array of {"qpos","qvel"}, or an evaluate result with "starts". Throws E_USAGE naming the entry. */
function readStarts(file: string): ResetState[] {
  const bad = (why: string): SoftqdError =>
    new SoftqdError('E_USAGE', `${file}: ${why}`, {
      hint: 'Expected a JSON array of {"qpos":[...],"qvel":[...]}, or the output of softqd evaluate --json.',
    });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(readUserFile(file, 'starts')));
  } catch (cause) {
    if (cause instanceof SoftqdError) throw cause;
    throw bad('not JSON');
  }
  const list: unknown = Array.isArray(value) ? value : (value as { initialStates?: unknown } | null)?.initialStates;
  if (!Array.isArray(list) || list.length === 0) throw bad('contains no initial states');
  return list.map(
    (entry: unknown, i) =>
      parseResetState(entry) ?? fail(bad(`start ${i} is not {"qpos":[finite numbers],"qvel":[finite numbers]}`)),
  );
}

function fail(error: SoftqdError): never {
  throw error;
}

/** null when the value is no reset state. */
export function parseResetState(value: unknown): ResetState | null {
  const { qpos, qvel, memory } = (value ?? {}) as { qpos?: unknown; qvel?: unknown; memory?: unknown };
  const vector = (part: unknown): Float64Array | null => {
    if (!Array.isArray(part) || part.length > 1024 || !part.every((x) => typeof x === 'number')) return null;
    const values = Float64Array.from(part);
    return firstNonFinite(values) < 0 ? values : null;
  };
  const position = vector(qpos);
  const velocity = vector(qvel);
  const remembered = memory === undefined ? undefined : vector(memory);
  if (position === null || velocity === null || remembered === null) return null;
  return { qpos: position, qvel: velocity, ...(remembered === undefined ? {} : { memory: remembered }) };
}
