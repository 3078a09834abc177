import { SoftqdError } from '../base/errors.ts';
import type { Vector3 } from './kinematics-spec.ts';
import { rotationAbout, rotationOfRpy, times, timesVector, type Matrix3 } from './rotation.ts';
import type { RobotSpec } from './robot-spec.ts';

/** Where a chain's points are, given all joint positions of the robot (rad or m, in the order of RobotSpec.joints). */
export interface ForwardKinematics {
  /** The tip in the base frame, metres, a new array of x, y, z. NaN in, NaN out. */
  readonly tip: (positions: ArrayLike<number>) => Float64Array;
  /** Every joint of the chain from the base outwards, then the tip: x, y, z each, metres, a new array. */
  readonly points: (positions: ArrayLike<number>) => Float64Array;
}

/** Throws E_ROBOT_FILE when the robot file states no kinematics. */
export function forwardKinematics(robot: RobotSpec): ForwardKinematics {
  const { kinematics } = robot;
  if (kinematics === undefined) {
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: the robot file states no kinematics, its tip is not known`, {
      values: { robot: robot.name, key: 'robot.kinematics' },
    });
  }
  const links = kinematics.chain.map(({ joint, originM, rpyRad, axis }) => {
    const index = robot.joints.findIndex(({ name }) => name === joint);
    return { index, slides: robot.joints[index]?.kind === 'prismatic', originM, fixed: rotationOfRpy(rpyRad), axis };
  });
  const { tipOriginM } = kinematics;

  function points(positions: ArrayLike<number>): Float64Array {
    const result = new Float64Array(3 * (links.length + 1));
    let frame: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    let at: Vector3 = [0, 0, 0];
    links.forEach(({ index, slides, originM, fixed, axis }, i) => {
      const position = positions[index] ?? NaN;
      at = moved(at, frame, originM);
      frame = times(frame, fixed);
      if (slides) at = moved(at, frame, [axis[0] * position, axis[1] * position, axis[2] * position]);
      else frame = times(frame, rotationAbout(axis, position));
      result.set(at, 3 * i);
    });
    result.set(moved(at, frame, tipOriginM), 3 * links.length);
    return result;
  }
  return { points, tip: (positions) => points(positions).slice(3 * links.length) };
}

function moved(from: Vector3, frame: Matrix3, offset: Vector3): Vector3 {
  const [x, y, z] = timesVector(frame, offset);
  return [from[0] + x, from[1] + y, from[2] + z];
}
