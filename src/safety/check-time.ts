import { NS_PER_S } from '../base/clock.ts';
import { SoftqdError } from '../base/errors.ts';
import type { RobotSpec } from '../robot/robot-spec.ts';

/** A command moves for at most this many periods: after a longer pause the joint has come to rest. */
const MAX_PERIODS = 2;
/** A measured time this close to the period, relative to it, is the period: simulated time is a sum with rounding. */
const PERIOD_TOLERANCE = 1e-6;

/** The time for which a command may move, s: measured, between 0 (time that stands still or goes backwards) and MAX_PERIODS. */
export function elapsedS(previousNs: number | null, nowNs: number, periodS: number): number {
  if (previousNs === null) return periodS;
  const measuredS = (nowNs - previousNs) / NS_PER_S;
  if (!(measuredS > 0)) return 0;
  if (Math.abs(measuredS - periodS) <= PERIOD_TOLERANCE * periodS) return periodS;
  return Math.min(measuredS, MAX_PERIODS * periodS);
}

/** Whether a command was not renewed for more than MAX_PERIODS. */
export function isPause(previousNs: number | null, nowNs: number, periodS: number): boolean {
  return previousNs !== null && nowNs - previousNs > MAX_PERIODS * periodS * NS_PER_S * (1 + PERIOD_TOLERANCE);
}

/** Time of the last check, ns. */
export function latest(previousNs: number | null, nowNs: number): number | null {
  if (!Number.isFinite(nowNs)) return previousNs;
  return previousNs === null ? nowNs : Math.max(previousNs, nowNs);
}

/**
 * E_CONTROL_PAUSED after `pauseStopNs` without a check, else null: the robot was not controlled, so that it is not moved on from wherever
 * it is by now.
 */
export function pauseError(
  { robot, pauseStopNs }: { readonly robot: RobotSpec; readonly pauseStopNs: number },
  checkedNs: number | null,
  nowNs: number,
): SoftqdError | null {
  if (checkedNs === null || !(nowNs - checkedNs >= pauseStopNs)) return null;
  const pausedS = Number(((nowNs - checkedNs) / NS_PER_S).toFixed(3));
  return new SoftqdError('E_CONTROL_PAUSED', `${robot.name}: the control loop stood still for ${pausedS} s`, {
    values: { robot: robot.name, pausedS },
  });
}
