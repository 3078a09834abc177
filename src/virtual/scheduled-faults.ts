import { NS_PER_S } from '../base/clock.ts';
import type { Fault } from './fault-spec.ts';
import type { ScheduledFault } from './plant.ts';

/** Receives the faults of a device; every method is called during `Plant.advance`. */
export interface FaultTargets {
  dead(index: number, dead: boolean): void;
  stuck(index: number, stuck: boolean): void;
  /** A second servo with the same ID is connected to the bus. */
  duplicateId(index: number, connected: boolean): void;
  reboot(index: number, nowNs: number): void;
  overload(index: number): void;
  noise(steps: number): void;
  /** null: nominal. */
  supply(volts: number | null): void;
  unplug(unplugged: boolean): void;
  /** Boards only. */
  eStop?(pressed: boolean): void;
  /** Of all motors of a board; null: nominal. */
  temperature?(celsius: number | null): void;
  /** Of one servo; null: what its physics gives. */
  motorTemperature?(index: number, celsius: number | null): void;
  /** Load that one servo measures, fraction of its maximum; null: what its physics gives. */
  load?(index: number, fraction: number | null): void;
}

/** Duration of `unplug` without one of its own. */
const UNPLUGGED_NS = 3 * NS_PER_S;

interface FaultEffect {
  /** For the ground truth. */
  readonly text: string;
  readonly begin: (nowNs: number) => void;
  /** null: the fault has no duration. */
  readonly end: (() => void) | null;
}

/** The faults that start at a time (those of the transport do not), from `startNs` on. `ids`: of the servos, for the ground truth. */
export function scheduleFaults(
  faults: readonly Fault[],
  targets: FaultTargets,
  { startNs, ids }: { readonly startNs: number; readonly ids: readonly number[] },
): readonly ScheduledFault[] {
  return faults.flatMap((fault) => {
    const effect = effectOf(fault, targets, ids);
    if (effect === null) return [];
    const { text, begin, end } = effect;
    const events: ScheduledFault[] = [{ atNs: startNs + fault.fromNs, text, run: begin }];
    const untilNs = fault.kind === 'unplug' && fault.untilNs === Infinity ? fault.fromNs + UNPLUGGED_NS : fault.untilNs;
    if (end !== null && untilNs < Infinity) events.push({ atNs: startNs + untilNs, text: `${text} ends`, run: end });
    return events;
  });
}

function effectOf(fault: Fault, targets: FaultTargets, ids: readonly number[]): FaultEffect | null {
  switch (fault.kind) {
    case 'dead':
    case 'stuck':
    case 'duplicate-id': {
      const { kind, index } = fault;
      const method = kind === 'duplicate-id' ? 'duplicateId' : kind;
      return switched(`${kind}=${ids[index] ?? index}`, (on) => targets[method](index, on));
    }
    case 'reboot':
    case 'overload': {
      const { kind, index } = fault;
      return { text: `${kind}=${ids[index] ?? index}`, begin: (nowNs) => targets[kind](index, nowNs), end: null };
    }
    case 'noise':
      return switched(`noise=${fault.value}`, (on) => targets.noise(on ? fault.value : 0));
    case 'supply':
      return switched(`supply=${fault.value}V`, (on) => targets.supply(on ? fault.value : null));
    case 'estop':
      return switched('estop', (on) => targets.eStop?.(on));
    case 'temperature':
      return switched(`temperature=${fault.value}C`, (on) => targets.temperature?.(on ? fault.value : null));
    case 'motor-temperature': {
      const { index, value } = fault;
      const text = `temperature=${ids[index] ?? index}:${value}C`;
      return switched(text, (on) => targets.motorTemperature?.(index, on ? value : null));
    }
    case 'load': {
      const { index, value } = fault;
      return switched(`load=${ids[index] ?? index}:${value}`, (on) => targets.load?.(index, on ? value : null));
    }
    case 'unplug':
      return switched('unplug', (on) => targets.unplug(on));
    default:
      return null;
  }
}

function switched(text: string, set: (on: boolean) => void): FaultEffect {
  return { text, begin: () => set(true), end: () => set(false) };
}
