/** What a task asks of the robot: one target a joint, in the unit of the joint's commandMode (rad or m, rad/s or m/s, N m or N). */
export interface Command {
  readonly targets: Float64Array;
}

/** What was really sent to the motors, as the body reports it. */
export interface Applied {
  readonly sequence: number;
  readonly targets: Float64Array;
}

/** Actions live on a grid of 2^-23 in [-1, 1], so that action -> command -> action is the identity whatever offset and scale lie between. */
const ACTION_GRID = 8388608;

/** The nearest action on the grid; NaN and infinity pass unchanged so that the guard sees them. */
export function quantizeAction(action: number): number {
  // + 0 turns -0 into 0, which no offset would give back.
  return Math.round(action * ACTION_GRID) / ACTION_GRID + 0;
}

/** quantizeAction for every element, in place: no number goes through a call, where JavaScript would box it. */
export function quantizeActions(actions: Float32Array): void {
  for (let i = 0; i < actions.length; i++) actions[i] = Math.round(actions[i]! * ACTION_GRID) / ACTION_GRID + 0;
}
