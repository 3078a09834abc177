import { resolve } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import { EXIT_INTERRUPTED, type CommandFunction } from '../../cli/index.ts';
import {
  RunDirectory,
  createRun,
  isCanceled,
  lockStepRun,
  publishPolicy,
  resolveRobotAndTask,
  runIdentity,
  type CommandUi,
  type LockStepRunResult,
  type RobotAndTask,
  type RunParameters,
} from '../../runs/index.ts';
import { reportAtEnd } from '../../report/index.ts';
import { solvedReturnOf } from '../solved-return.ts';
import type { PretrainEvent, PretrainOptions } from './types.ts';

/** `softqd pretrain`: learns in lock-step simulators and writes a policy file. */
export const pretrainCommand: CommandFunction<PretrainOptions, PretrainEvent> = async (options, ui) => {
  const selected = resolveRobotAndTask(await options.configure());
  const identity: RunParameters = {
    command: 'pretrain',
    mode: 'lock-step',
    seed: options.seed,
    simulators: options.simulators,
    parentPolicySha256: null,
  };
  const earlier = options.resume === null ? null : findRun(options.resume.run, selected, identity);
  if (options.resume !== null && earlier === null)
    ui.info(`no earlier run with these settings in ${selected.loaded.config.data.directory}; starting a new one`);
  const run = earlier ?? createRun(selected, identity);
  const result = await lockStepRun({
    selected,
    run,
    resume: earlier !== null,
    stepsTotal: options.steps,
    ui,
    solvedAtReturn: solvedReturnOf(selected.taskFile.name),
    stopWhenSolved: false,
  }).catch((thrown: unknown) => {
    if (isCanceled(ui.signal, thrown)) return null;
    throw thrown;
  });
  if (result === null) {
    ui.info('stopped before the first step');
    return EXIT_INTERRUPTED;
  }
  const policy = resolve(options.outFile);
  if (result.interrupted && result.stepsDone < options.steps) {
    await publishInterrupted(result, policy, ui);
    ui.info(`stopped at step ${result.stepsDone} of ${options.steps}; run the same command with --resume to continue`);
    return EXIT_INTERRUPTED;
  }
  await publishPolicy(result.policyFile, policy);
  await reportAtEnd(run, selected, ui);
  ui.event({
    event: 'done',
    steps: result.stepsDone,
    policy,
    policySha256: result.policySha256,
    log: run.logDirectory,
    wallS: Math.round(result.wallS * 1000) / 1000,
  });
  return 0;
};

/** Writes what was learned until the interruption; an untrained network does not replace an earlier policy. */
async function publishInterrupted(
  { updates, policyFile }: LockStepRunResult,
  policy: string,
  ui: CommandUi<PretrainEvent>,
): Promise<void> {
  if (updates === 0) {
    ui.info(`${policy} was not written: nothing was learned yet`);
    return;
  }
  await publishPolicy(policyFile, policy);
  ui.info(`the policy so far (${updates} updates) is in ${policy}`);
}

/** The run to resume; null: none matches. Throws E_RUN_UNKNOWN, and E_CHECKPOINT when the named run is another one. */
function findRun(run: string | null, selected: RobotAndTask, identity: RunParameters): RunDirectory | null {
  const { directory } = selected.loaded.config.data;
  const wanted = runIdentity(selected, identity);
  if (run === null) return RunDirectory.newest(directory, (file) => file.identity === wanted);
  const found = RunDirectory.findById(directory, run);
  if (found.file.identity === wanted) return found;
  const { name, module, moduleSha256 } = selected.taskFile;
  const recorded = found.file.definition['task.moduleSha256'];
  if (found.file.task === name && recorded !== undefined && recorded !== JSON.stringify(moduleSha256)) {
    throw new SoftqdError('E_CHECKPOINT', `run ${found.path} was made with another version of task ${name}`, {
      hint: `Restore the sources of ${module ?? 'its module'}, or start a new run.`,
      values: { run: found.path, task: name },
    });
  }
  throw new SoftqdError('E_CHECKPOINT', `run ${found.path} has a different configuration, robot, task or seed`, {
    hint: 'Use the flags of the original run (see run.json), or start a new run.',
  });
}
