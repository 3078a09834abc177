/** A command of a task: one target per joint, in the unit of the joint's commandMode (rad or m, rad/s or m/s, N m or N). */
export interface Command {
  readonly targets: Float64Array;
}

/** The command that was actually sent to the motors, as reported by the driver. */
export interface Applied {
  readonly sequence: number;
  readonly targets: Float64Array;
}

/** Actions are multiples of 2^-23 in [-1, 1], so that action -> command -> action is the identity for any offset and scale. */
const ACTION_GRID = 8388608;

/** The nearest action on the grid; NaN and infinity pass unchanged so that the guard rejects them. */
export function quantizeAction(action: number): number {
  // + 0 turns -0 into 0, which no offset reproduces.
  return Math.round(action * ACTION_GRID) / ACTION_GRID + 0;
}

/** quantizeAction for every element, in place: without a call per number, in which JavaScript would box it. */
export function quantizeActions(actions: Float32Array): void {
  for (let i = 0; i < actions.length; i++) actions[i] = Math.round(actions[i]! * ACTION_GRID) / ACTION_GRID + 0;
}
