import type { RobotSpec } from './robot-spec.ts';

/** Steps of one turn of a servo. */
const STEPS_PER_TURN = 4096;
/** A joint with fewer steps between its ends was not moved while it was calibrated. */
const MIN_RANGE_STEPS = 200;
/**
 * A measured range outside these fractions of the robot file's is of another joint or another arm. A turn (0 to 4095, as LeRobot stores for
 * joints that it does not measure) passes for a joint with more than 210 degrees.
 */
const MIN_RANGE_FRACTION = 0.4;
const MAX_RANGE_FRACTION = 1.75;

/** Steps of the robot file's range of a joint; null without position limits or servos. */
export function statedRangeSteps(robot: RobotSpec, joint: number): number | null {
  const { minPositionRadOrM: low, maxPositionRadOrM: high } = robot.joints[joint]!.limits;
  const servo = robot.servoBus?.servos[joint];
  if (low === undefined || high === undefined || servo === undefined) return null;
  return ((high - low) / servo.travelPerTurnRadOrM) * STEPS_PER_TURN;
}

/** What is wrong with the range of a joint's servo, or null: not within a turn, too short, or far from the robot file's. */
export function rangeProblem(
  robot: RobotSpec,
  joint: number,
  { minimumSteps, maximumSteps }: { readonly minimumSteps: number; readonly maximumSteps: number },
): string | null {
  const range = `range ${minimumSteps} to ${maximumSteps}`;
  if (minimumSteps >= maximumSteps || minimumSteps < 0 || maximumSteps >= STEPS_PER_TURN)
    return `${range} is not within 0 to ${STEPS_PER_TURN - 1}`;
  const steps = maximumSteps - minimumSteps;
  const stated = statedRangeSteps(robot, joint) ?? steps;
  if (steps < Math.min(MIN_RANGE_STEPS, stated / 2)) return `${range} has only ${steps} steps: the joint was not moved`;
  const fraction = steps / stated;
  if (fraction >= MIN_RANGE_FRACTION && fraction <= MAX_RANGE_FRACTION) return null;
  return `${range} is ${Math.round(100 * fraction)} % of the ${Math.round(stated)} steps of the robot file's position limits`;
}
