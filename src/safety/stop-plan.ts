import type { RobotSpec, StopMode, StopSpec } from '../robot/robot-spec.ts';
import type { StopPlan } from '../robot/stop-plan.ts';

/** Where the robot file states nothing: hold for five minutes, then damp. A joint under load is never released by default. */
export const DEFAULT_STOP: StopSpec = { holdS: 300, then: 'damp', maxHoldTemperatureC: 60, restPositionsRadOrM: null };

/** The stop plan of a robot file; `mode` replaces the stop mode of every joint, as for `torque-off`. Pure. */
export function stopPlan(robot: Pick<RobotSpec, 'name' | 'joints' | 'stop'>, mode?: StopMode): StopPlan {
  const { holdS, then, maxHoldTemperatureC } = robot.stop ?? DEFAULT_STOP;
  return {
    robot: robot.name,
    joints: robot.joints.map(({ name, stopMode }) => {
      const own = mode ?? stopMode;
      const holds = own === 'hold';
      return { joint: name, mode: own, holdS: holds ? holdS : 0, then: holds ? then : own, maxHoldTemperatureC };
    }),
  };
}
