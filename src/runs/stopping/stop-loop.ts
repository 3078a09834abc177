import { merge, of, Subscription } from 'rxjs';
import { NS_PER_S, type Cancel, type Clock } from '../../base/clock.ts';
import { SoftqdError, toSoftqdError } from '../../base/errors.ts';
import {
  controlLoop,
  realTimeTicks,
  type AppliedTick,
  type ClosedTick,
  type LoopState,
  type RobotComponents,
  type Tick,
} from '../../control/index.ts';
import type { Reading } from '../../robot/reading.ts';
import type { GuardMemory } from '../../safety/port.ts';
import { createLoopTicker } from '../loop-clock.ts';
import type { StopRequests } from '../stop-requests/index.ts';
import { canPark, isParked, NO_ACTIONS, parkSpeeds, restTask } from './rest-task.ts';

/** Where a control loop ended: the stop continues from there. */
export interface LoopEnd {
  readonly guard: GuardMemory;
  readonly reading: Reading;
}

export type StopPhase = 'parking' | 'stopping';

export interface StopLoopOptions {
  readonly robot: Pick<RobotComponents, 'driver' | 'guard'>;
  readonly clock: Clock;
  readonly stops: StopRequests;
  readonly end: LoopEnd;
  /** Go to the rest pose first, where the robot file has one. */
  readonly park: boolean;
  readonly onPhase: (phase: StopPhase) => void;
  readonly onTick: (tick: AppliedTick) => void;
}

/** Parking may take this long, and decelerating, s. */
const MAX_PARK_S = 5;
const MAX_DECELERATION_S = 1;

/**
 * The last part of a drive: optionally to the rest pose, then to a stop within the guard's limits. It continues the loop that ended, without
 * a pause between their commands, and ends at its deadline whatever the ticks do.
 */
export class StopLoop {
  /** Whether the rest pose was reached; null: there was none to go to. */
  parked: boolean | null = null;
  private readonly options: StopLoopOptions;
  private readonly rest: readonly number[] | null;
  private untilNs = Infinity;
  private phase: StopPhase;

  constructor(options: StopLoopOptions) {
    this.options = options;
    const { robot, park } = options;
    const { spec } = robot.driver;
    this.rest = park && canPark(spec) ? (spec.stop?.restPositionsRadOrM ?? null) : null;
    this.phase = this.rest === null ? 'stopping' : 'parking';
  }

  /**
   * Resolves when the robot is at rest, at the deadline, or at an emergency stop. Rejects with a fault of the guard or the driver; after one
   * at which the guard decelerates its `reason` tells why.
   */
  async run(): Promise<void> {
    const { clock } = this.options;
    this.enter(this.phase);
    const { applied$ } = this.loop();
    const subscription = new Subscription();
    let cancelTimer: Cancel = () => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        subscription.add(this.onEmergency(resolve));
        const deadlineNs =
          clock.nowNs() + ((this.phase === 'parking' ? MAX_PARK_S : 0) + MAX_DECELERATION_S) * NS_PER_S;
        cancelTimer = clock.setTimer(deadlineNs, resolve);
        subscription.add(
          applied$.subscribe({
            next: (tick) => this.options.onTick(tick),
            error: (thrown: unknown) => reject(toSoftqdError(thrown)),
            complete: resolve,
          }),
        );
      });
    } finally {
      cancelTimer();
      subscription.unsubscribe();
    }
  }

  private loop(): ReturnType<typeof controlLoop> {
    const { robot, clock, end } = this.options;
    const { driver, guard } = robot;
    const { spec } = driver;
    const rest = this.rest ?? [...end.reading.positions];
    const task = restTask(spec, rest, parkSpeeds(spec.joints, end.reading.positions, rest));
    return controlLoop({
      ticks$: merge(
        of(immediateTick(clock.nowNs())),
        realTimeTicks({
          ...{ ticker: createLoopTicker(clock), clock, periodNs: spec.controlPeriodS * NS_PER_S, drivers: [driver] },
        }),
      ),
      robots: [{ driver, guard, task, policy: NO_ACTIONS, mode: 'zero' }],
      initial: { nextSequence: 0, robots: [this.initialState()] },
      ...{ clock, sessionUuid: 'stop', maxReadingAgeNs: spec.readingMaxAgeS * NS_PER_S },
      barrier: (tick) => this.barrier(tick),
    });
  }

  /** The targets of position-controlled joints continue from those sent last. */
  private initialState(): LoopState['robots'][number] {
    const { robot, end } = this.options;
    const { previousTargets } = robot.guard.save(end.guard);
    const memory = Float64Array.from(previousTargets, (target, i) =>
      robot.driver.spec.joints[i]!.commandMode === 'position' ? target : end.reading.positions[i]!,
    );
    return { episode: 0, stepsTaken: 0, memory, guard: end.guard, reading: end.reading, pendingStep: null };
  }

  private barrier({ state, steps }: ClosedTick): LoopState | null {
    const { robot, clock, stops } = this.options;
    const { guard } = robot;
    if (guard.state === 'faulted') {
      throw guard.reason ?? new SoftqdError('E_SAFETY_FAULT', 'the guard stopped the robot');
    }
    if (stops.level === 'emergency') return null;
    if (this.phase === 'parking') {
      this.parked = isParked(this.rest!, steps[0]!.reading);
      const parks = !this.parked && stops.level !== 'stop' && guard.state === 'armed';
      if (parks && clock.nowNs() < this.untilNs) return state;
      this.enter('stopping');
    }
    const isOver = clock.nowNs() >= this.untilNs || guard.isAtRest(state.robots[0]!.guard);
    return isOver ? null : state;
  }

  private enter(phase: StopPhase): void {
    const { robot, clock, onPhase } = this.options;
    this.phase = phase;
    this.untilNs = clock.nowNs() + (phase === 'parking' ? MAX_PARK_S : MAX_DECELERATION_S) * NS_PER_S;
    if (phase === 'stopping') robot.guard.stop(null);
    onPhase(phase);
  }

  private onEmergency(end: () => void): () => void {
    return this.options.stops.handleEmergency(end);
  }
}

/** The first tick begins at once: the command before it is one period old. */
function immediateTick(nowNs: number): Tick {
  return { index: 0, deadlineNs: nowNs, wakeNs: nowNs, startNs: nowNs, skipped: 0 };
}
