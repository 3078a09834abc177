import type { Vector3 } from '../kinematics-spec.ts';
import { rotationAbout, rotationOfRpy, rpyOfRotation, times, timesVector } from '../rotation.ts';
import type { UrdfJoint } from './urdf-robot.ts';

/**
 * The joints of a file, with those that cannot move as fixed joints at the position where they are: joints whose lower limit is the upper
 * one, and joints that follow one that is fixed. A note says so. Leaders must exist and not go in a circle. Pure.
 */
export function weldJoints(joints: readonly UrdfJoint[], notes: string[]): readonly UrdfJoint[] {
  const byName = new Map(joints.map((joint) => [joint.name, joint]));
  /** The position of a joint that cannot move, rad or m; null: it can. */
  const positionOf = ({ type, limits, mimic }: UrdfJoint): number | null => {
    if (type === 'fixed') return 0;
    if (type !== 'revolute' && type !== 'prismatic' && type !== 'continuous') return null;
    if (mimic === null) return limits.lower === limits.upper ? limits.lower : null;
    const leader = positionOf(byName.get(mimic.joint)!);
    return leader === null ? null : mimic.multiplier * leader + mimic.offset;
  };
  return joints.map((joint) => {
    const position = positionOf(joint);
    if (position === null || joint.type === 'fixed') return joint;
    const why =
      joint.mimic === null
        ? `lower and upper are both ${position}`
        : `it follows ${joint.mimic.joint}, which cannot move`;
    notes.push(`joint ${joint.name} is fixed at ${position} ${joint.type === 'prismatic' ? 'm' : 'rad'}: ${why}`);
    return weldedAt(joint, position);
  });
}

function weldedAt(joint: UrdfJoint, position: number): UrdfJoint {
  const { type, originM, rpyRad, axis } = joint;
  const fixed = { ...joint, type: 'fixed', mimic: null } as const;
  if (position === 0) return fixed;
  const turn = rotationOfRpy(rpyRad);
  if (type !== 'prismatic') return { ...fixed, rpyRad: rpyOfRotation(times(turn, rotationAbout(axis, position))) };
  const [x, y, z] = timesVector(turn, [axis[0] * position, axis[1] * position, axis[2] * position]);
  const moved: Vector3 = [originM[0] + x, originM[1] + y, originM[2] + z];
  return { ...fixed, originM: moved };
}
