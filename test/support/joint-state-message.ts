import type { RosObject, RosValue } from '../../src/wire/rosbridge/index.ts';

/** A sensor_msgs/JointState with the stamp format of the ROS version. */
export function jointState(
  rosVersion: 1 | 2,
  stampS: number,
  parts: {
    readonly name: readonly string[];
    readonly position: ArrayLike<number>;
    readonly velocity?: ArrayLike<number>;
    readonly effort?: ArrayLike<number>;
  },
): RosObject {
  const sec = Math.floor(stampS);
  const nanosec = Math.round((stampS - sec) * 1e9);
  const stamp: RosValue = rosVersion === 1 ? { secs: sec, nsecs: nanosec } : { sec, nanosec };
  const header: RosValue = rosVersion === 1 ? { seq: 0, stamp, frame_id: '' } : { stamp, frame_id: '' };
  return {
    header,
    name: [...parts.name],
    position: Float64Array.from(parts.position),
    velocity: Float64Array.from(parts.velocity ?? []),
    effort: Float64Array.from(parts.effort ?? []),
  };
}
