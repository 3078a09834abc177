import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { EXIT_INTERRUPTED, type CommandFunction } from '../../cli/index.ts';
import { createTask } from '../../task/index.ts';
import { createRun, lockStepRun, realTimeRun, resolveRobotAndTask } from '../../runs/index.ts';
import { solvedReturnOf } from '../solved-return.ts';
import type { DemoEvent, DemoOptions } from './types.ts';

const MAX_STEPS = 100_000;

/** `softqd demo`: learns in a lock-step simulator until the task is solved, then runs the policy in real time until Ctrl-C. */
export const demoCommand: CommandFunction<DemoOptions, DemoEvent> = async (options, ui) => {
  const selected = resolveRobotAndTask(await options.configure());
  const learning = createRun(selected, {
    command: 'demo',
    mode: 'lock-step',
    seed: options.seed,
    simulators: 1,
    parentPolicySha256: null,
    unique: randomUUID(),
  });
  const solvedReturn = solvedReturnOf(selected.taskFile.name);
  ui.event({
    event: 'phase',
    phase: 'learning',
    ...(solvedReturn === null ? {} : { solvedReturn }),
    text: `training ${selected.taskFile.name} from scratch in the embedded simulator`,
  });
  const learned = await lockStepRun({
    selected,
    run: learning,
    resume: false,
    stepsTotal: MAX_STEPS,
    ui,
    solvedAtReturn: solvedReturn,
    stopWhenSolved: true,
  });
  if (learned.interrupted) return EXIT_INTERRUPTED;
  ui.event({ event: 'phase', phase: 'balancing', text: 'running the trained policy; press Ctrl-C to stop' });
  const realTime = createRun(selected, {
    command: 'demo',
    mode: 'real-time',
    seed: options.seed,
    simulators: 1,
    parentPolicySha256: learned.policySha256,
    unique: randomUUID(),
  });
  // No time limit: balancing continues until it is interrupted.
  const endless = createTask(selected.robot, { ...selected.taskFile, horizon: Number.MAX_SAFE_INTEGER });
  const result = await realTimeRun({
    selected: { ...selected, task: endless },
    run: realTime,
    policy: await readFile(learned.policyFile),
    learn: false,
    driverUrl: null,
    durationS: null,
    rateHz: 1 / selected.robot.controlPeriodS,
    ui,
    mode: 'best',
    ...{ robotId: null, serve: null, confirmClear: null },
  });
  ui.event({
    event: 'done',
    steps: learned.stepsDone,
    policy: learned.policyFile,
    policySha256: learned.policySha256,
    wallS: learned.wallS,
    ...result,
  });
  return result.interrupted ? EXIT_INTERRUPTED : 0;
};
