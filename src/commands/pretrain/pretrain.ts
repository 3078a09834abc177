import { resolve } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import {
  RunDirectory,
  createRun,
  lockStepRun,
  publishPolicy,
  resolveRobotAndTask,
  runIdentity,
  type CommandFunction,
  type PretrainOptions,
  type RunParameters,
} from '../../runs/index.ts';
import { reportAtEnd } from '../../report/index.ts';

/** Return of `best` episodes at which a task counts as solved; null where none is agreed on. */
export function solvedAtReturn(task: string): number | null {
  return task === 'Pendulum-v1' ? -200 : null;
}

/** `softqd pretrain`: learns in a lock-step simulator; a policy file comes out. */
export const pretrainCommand: CommandFunction<PretrainOptions> = async (options, ui) => {
  const loaded = await options.configure();
  const selected = resolveRobotAndTask(loaded);
  const identity: RunParameters = {
    command: 'pretrain',
    mode: 'lock-step',
    seed: options.seed,
    simulators: options.simulators,
    parentPolicySha256: null,
  };
  const wanted = runIdentity(selected, identity);
  let run: RunDirectory | null = null;
  if (options.resume !== null) {
    const { directory } = loaded.config.data;
    run =
      options.resume.run === null
        ? RunDirectory.newest(directory, (file) => file.identity === wanted)
        : RunDirectory.findById(directory, options.resume.run);
    if (run !== null && run.file.identity !== wanted) {
      throw new SoftqdError('E_CHECKPOINT', `run ${run.path} has a different configuration, robot, task or seed`, {
        hint: 'Use the flags of the original run (see run.json), or start a new run.',
      });
    }
  }
  const resume = run !== null;
  run ??= createRun(selected, identity);
  const result = await lockStepRun({
    selected,
    run,
    resume,
    stepsTotal: options.steps,
    ui,
    solvedAtReturn: solvedAtReturn(selected.taskFile.name),
    stopWhenSolved: false,
  });
  const out = resolve(options.outFile);
  if (result.interrupted && result.stepsDone < options.steps) {
    ui.info(`stopped at step ${result.stepsDone} of ${options.steps}; run the same command with --resume to continue`);
    return 130;
  }
  await publishPolicy(result.policyFile, out);
  await reportAtEnd(run, selected, ui);
  ui.event({
    event: 'done',
    steps: result.stepsDone,
    policy: out,
    policySha256: result.policySha256,
    log: run.logDirectory,
    wallS: Math.round(result.wallS * 1000) / 1000,
  });
  return 0;
};
