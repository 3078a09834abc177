import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { SimulatedClock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { firstNonFinite } from '../../base/finite.ts';
import { silentLogger } from '../../base/logger.ts';
import { EXIT_INTERRUPTED, type CommandFunction } from '../../cli/index.ts';
import type { SimulatorClient } from '../../driver/index.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { Task } from '../../task/port.ts';
import { CleanupStack, connectToSimulator, resolveRobotAndTask, simulatorLaunch } from '../../runs/index.ts';
import { startSimulatorChild } from '../../processes/index.ts';
import { parseResetState } from '../reset-states.ts';
import type { ReplayActionsOptions, ReplayedStep } from './types.ts';

/** `softqd replay-actions`: applies given actions open loop from given states, without guard and policy. */
export const replayActionsCommand: CommandFunction<ReplayActionsOptions, ReplayedStep> = async (options, ui) => {
  const selected = resolveRobotAndTask(await options.configure());
  const { robot, robotDirectory, loaded, task } = selected;
  const closer = new CleanupStack();
  try {
    const child = await startSimulatorChild(
      simulatorLaunch(robot, robotDirectory, loaded, { mode: 'lock-step', port: 0 }),
    );
    closer.defer(() => child.close());
    const connection = await connectToSimulator(selected, {
      url: child.url,
      clock: new SimulatedClock(),
      logger: silentLogger,
      controlPeriodS: robot.controlPeriodS,
    });
    closer.defer(() => connection.driver.close());
    const replay = new ActionReplay(task, connection.client, robot.joints.length);
    const input = options.actionsFile === '-' ? process.stdin : createReadStream(options.actionsFile);
    const failed = new Promise<never>((_, reject) => {
      input.once('error', (cause: Error) =>
        reject(
          new SoftqdError('E_USAGE', `cannot read the actions ${options.actionsFile}: ${cause.message}`, { cause }),
        ),
      );
    });
    await Promise.race([
      failed,
      replayLines(createInterface({ input, crlfDelay: Infinity }), replay, (step) => ui.event(step)),
    ]);
    return ui.signal.aborted ? EXIT_INTERRUPTED : 0;
  } finally {
    await closer.close();
  }
};

async function replayLines(
  lines: AsyncIterable<string>,
  replay: ActionReplay,
  onStep: (step: ReplayedStep) => void,
): Promise<void> {
  let lineNumber = 0;
  for await (const line of lines) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const step = await replay.execute(line, lineNumber);
    if (step !== null) onStep(step);
  }
}

/** Steps a simulator open loop, in the units of the robot, without clipping. */
class ActionReplay {
  private readonly task: Task;
  private readonly client: SimulatorClient;
  private readonly joints: number;
  private before: Reading | null = null;
  private memory = new Float64Array(0);
  private stepsTaken = 0;
  private episodeTerminated = false;
  private sequence = 0;

  constructor(task: Task, client: SimulatorClient, joints: number) {
    this.task = task;
    this.client = client;
    this.joints = joints;
  }

  /** Executes one JSON line of the actions file; null: it has no result. Throws E_USAGE with the number of the line. */
  async execute(line: string, lineNumber: number): Promise<ReplayedStep | null> {
    const invalid = (problem: string): SoftqdError =>
      new SoftqdError('E_USAGE', `line ${lineNumber}: ${problem}`, {
        hint: 'Lines are {"reset":{"qpos":[],"qvel":[]}} or {"action":[]}.',
      });
    let entry: { reset?: unknown; action?: unknown } | null;
    try {
      entry = JSON.parse(line) as typeof entry;
    } catch {
      throw invalid('invalid JSON');
    }
    if (entry?.reset !== undefined) {
      const state = parseResetState(entry.reset);
      if (state === null) throw invalid('a reset must have finite qpos and qvel');
      await this.reset(state);
      return null;
    }
    const action = entry?.action;
    if (
      !Array.isArray(action) ||
      action.length !== this.joints ||
      !action.every((x) => typeof x === 'number') ||
      firstNonFinite(action) >= 0
    ) {
      throw invalid(`an action must be ${this.joints} finite numbers`);
    }
    if (this.before === null) throw invalid('action before the first reset');
    return this.episodeTerminated ? null : this.step(this.before, Float64Array.from(action));
  }

  private async reset(state: ResetState): Promise<void> {
    this.before = await this.client.reset(state);
    this.memory = this.task.initialMemory(this.before, state) as Float64Array<ArrayBuffer>;
    this.stepsTaken = 0;
    this.episodeTerminated = false;
  }

  private async step(before: Reading, targets: Float64Array): Promise<ReplayedStep> {
    const after = await this.client.command(this.sequence++, targets);
    const step = { before, command: { targets }, after, memory: this.memory };
    const memory = this.task.nextMemory(step) as Float64Array<ArrayBuffer>;
    this.stepsTaken += 1;
    const terminated = this.task.terminated(after, memory);
    const result = {
      observation: [...this.task.observe(after, memory)],
      reward: this.task.reward(step, memory),
      terminated,
      truncated: this.task.truncated(this.stepsTaken),
    };
    this.before = after;
    this.memory = memory;
    this.episodeTerminated = terminated;
    return result;
  }
}
