import { NS_PER_S } from '../base/clock.ts';
import type { Fault } from './fault-spec.ts';
import type { ScheduledFault } from './plant.ts';

/** Where a fault takes effect; every method is called in the course of `Plant.advance`. */
export interface FaultTargets {
  dead(index: number, dead: boolean): void;
  stuck(index: number, stuck: boolean): void;
  /** A second servo with the same id hangs on the bus. */
  duplicateId(index: number, connected: boolean): void;
  reboot(index: number, nowNs: number): void;
  overload(index: number): void;
  noise(steps: number): void;
  /** null: as before. */
  supply(volts: number | null): void;
  unplug(unplugged: boolean): void;
  /** Of a board: its emergency stop. */
  eStop?(pressed: boolean): void;
  /** Of a board; null: as before. */
  temperature?(celsius: number | null): void;
}

/** How long a plug stays out when the fault does not say. */
const UNPLUGGED_NS = 3 * NS_PER_S;

/** The faults that happen at a time (those of the line do not), from `startNs` on. `names`: of the servos, for the truth. */
export function scheduleFaults(
  faults: readonly Fault[],
  targets: FaultTargets,
  { startNs, ids }: { readonly startNs: number; readonly ids: readonly number[] },
): readonly ScheduledFault[] {
  const events: ScheduledFault[] = [];
  const plan = (fault: Fault, text: string, begin: (nowNs: number) => void, end: (() => void) | null): void => {
    events.push({ atNs: startNs + fault.fromNs, text, run: begin });
    if (end !== null && fault.untilNs < Infinity)
      events.push({ atNs: startNs + fault.untilNs, text: `${text} ends`, run: end });
  };
  for (const fault of faults) {
    switch (fault.kind) {
      case 'dead':
      case 'stuck':
      case 'duplicate-id': {
        const { kind, index } = fault;
        const method = kind === 'duplicate-id' ? 'duplicateId' : kind;
        const set = (on: boolean) => () => {
          targets[method](index, on);
        };
        plan(fault, `${kind}=${ids[index] ?? index}`, set(true), set(false));
        break;
      }
      case 'reboot':
      case 'overload': {
        const { kind, index } = fault;
        plan(fault, `${kind}=${ids[index] ?? index}`, (nowNs) => targets[kind](index, nowNs), null);
        break;
      }
      case 'noise':
        plan(
          fault,
          `noise=${fault.value}`,
          () => targets.noise(fault.value),
          () => targets.noise(0),
        );
        break;
      case 'supply':
        plan(
          fault,
          `supply=${fault.value}V`,
          () => targets.supply(fault.value),
          () => targets.supply(null),
        );
        break;
      case 'estop':
        plan(
          fault,
          'estop',
          () => targets.eStop?.(true),
          () => targets.eStop?.(false),
        );
        break;
      case 'temperature':
        plan(
          fault,
          `temperature=${fault.value}C`,
          () => targets.temperature?.(fault.value),
          () => targets.temperature?.(null),
        );
        break;
      case 'unplug': {
        const untilNs = fault.untilNs < Infinity ? fault.untilNs : fault.fromNs + UNPLUGGED_NS;
        plan(
          { ...fault, untilNs },
          'unplug',
          () => targets.unplug(true),
          () => targets.unplug(false),
        );
        break;
      }
      default:
        break;
    }
  }
  return events;
}
