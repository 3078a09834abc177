import { SoftqdError } from '../base/errors.ts';
import type { Vector3 } from './kinematics-spec.ts';
import { rotationAbout, rotationOfRpy, times, timesVector, type Matrix3 } from './rotation.ts';
import type { RobotSpec } from './robot-spec.ts';

/** Where a chain's points are, given all joint positions of the robot (rad or m, in the order of RobotSpec.joints). */
export interface ForwardKinematics {
  /** The tip in the base frame, meters, a new array of x, y, z. NaN in, NaN out. */
  readonly tip: (positions: ArrayLike<number>) => Float64Array;
  /** The rotation of the last joint's frame, which carries the tip, in the base frame. */
  readonly rotation: (positions: ArrayLike<number>) => Matrix3;
  /** Every joint of the chain from the base outwards, then the tip: x, y, z each, meters, a new array. */
  readonly points: (positions: ArrayLike<number>) => Float64Array;
  /** How the tip moves with each joint of RobotSpec.joints: x, y, z each, m/rad or m/m, zeros for joints outside the chain; a new array. */
  readonly jacobian: (positions: ArrayLike<number>) => Float64Array;
}

/** Throws E_ROBOT_FILE when the robot file has no kinematics. */
export function forwardKinematics(robot: RobotSpec): ForwardKinematics {
  const { kinematics } = robot;
  if (kinematics === undefined) {
    throw new SoftqdError('E_ROBOT_FILE', `${robot.name}: the robot file has no kinematics section`, {
      values: { robot: robot.name, key: 'robot.kinematics' },
    });
  }
  const links = kinematics.chain.map(({ joint, originM, rpyRad, axis }) => {
    const index = robot.joints.findIndex(({ name }) => name === joint);
    return { index, slides: robot.joints[index]?.kind === 'prismatic', originM, fixed: rotationOfRpy(rpyRad), axis };
  });
  const { tipOriginM } = kinematics;

  /** Points as above, the axes of the joints in the base frame, and the frame of the last joint. */
  function place(positions: ArrayLike<number>): { points: Float64Array; axes: Float64Array; frame: Matrix3 } {
    const points = new Float64Array(3 * (links.length + 1));
    const axes = new Float64Array(3 * links.length);
    let frame: Matrix3 = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    let at: Vector3 = [0, 0, 0];
    links.forEach(({ index, slides, originM, fixed, axis }, i) => {
      const position = positions[index] ?? NaN;
      at = moved(at, frame, originM);
      frame = times(frame, fixed);
      axes.set(timesVector(frame, axis), 3 * i);
      if (slides) at = moved(at, frame, [axis[0] * position, axis[1] * position, axis[2] * position]);
      else frame = times(frame, rotationAbout(axis, position));
      points.set(at, 3 * i);
    });
    points.set(moved(at, frame, tipOriginM), 3 * links.length);
    return { points, axes, frame };
  }

  function jacobian(positions: ArrayLike<number>): Float64Array {
    const { points, axes } = place(positions);
    const tip = 3 * links.length;
    const columns = new Float64Array(3 * robot.joints.length);
    links.forEach(({ index, slides }, i) => {
      const [x, y, z] = [axes[3 * i]!, axes[3 * i + 1]!, axes[3 * i + 2]!];
      const [dx, dy, dz] = [0, 1, 2].map((k) => points[tip + k]! - points[3 * i + k]!) as [number, number, number];
      columns.set(slides ? [x, y, z] : [y * dz - z * dy, z * dx - x * dz, x * dy - y * dx], 3 * index);
    });
    return columns;
  }
  return {
    tip: (positions) => place(positions).points.slice(3 * links.length),
    rotation: (positions) => place(positions).frame,
    points: (positions) => place(positions).points,
    jacobian,
  };
}

function moved(from: Vector3, frame: Matrix3, offset: Vector3): Vector3 {
  const [x, y, z] = timesVector(frame, offset);
  return [from[0] + x, from[1] + y, from[2] + z];
}
