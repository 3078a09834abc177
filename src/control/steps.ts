import { map, mergeMap, type OperatorFunction } from 'rxjs';
import type { Clock } from '../base/clock.ts';
import type { Applied, Command } from '../robot/command.ts';
import type { Reading } from '../robot/reading.ts';
import type { SafeCommand } from '../safety/port.ts';
import type { TickStep } from './close-steps.ts';
import type { RobotInstance } from './robot-instance.ts';
import type { Tick } from './ticks/tick.ts';

export interface Observed {
  readonly instance: RobotInstance;
  readonly tick: Tick;
  readonly reading: Reading;
  readonly stale: boolean;
  readonly observation: Float32Array;
}
export interface Acted extends Observed {
  readonly action: Float32Array;
}
export interface Commanded extends Acted {
  readonly command: Command;
}
export interface Guarded extends Commanded {
  readonly safeCommand: SafeCommand;
  /** When the guard looked: it compared this with the age of the reading. */
  readonly checkedNs: number;
}
export interface AppliedCommand extends Guarded {
  readonly applied: Applied;
}

/** reading -> observation, lane by lane. After a reset the lane's newest reading is the new episode's first one. */
export function observe(): OperatorFunction<readonly TickStep[], Observed> {
  return mergeMap((inputs) => inputs.map(observeOne));
}

function observeOne({ instance, tick, reading, stale, end }: TickStep): Observed {
  const current = end === null ? reading : (instance.latestReading ?? reading);
  const observation = Float32Array.from(instance.components.task.observe(current, instance.memory));
  return { instance, tick, reading: current, stale: end === null && stale, observation };
}

/** observation -> action in [-1, 1]^d. With a stale reading the policy is not asked: the guard will stop anyway. */
export function act(): OperatorFunction<Observed, Acted> {
  return map((seen) => {
    const { policy, task, mode } = seen.instance.components;
    const action = new Float32Array(task.spec.actionSize);
    if (!seen.stale) policy.act(seen.observation, action, mode);
    return { ...seen, action };
  });
}

/** action -> command in units. */
export function toCommand(): OperatorFunction<Acted, Commanded> {
  return map((acted) => {
    const { components, memory } = acted.instance;
    return { ...acted, command: components.task.toCommand(acted.action, acted.reading, memory) };
  });
}

/** command -> safe command with reasons. */
export function checkCommands(clock: Clock): OperatorFunction<Commanded, Guarded> {
  return map((asked) => {
    const checkedNs = clock.nowNs();
    return {
      ...asked,
      safeCommand: asked.instance.components.guard.check(asked.command, asked.reading, checkedNs),
      checkedNs,
    };
  });
}

/** safe command -> what was really sent, which opens the next step. */
export function applyCommands(): OperatorFunction<Guarded, AppliedCommand> {
  return map((guarded) => {
    const { instance, safeCommand, reading } = guarded;
    const { driver, task, policy } = instance.components;
    const policyVersion = policy.version;
    const timeNs = guarded.tick.startNs;
    const applied = driver.apply(safeCommand);
    if (!guarded.stale) {
      instance.pendingStep = {
        before: reading,
        observation: guarded.observation,
        proposedAction: guarded.action,
        appliedAction: task.toAction(applied.targets, reading, instance.memory),
        appliedTargets: applied.targets,
        reasonCodes: safeCommand.reasonCodes,
        policyVersion,
        timeNs,
      };
    }
    return { ...guarded, applied };
  });
}
