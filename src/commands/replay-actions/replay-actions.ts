import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { SimulatedClock } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { firstNonFinite } from '../../base/finite.ts';
import { silentLogger } from '../../base/logger.ts';
import type { SimulatorClient } from '../../driver/index.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { Task } from '../../task/port.ts';
import {
  CleanupStack,
  connectToSimulator,
  resolveRobotAndTask,
  simulatorLaunch,
  type CommandFunction,
  type RolloutOptions,
} from '../../runs/index.ts';
import { startSimulatorChild } from '../../processes/index.ts';
import { parseResetState } from '../evaluate/evaluate.ts';

interface ActionLine {
  readonly observation: number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** `softqd replay-actions`: open loop from given states, without guard and policy: the parity check. */
export const rolloutCommand: CommandFunction<RolloutOptions> = async (options, ui) => {
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
    const rollout = new Rollout(task, connection.client, robot.joints.length);
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
      play(createInterface({ input, crlfDelay: Infinity }), rollout, (line) => ui.event({ ...line })),
    ]);
    return ui.signal.aborted ? 130 : 0;
  } finally {
    await closer.close();
  }
};

async function play(lines: AsyncIterable<string>, rollout: Rollout, print: (line: ActionLine) => void): Promise<void> {
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const line = await rollout.take(text, number);
    if (line !== null) print(line);
  }
}

/** Steps a simulator open loop, in the robot's own units, unclipped. */
class Rollout {
  private readonly task: Task;
  private readonly client: SimulatorClient;
  private readonly joints: number;
  private before: Reading | null = null;
  private memory = new Float64Array(0);
  private stepsTaken = 0;
  private over = false;
  private sequence = 0;

  constructor(task: Task, client: SimulatorClient, joints: number) {
    this.task = task;
    this.client = client;
    this.joints = joints;
  }

  /** One JSON line of the actions file; null where it prints nothing. Throws E_USAGE naming the line. */
  async take(text: string, number: number): Promise<ActionLine | null> {
    const bad = (why: string): SoftqdError =>
      new SoftqdError('E_USAGE', `line ${number}: ${why}`, {
        hint: 'Lines are {"reset":{"qpos":[],"qvel":[]}} or {"action":[]}.',
      });
    let entry: { reset?: unknown; action?: unknown } | null;
    try {
      entry = JSON.parse(text) as typeof entry;
    } catch {
      throw bad('not JSON');
    }
    if (entry?.reset !== undefined) {
      const state = parseResetState(entry.reset);
      if (state === null) throw bad('a reset needs finite qpos and qvel');
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
      throw bad(`an action needs ${this.joints} finite numbers`);
    }
    if (this.before === null) throw bad('action before the first reset');
    return this.over ? null : this.step(this.before, Float64Array.from(action));
  }

  private async reset(state: ResetState): Promise<void> {
    this.before = await this.client.reset(state);
    this.memory = this.task.initialMemory(this.before, state) as Float64Array<ArrayBuffer>;
    this.stepsTaken = 0;
    this.over = false;
  }

  private async step(before: Reading, targets: Float64Array): Promise<ActionLine> {
    const after = await this.client.command(this.sequence++, targets);
    const step = { before, command: { targets }, after, memory: this.memory };
    const memory = this.task.nextMemory(step) as Float64Array<ArrayBuffer>;
    this.stepsTaken += 1;
    const terminated = this.task.terminated(after, memory);
    const line = {
      observation: [...this.task.observe(after, memory)],
      reward: this.task.reward(step, memory),
      terminated,
      truncated: this.task.truncated(this.stepsTaken),
    };
    this.before = after;
    this.memory = memory;
    this.over = terminated;
    return line;
  }
}
