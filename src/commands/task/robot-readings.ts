import { XoshiroRandom } from '../../base/random.ts';
import { jointRange } from '../../robot/joint-range.ts';
import type { Reading, ResetState } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { createWorld } from '../../simulator/index.ts';

/** Readings of a robot that follow from its commands, the same for the same calls. */
export interface RobotReadings {
  readonly source: 'simulated' | 'random';
  reset(state: ResetState): Reading;
  step(targets: Float64Array): Reading;
  dispose(): void;
}

/** The robot's own world; for a robot without one, random readings of the right shape. Throws E_ROBOT_FILE. */
export async function openReadings(robot: RobotSpec, directory: string): Promise<RobotReadings> {
  if (robot.world === undefined) return randomReadings(robot);
  const world = await createWorld(robot, directory);
  return {
    source: 'simulated',
    reset(state) {
      world.reset(state);
      return world.reading();
    },
    step(targets) {
      world.step(targets);
      return world.reading();
    },
    dispose: () => world.dispose(),
  };
}

function randomReadings(robot: RobotSpec): RobotReadings {
  let random = new XoshiroRandom(1);
  let sequence = 0;
  const next = (): Reading => {
    sequence++;
    const values = (size: number): Float64Array => Float64Array.from({ length: size }, () => random.normal());
    const positions = Float64Array.from(robot.joints, (joint) => {
      const { min, max } = jointRange(joint) ?? { min: -1, max: 1 };
      return min + (max - min) * random.uniform();
    });
    return {
      sequence,
      arrivalNs: Math.round(1e9 * sequence * robot.controlPeriodS),
      deviceTimeS: sequence * robot.controlPeriodS,
      positions,
      velocities: values(robot.joints.length),
      efforts: values(robot.joints.length),
      sensors: new Map(robot.sensors.map(({ name, size }) => [name, values(size)])),
    };
  };
  return {
    source: 'random',
    reset() {
      random = new XoshiroRandom(1);
      sequence = 0;
      return next();
    },
    step: () => next(),
    dispose: () => undefined,
  };
}
