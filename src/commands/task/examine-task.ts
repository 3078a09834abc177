import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import { firstNonFinite } from '../../base/finite.ts';
import { XoshiroRandom } from '../../base/random.ts';
import { quantizeAction } from '../../robot/command.ts';
import type { Reading } from '../../robot/reading.ts';
import type { Task, TaskMemory } from '../../task/port.ts';
import type { RobotReadings } from './robot-readings.ts';
import type { TaskCheck } from './types.ts';

const SEED = 1;
const EPISODES = 2;
const STEPS_PER_EPISODE = 100;
/** A task may use this part of the control period; the rest is for policy, guard, driver and log. */
const PERIOD_FRACTION = 0.1;
const CHECKS = ['initial states', 'shapes', 'finite', 'pure', 'arguments', 'round trip', 'time'] as const;

export interface Examination {
  readonly checks: readonly TaskCheck[];
  readonly steps: number;
  readonly stepUs: { readonly median: number; readonly p99: number };
  /** What the task threw; null: nothing. */
  readonly thrown: SoftqdError | null;
}

/** Calls a function of the task; `given` are its arguments. */
type Call = <T>(name: string, given: readonly unknown[], call: () => T) => T;

interface Timing {
  readonly controlPeriodS: number;
  /** A monotonic clock. */
  readonly nowMs: () => number;
}

/** Runs a task over episodes of random actions, twice, and says which properties of a task it lacks. */
export class TaskExaminer {
  /** The first problem of each check. */
  private readonly problems = new Map<TaskCheck['name'], string>();
  /** Of each step of the second round. */
  private readonly timesUs: number[] = [];
  private steps = 0;
  private readonly task: Task;
  private readonly readings: RobotReadings;
  private readonly timing: Timing;
  /** What the task returned in the first round, in order. */
  private readonly returned: string[] = [];
  private repeated = 0;
  private spentMs = 0;

  constructor(task: Task, readings: RobotReadings, timing: Timing) {
    this.task = task;
    this.readings = readings;
    this.timing = timing;
  }

  /** The whole examination. */
  examine(): Examination {
    try {
      this.round((name, given, call) => this.calledTwice(name, given, call));
      this.steps = 0;
      this.round((name, _given, call) => this.repeatedCall(name, call));
    } catch (thrown) {
      return this.result(toSoftqdError(thrown));
    }
    return this.result(null);
  }

  /** The examination so far, where a function of the task does not return: `stuck` says which one. */
  interrupted(stuck: SoftqdError): Examination {
    this.fail('time', stuck.message);
    const { code, message, hint, values } = stuck;
    return this.result(new SoftqdError(code, message, { hint, values: { ...values, check: 'time' } }));
  }

  private result(thrown: SoftqdError | null): Examination {
    const times = this.timesUs.toSorted((a, b) => a - b);
    const quantile = (part: number): number => times[Math.floor(part * (times.length - 1))] ?? 0;
    const stepUs = { median: quantile(0.5), p99: quantile(0.99) };
    const allowedUs = 1e6 * PERIOD_FRACTION * this.timing.controlPeriodS;
    if (stepUs.median > allowedUs)
      this.fail('time', `a step takes ${Math.round(stepUs.median)} us, allowed are ${allowedUs}`);
    const checks = CHECKS.map((name) => ({ name, problem: this.problems.get(name) ?? null }));
    // What is not over has passed no check.
    if (thrown !== null)
      return { checks: checks.filter(({ problem }) => problem !== null), steps: this.steps, stepUs, thrown };
    return { checks, steps: this.steps, stepUs, thrown };
  }

  private fail(check: TaskCheck['name'], problem: string): void {
    if (!this.problems.has(check)) this.problems.set(check, problem);
  }

  private calledTwice<T>(name: string, given: readonly unknown[], call: () => T): T {
    const before = textOf(given);
    const result = call();
    const text = textOf(result);
    if (textOf(call()) !== text) this.fail('pure', `${name} returned another value for the same arguments`);
    if (textOf(given) !== before) this.fail('arguments', `${name} changed its arguments`);
    this.returned.push(text);
    return result;
  }

  private repeatedCall<T>(name: string, call: () => T): T {
    const startMs = this.timing.nowMs();
    const result = call();
    this.spentMs += this.timing.nowMs() - startMs;
    if (textOf(result) !== this.returned[this.repeated++])
      this.fail('pure', `${name} returned another value when the episode was repeated`);
    return result;
  }

  private round(call: Call): void {
    for (let episode = 0; episode < EPISODES; episode++) this.episode(SEED + episode, call);
  }

  private episode(seed: number, call: Call): void {
    const { task, readings } = this;
    const random = new XoshiroRandom(seed).fork('actions');
    const state = call('sampleInitialState', [], () => task.sampleInitialState(new XoshiroRandom(seed)));
    let reading: Reading;
    try {
      reading = readings.reset(state);
    } catch (thrown) {
      this.fail('initial states', toSoftqdError(thrown).message);
      return;
    }
    let memory = call('initialMemory', [reading, state], () => task.initialMemory(reading, state));
    for (let step = 1; step <= STEPS_PER_EPISODE; step++) {
      const end = this.step({ reading, memory, random }, call);
      if (end.terminated || task.truncated(step)) return;
      ({ reading, memory } = end);
    }
  }

  private step(
    {
      reading,
      memory,
      random,
    }: { readonly reading: Reading; readonly memory: TaskMemory; readonly random: XoshiroRandom },
    call: Call,
  ): { readonly reading: Reading; readonly memory: TaskMemory; readonly terminated: boolean } {
    const { task } = this;
    this.spentMs = 0;
    const observation = call('observe', [reading, memory], () => task.observe(reading, memory));
    this.numbers('observe', observation, task.spec.observationNames.length);
    const action = Float32Array.from({ length: task.spec.actionSize }, () => quantizeAction(2 * random.uniform() - 1));
    const command = call('toCommand', [action, reading, memory], () => task.toCommand(action, reading, memory));
    const back = call('toAction', [command, reading, memory], () => task.toAction(command.targets, reading, memory));
    if (textOf(back) !== textOf(action))
      this.fail('round trip', `toAction(toCommand(action)) is ${textOf(back)}, action was ${textOf(action)}`);
    const after = this.readings.step(command.targets);
    const taken = { before: reading, command, after, memory };
    const next = call('nextMemory', [taken], () => task.nextMemory(taken));
    this.numbers('nextMemory', next, memory.length);
    const reward = call('reward', [taken, next], () => task.reward(taken, next));
    if (!Number.isFinite(reward)) this.fail('finite', `reward returned ${reward}`);
    const terminated = call('terminated', [after, next], () => task.terminated(after, next));
    call('outcome', [next, terminated], () => task.outcome?.(next, terminated));
    if (this.spentMs > 0) this.timesUs.push(1000 * this.spentMs);
    this.steps++;
    return { reading: after, memory: next, terminated };
  }

  private numbers(name: string, values: ArrayLike<number>, size: number): void {
    if (values.length !== size) this.fail('shapes', `${name} returned ${values.length} values, expected ${size}`);
    const index = firstNonFinite(values);
    if (index >= 0) this.fail('finite', `${name} returned ${String(values[index])} at index ${index}`);
  }
}

/** Equal for equal values; every bit of a number counts, but for the sign of 0. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (ArrayBuffer.isView(part)) return Array.from(part as Float64Array, String);
    if (part instanceof Map) return [...part];
    return typeof part === 'number' ? String(part) : part;
  });
}
