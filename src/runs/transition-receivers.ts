import type { ClosedTick } from '../control/index.ts';
import type { TransitionLog } from '../experience/index.ts';
import type { LearningSession } from './learning-session.ts';
import type { MetricsLog } from './metrics-log.ts';

/** Appends the transitions of a tick, and the joint states, to the log. */
export function logTransitions(log: TransitionLog, metricsLog: MetricsLog): (tick: ClosedTick) => void {
  return ({ tick, steps }) => {
    for (const { transition, reading } of steps) {
      if (transition === null) continue;
      log.append(transition);
      metricsLog.jointStates(tick.startNs, reading);
    }
  };
}

/** Sends the transitions of a tick to the learner. */
export function sendToLearner(session: Pick<LearningSession, 'append'>): (tick: ClosedTick) => void {
  return ({ steps }) => {
    for (const { transition } of steps) if (transition !== null) session.append(transition);
  };
}
