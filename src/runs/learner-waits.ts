/** The most steps by which a learner lags behind that is not waited for earlier. */
const MAX_LAG_STEPS = 1000;

/** Whether a multiple of `every` (0: none) lies within the newest `newSteps` of `steps`. */
export function crossesMultiple(every: number, steps: number, newSteps: number): boolean {
  return every > 0 && Math.floor(steps / every) > Math.floor((steps - newSteps) / every);
}

/**
 * Whether a lock-step run waits for its learner after `steps`, of which `newSteps` belong to the newest tick: where the policy may change and
 * where the learner reports. In between it lags behind.
 */
export function waitsForLearner(
  { policySyncSteps, metricsEverySteps }: { readonly policySyncSteps: number; readonly metricsEverySteps: number },
  steps: number,
  newSteps: number,
): boolean {
  return [policySyncSteps, metricsEverySteps, MAX_LAG_STEPS].some((every) => crossesMultiple(every, steps, newSteps));
}
