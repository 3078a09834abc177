import type { LoopState, RobotState } from '../../src/control/index.ts';

type PendingStep = NonNullable<RobotState['pendingStep']>;

/** The state of a one-robot loop whose action 0.5 (1 N m) waits for its reading, after `stepsTaken` steps. */
export function withPendingStep(state: LoopState, stepsTaken: number, parts: Partial<PendingStep> = {}): LoopState {
  const robot = state.robots[0]!;
  const pendingStep = {
    before: robot.reading,
    observation: Float32Array.of(1, 0, 0),
    proposedAction: Float32Array.of(0.5),
    appliedAction: Float32Array.of(0.5),
    appliedTargets: Float64Array.of(1),
    reasonCodes: [],
    policyVersion: 1,
    timeNs: 0,
    ...parts,
  };
  return { ...state, robots: [{ ...robot, stepsTaken, pendingStep }] };
}
