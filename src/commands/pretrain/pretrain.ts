import { resolve } from 'node:path';
import { SoftqdError } from '../../base/errors.ts';
import type { CommandFunction, PretrainOptions } from '../../runs/command-ui.ts';
import { resolveRobotAndTask } from '../../runs/components.ts';
import { lockStepRun, publishPolicy } from '../../runs/lock-step-run.ts';
import { createRun, runIdentity, type RunIdentity } from '../../runs/new-run.ts';
import { RunDirectory } from '../../runs/run-directory.ts';
import { reportAtEnd } from '../../report/run-report.ts';

/** Return of `best` episodes at which a task counts as solved; null where none is agreed on. */
export function solvedAtReturn(task: string): number | null {
  return task === 'Pendulum-v1' ? -200 : null;
}

/** `softqd pretrain`: learns in a lock-step simulator; a policy file comes out. */
export const pretrainCommand: CommandFunction<PretrainOptions> = async (options, ui) => {
  const loaded = await options.configure();
  const selected = resolveRobotAndTask(loaded);
  const identity: RunIdentity = {
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
      throw new SoftqdError(
        'E_CHECKPOINT',
        `run ${run.path} was made with another configuration, robot, task or seed`,
        {
          hint: 'Resume with the flags the run was started with (they stand in its run.json), or start a new run.',
        },
      );
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
    ui.info(`stopped at step ${result.stepsDone} of ${options.steps}; the same command with --resume goes on`);
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
