import type { CompiledModule } from '../../base/compiled-module.ts';
import { SoftqdError } from '../../base/errors.ts';
import { firstNonFinite } from '../../base/finite.ts';
import type { ResetState } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { behaviorTask } from '../behavior-task.ts';
import type { Task } from '../port.ts';
import { requireSensors } from '../sensors.ts';
import { readParameters, type TaskSettings } from '../settings.ts';
import { checkedDefinition } from './checked-definition.ts';
import type { TaskBehavior } from './define-task.ts';
import { evaluateModule, type CallModule } from './evaluate-module-adapter.ts';

/**
 * The task that a module of the user defines. What the module returns is checked in every call. Throws E_TASK_MODULE (with the place in
 * the user's file where the module threw), E_CONFIG_UNKNOWN_KEY and E_CONFIG_VALUE for parameters, E_TASK_SENSOR_MISSING.
 */
export function createModuleTask(robot: RobotSpec, settings: TaskSettings, module: CompiledModule): Task {
  const { defaultExport, call } = evaluateModule(module);
  const { parameters: defined, sensors, actions, create } = checkedDefinition(module.file, defaultExport);
  const parameters = readParameters(settings, defined);
  requireSensors(
    robot,
    settings,
    Object.entries(sensors).map(([name, minSize]) => ({ name, minSize })),
  );
  const given = call('create', () => create({ robot, parameters, horizon: settings.horizon }));
  const behavior = checkedBehavior(given, new ReturnCheck(module.file), call);
  return behaviorTask(robot, settings, { behavior, actions, requiredSensors: Object.keys(sensors) });
}

/** The behavior with every call placed in the user's file, and every returned value checked. */
function checkedBehavior(given: TaskBehavior, check: ReturnCheck, call: CallModule): TaskBehavior {
  check.shape(given);
  const size = given.observationNames.length;
  let memorySize: number | null = null;
  const memory = (what: string, given: unknown): ArrayLike<number> => {
    const values = check.numbers(what, given, memorySize);
    memorySize ??= values.length;
    return values;
  };
  return {
    observationNames: given.observationNames,
    observe: (reading, own) =>
      check.numbers(
        'observe',
        call('observe', () => given.observe(reading, own)),
        size,
      ),
    reward: (step, next) =>
      check.number(
        'reward',
        call('reward', () => given.reward(step, next)),
      ),
    ...(given.sampleInitialState && {
      sampleInitialState: (random) => check.state(call('sampleInitialState', () => given.sampleInitialState!(random))),
    }),
    ...(given.initialMemory && {
      initialMemory: (reading, state) =>
        memory(
          'initialMemory',
          call('initialMemory', () => given.initialMemory!(reading, state)),
        ),
    }),
    ...(given.nextMemory && {
      nextMemory: (step) =>
        memory(
          'nextMemory',
          call('nextMemory', () => given.nextMemory!(step)),
        ),
    }),
    ...(given.terminated && {
      terminated: (after, next) =>
        check.flag(
          'terminated',
          call('terminated', () => given.terminated!(after, next)),
        ),
    }),
    ...(given.outcome && {
      outcome: (own, terminated) => check.word(call('outcome', () => given.outcome!(own, terminated))),
    }),
  };
}

/** Rejects what a behavior must not return: E_TASK_MODULE names the file, the function and the value. */
class ReturnCheck {
  private readonly file: string;

  constructor(file: string) {
    this.file = file;
  }

  shape({ observationNames, observe, reward }: Partial<TaskBehavior> = {}): void {
    const named = Array.isArray(observationNames) && observationNames.every((name) => typeof name === 'string');
    if (!named) throw this.error('create', 'returned no observationNames: a list of texts');
    if (new Set(observationNames).size < observationNames.length) throw this.error('create', 'repeats a name');
    if (typeof observe !== 'function' || typeof reward !== 'function')
      throw this.error('create', 'returned no functions observe and reward');
  }

  /** `size` null: of any length. */
  numbers(what: string, given: unknown, size: number | null): ArrayLike<number> {
    const values = given as Partial<ArrayLike<number>> | null | undefined;
    const length = values?.length;
    if (length === undefined || typeof values === 'string') throw this.error(what, 'returned no list of numbers');
    if (size !== null && length !== size) throw this.error(what, `returned ${length} values, expected ${size}`);
    const list = values as ArrayLike<number>;
    const index = firstNonFinite(list);
    if (index >= 0) throw this.error(what, `returned ${String(list[index])} at index ${index}`);
    return list;
  }

  number(what: string, value: number): number {
    if (Number.isFinite(value)) return value;
    throw this.error(what, `returned ${String(value)}, not a finite number`);
  }

  flag(what: string, value: boolean): boolean {
    if (typeof value === 'boolean') return value;
    throw this.error(what, `returned ${String(value)}, not true or false`);
  }

  word(value: string | null): string | null {
    if (value === null || (typeof value === 'string' && value !== '')) return value;
    throw this.error('outcome', `returned ${JSON.stringify(value)}, neither a word nor null`);
  }

  state(given: unknown): ResetState {
    const state = given as Partial<ResetState> | null | undefined;
    const list = (values: unknown): Float64Array => Float64Array.from(this.numbers('sampleInitialState', values, null));
    const memory = state?.memory === undefined ? {} : { memory: list(state.memory) };
    return { qpos: list(state?.qpos), qvel: list(state?.qvel), ...memory };
  }

  private error(what: string, problem: string): SoftqdError {
    return new SoftqdError('E_TASK_MODULE', `${this.file}: ${what} ${problem}`, {
      values: { file: this.file, function: what },
    });
  }
}
