import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createTask } from '../../task/index.ts';
import {
  createRun,
  lockStepRun,
  realTimeRun,
  resolveRobotAndTask,
  type CommandFunction,
  type StartOptions,
} from '../../runs/index.ts';
import { solvedAtReturn } from '../pretrain/pretrain.ts';

const MAX_STEPS = 100_000;

/** `softqd demo`: learns in a lock-step simulator until solved, then drives the same robot in real time until Ctrl-C. */
export const startCommand: CommandFunction<StartOptions> = async (options, ui) => {
  const selected = resolveRobotAndTask(await options.configure());
  const learning = createRun(selected, {
    command: 'demo',
    mode: 'lock-step',
    seed: options.seed,
    simulators: 1,
    parentPolicySha256: null,
    unique: randomUUID(),
  });
  const solvedReturn = solvedAtReturn(selected.taskFile.name);
  ui.event({
    event: 'phase',
    phase: 'learning',
    ...(solvedReturn === null ? {} : { solvedReturn }),
    text: `training ${selected.taskFile.name} from scratch in the embedded simulator`,
  });
  const result = await lockStepRun({
    selected,
    run: learning,
    resume: false,
    stepsTotal: MAX_STEPS,
    ui,
    solvedAtReturn: solvedReturn,
    stopWhenSolved: true,
  });
  if (result.interrupted) return 130;
  ui.event({ event: 'phase', phase: 'balancing', text: 'running the trained policy; press Ctrl-C to stop' });
  const driving = createRun(selected, {
    command: 'demo',
    mode: 'real-time',
    seed: options.seed,
    simulators: 1,
    parentPolicySha256: result.policySha256,
    unique: randomUUID(),
  });
  // It keeps balancing: no time limit begins another episode.
  const endless = createTask(selected.robot, { ...selected.taskFile, horizon: Number.MAX_SAFE_INTEGER });
  const numbers = await realTimeRun({
    selected: { ...selected, task: endless },
    run: driving,
    policy: await readFile(result.policyFile),
    learn: false,
    driverUrl: null,
    durationS: null,
    rateHz: 1 / selected.robot.controlPeriodS,
    ui,
    mode: 'best',
  });
  ui.event({
    event: 'done',
    steps: result.stepsDone,
    policy: result.policyFile,
    policySha256: result.policySha256,
    wallS: result.wallS,
    ...numbers,
  });
  return numbers.interrupted ? 130 : 0;
};
