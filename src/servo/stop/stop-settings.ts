import type { JointStop } from '../../robot/stop-plan.ts';
import type { RegisterSetting, ServoProtocol } from '../protocols/servo-protocol.ts';

/** What is known about one servo that is about to be stopped. */
export interface ServoStopState {
  /** Whether there is something to stop: torque is on, the windings are shorted, or torque is off. */
  readonly torque: 'on' | 'damp' | 'off';
  readonly positionSteps: number;
  /** Goal minus position at rest, in steps: the offset by which a position loop without integral gain carries its load. */
  readonly offsetSteps: number;
  /** Fraction of full PWM, 0 to 1. */
  readonly load: number;
  /** Range of the goal register. */
  readonly minimumSteps: number;
  readonly maximumSteps: number;
  /** Torque limit register of an armed servo. */
  readonly fullLimit: number;
  /** Joint travel per step, positive. */
  readonly radOrMPerStep: number;
}

/**
 * The largest offset of the goal that is kept: a holding joint moves this far, and an overshoot of at most 0.01 rad, when what it pushes
 * against goes away.
 */
const MAX_HOLD_OFFSET_RAD_OR_M = 0.04;
/** Torque limit of a holding servo, relative to the load that it carried. */
const LIMIT_PER_LOAD = 1.3;
/** The least torque limit of a holding servo, fraction of full PWM: friction and load change while it holds. */
const MIN_LIMIT_FRACTION = 0.15;

/**
 * The registers that stop one servo, in the order in which they are written; the bus watchdog is turned off first, because it would end a
 * hold, and rejects goals once it has triggered.
 *
 * - `hold`: goal := present position plus the offset that carries the load, at most 0.04 rad; torque limit := 1.3 times the load, at
 *   least 0.15 of full PWM. Nothing where the state is unknown, or torque is not on: a goal would turn it
 *   on.
 * - `damp`: nothing where torque is off.
 * - `torque-off`: always.
 */
export function stopSettings(
  protocol: ServoProtocol,
  { mode }: Pick<JointStop, 'mode'>,
  state: ServoStopState | null,
): readonly RegisterSetting[] {
  const { stop, watchdog } = protocol;
  const watchdogOff: readonly RegisterSetting[] = watchdog === null ? [] : [[watchdog.register, watchdog.off]];
  switch (mode) {
    case 'hold':
      return state?.torque === 'on' ? [...watchdogOff, ...holdSettings(protocol, state)] : [];
    case 'damp':
      return state?.torque === 'off' ? [] : [...watchdogOff, ...stop.damp];
    case 'torque-off':
      return [...watchdogOff, ...stop['torque-off']];
  }
}

function holdSettings({ torqueLimit: { register, full } }: ServoProtocol, state: ServoStopState): RegisterSetting[] {
  const limit = Math.max(LIMIT_PER_LOAD * state.load, MIN_LIMIT_FRACTION) * full;
  return [
    ['goalPosition', holdGoal(state)],
    [register, Math.min(state.fullLimit, Math.ceil(limit))],
  ];
}

/** Where an armed joint was going when it was measured. */
export interface JointMotion {
  readonly goalSteps: number;
  readonly stepsPerS: number;
}

/**
 * The state `aheadS` later when no command follows: the joint continues at its speed toward its goal, no further than to where it would rest.
 * A joint that stands still or moves away from its goal (an obstruction, a load) stays.
 */
export function stateAhead(
  state: ServoStopState,
  { goalSteps, stepsPerS }: JointMotion,
  aheadS: number,
): ServoStopState {
  const leftSteps = goalSteps - holdGoal(state);
  const movedSteps = stepsPerS * aheadS;
  if (leftSteps * movedSteps <= 0) return state;
  const traveledSteps = Math.sign(leftSteps) * Math.min(Math.abs(leftSteps), Math.abs(movedSteps));
  return { ...state, positionSteps: state.positionSteps + Math.round(traveledSteps) };
}

/** The goal of a holding servo, in steps: never further from the present position than MAX_HOLD_OFFSET_RAD_OR_M. */
export function holdGoal(state: ServoStopState): number {
  const { positionSteps, offsetSteps, minimumSteps, maximumSteps, radOrMPerStep } = state;
  const most = Math.floor(MAX_HOLD_OFFSET_RAD_OR_M / radOrMPerStep);
  const offset = Math.max(-most, Math.min(most, Math.round(offsetSteps)));
  return Math.max(minimumSteps, Math.min(maximumSteps, positionSteps + offset));
}
