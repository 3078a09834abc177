import { sha256Hex } from '../../base/digest-adapter.ts';
import { EXIT_INTERRUPTED, type CommandFunction } from '../../cli/index.ts';
import { checkPolicyCompatible, decodePolicy } from '../../policy/index.ts';
import {
  CleanupStack,
  Evaluator,
  MAX_POLICY_BYTES,
  mean,
  resolveRobotAndTask,
  sampleInitialStates,
  standardDeviation,
  successesOf,
} from '../../runs/index.ts';
import { parseResetStates } from '../reset-states.ts';
import { policyPath } from '../run-files.ts';
import { readUserFile } from '../user-file.ts';
import type { EvaluateOptions, EvaluateResult } from './types.ts';

/** `softqd evaluate`: plays episodes from given initial states in a lock-step simulator and reports one result. */
export const evaluateCommand: CommandFunction<EvaluateOptions, EvaluateResult> = async (options, ui) => {
  const bytes = readUserFile(await policyPath(options.policyFile, options), 'policy');
  const snapshot = decodePolicy(bytes, { maxBytes: MAX_POLICY_BYTES });
  const selected = resolveRobotAndTask(
    await options.configure({ robot: options.robot ?? snapshot.meta.robot, task: options.task ?? snapshot.meta.task }),
  );
  checkPolicyCompatible(snapshot, selected.identity);
  const initialStates =
    'file' in options.initialStates
      ? readInitialStates(options.initialStates.file)
      : sampleInitialStates(selected.task, options.initialStates.episodes, options.initialStates.seed);
  const seed = 'file' in options.initialStates ? 0 : options.initialStates.seed;
  const closer = new CleanupStack();
  try {
    const results = await new Evaluator(selected, closer, ui).play(snapshot, {
      mode: options.mode,
      initialStates,
      seed,
      signal: ui.signal,
    });
    if (ui.signal.aborted) return EXIT_INTERRUPTED;
    const { returns } = results;
    const successes = successesOf(selected.task, results.outcomes);
    ui.event({
      policySha256: sha256Hex(bytes),
      robot: selected.robot.name,
      task: selected.taskFile.name,
      mode: options.mode,
      seed,
      episodes: returns.length,
      successes,
      successRate: successes === null ? null : successes / returns.length,
      initialStatesFile: 'file' in options.initialStates ? options.initialStates.file : null,
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
      starts: initialStates.map(({ qpos, qvel, memory }) => ({
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

function readInitialStates(file: string): ReturnType<typeof parseResetStates> {
  return parseResetStates(file, new TextDecoder().decode(readUserFile(file, 'initial states')));
}
