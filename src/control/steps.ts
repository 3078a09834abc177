import { map, mergeMap, type OperatorFunction } from 'rxjs';
import type { Clock } from '../base/clock.ts';
import type { Applied, Command } from '../robot/command.ts';
import type { Reading } from '../robot/reading.ts';
import type { SafeCommand } from '../safety/port.ts';
import type { ClosedLook } from './close-steps.ts';
import type { Lane } from './robot-instance.ts';
import type { Tick } from './ticks/tick.ts';

export interface Observed {
  readonly lane: Lane;
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
export interface Sent extends Guarded {
  readonly applied: Applied;
}

/** reading -> observation, lane by lane. After a reset the lane's newest reading is the new episode's first one. */
export function observe(): OperatorFunction<readonly ClosedLook[], Observed> {
  return mergeMap((round) => round.map(observeOne));
}

function observeOne({ lane, tick, reading, stale, end }: ClosedLook): Observed {
  const current = end === null ? reading : (lane.newest ?? reading);
  const observation = Float32Array.from(lane.rooms.task.observe(current, lane.memory));
  return { lane, tick, reading: current, stale: end === null && stale, observation };
}

/** observation -> action in [-1, 1]^d. With a stale reading the policy is not asked: the guard will stop anyway. */
export function act(): OperatorFunction<Observed, Acted> {
  return map((seen) => {
    const { policy, task, mode } = seen.lane.rooms;
    const action = new Float32Array(task.spec.actionSize);
    if (!seen.stale) policy.act(seen.observation, action, mode);
    return { ...seen, action };
  });
}

/** action -> command in units. */
export function toCommand(): OperatorFunction<Acted, Commanded> {
  return map((acted) => {
    const { rooms, memory } = acted.lane;
    return { ...acted, command: rooms.task.toCommand(acted.action, acted.reading, memory) };
  });
}

/** command -> safe command with reasons. */
export function guardWith(clock: Clock): OperatorFunction<Commanded, Guarded> {
  return map((asked) => {
    const checkedNs = clock.nowNs();
    return { ...asked, safeCommand: asked.lane.rooms.guard.check(asked.command, asked.reading, checkedNs), checkedNs };
  });
}

/** safe command -> what was really sent, which opens the next step. */
export function applyTo(): OperatorFunction<Guarded, Sent> {
  return map((guarded) => {
    const { lane, safeCommand, reading } = guarded;
    const { body, task, policy } = lane.rooms;
    const policyVersion = policy.version;
    const timeNs = guarded.tick.startNs;
    const applied = body.apply(safeCommand);
    if (!guarded.stale) {
      lane.open = {
        before: reading,
        observation: guarded.observation,
        proposedAction: guarded.action,
        appliedAction: task.toAction(applied.targets, reading, lane.memory),
        appliedTargets: applied.targets,
        reasonCodes: safeCommand.reasonCodes,
        policyVersion,
        timeNs,
      };
    }
    return { ...guarded, applied };
  });
}
