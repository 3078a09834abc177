import { SoftqdError } from '../../base/errors.ts';
import { firstNonFinite } from '../../base/finite.ts';
import type { RosObject } from './value.ts';

/** Names of types and times differ: ROS 1 has pkg/Type and {secs, nsecs}, ROS 2 pkg/msg/Type and {sec, nanosec}. */
export type RosVersion = 1 | 2;

export interface Subscription {
  readonly topic: string;
  /** null: that of the existing topic. */
  readonly type: string | null;
  /** Min milliseconds between two messages, 0 = every message. */
  readonly throttleMs?: number;
  /** Queue length of the server for a slow client; 1 = the newest only. */
  readonly queueLength?: number;
  readonly compression?: 'none' | 'cbor';
}

/** `sensor_msgs`, `JointState` as the type name of the ROS version. */
export function rosType(version: RosVersion, rosPackage: string, name: string): string {
  return version === 1 ? `${rosPackage}/${name}` : `${rosPackage}/msg/${name}`;
}

export function encodeSubscribe(subscription: Subscription): string {
  const { topic, type, throttleMs = 0, queueLength = 1, compression = 'none' } = subscription;
  return JSON.stringify({
    op: 'subscribe',
    topic,
    ...(type === null ? {} : { type }),
    throttle_rate: throttleMs,
    queue_length: queueLength,
    compression,
  });
}

export function encodeUnsubscribe(topic: string): string {
  return JSON.stringify({ op: 'unsubscribe', topic });
}

export function encodeAdvertise(topic: string, type: string): string {
  return JSON.stringify({ op: 'advertise', topic, type, queue_size: 1, latch: false });
}

export function encodeUnadvertise(topic: string): string {
  return JSON.stringify({ op: 'unadvertise', topic });
}

export function encodePublish(topic: string, msg: RosObject): string {
  return JSON.stringify({ op: 'publish', topic, msg });
}

/** Calls a ROS service; the response is a service_response with the same id. */
export function encodeCallService(service: string, args: RosObject, id: string): string {
  return JSON.stringify({ op: 'call_service', service, args, id });
}

/** std_msgs/Float64MultiArray. Throws E_ROSBRIDGE_MESSAGE for NaN and infinity, which JSON does not have. */
export function float64MultiArray(values: ArrayLike<number>): RosObject {
  return { layout: { dim: [], data_offset: 0 }, data: finite(values, 'Float64MultiArray.data') };
}

export interface TrajectoryPoint {
  readonly names: readonly string[];
  readonly positions: ArrayLike<number>;
  readonly velocities?: ArrayLike<number>;
  /** When the point is to be reached, seconds from now. */
  readonly timeFromStartS: number;
}

/** trajectory_msgs/JointTrajectory with one point that starts at once (stamp 0). Throws E_ROSBRIDGE_MESSAGE for NaN and infinity. */
export function jointTrajectory(version: RosVersion, point: TrajectoryPoint): RosObject {
  const { names, timeFromStartS } = point;
  const time = finite([timeFromStartS], 'time_from_start')[0]!;
  if (time < 0 || time > 2_147_483_647) throw refuse(`time_from_start ${time} s is out of range`);
  const positions = finite(point.positions, 'positions');
  const velocities = point.velocities === undefined ? [] : finite(point.velocities, 'velocities');
  if (positions.length !== names.length || (velocities.length !== 0 && velocities.length !== names.length)) {
    throw refuse(`${positions.length} positions and ${velocities.length} velocities for ${names.length} joints`);
  }
  return {
    header: { stamp: rosTime(version, 0), frame_id: '' },
    joint_names: names,
    points: [{ positions, velocities, accelerations: [], effort: [], time_from_start: rosTime(version, time) }],
  };
}

/** A ROS time or duration of `seconds` >= 0, rounded to a nanosecond. */
export function rosTime(version: RosVersion, seconds: number): RosObject {
  let whole = Math.floor(seconds);
  let nanoseconds = Math.round((seconds - whole) * 1e9);
  if (nanoseconds === 1e9) {
    whole++;
    nanoseconds = 0;
  }
  return version === 1 ? { secs: whole, nsecs: nanoseconds } : { sec: whole, nanosec: nanoseconds };
}

function finite(values: ArrayLike<number>, field: string): number[] {
  const index = firstNonFinite(values);
  if (index >= 0) throw refuse(`${field}[${index}] is ${values[index]!}`);
  return Array.from(values);
}

function refuse(why: string): SoftqdError {
  return new SoftqdError('E_ROSBRIDGE_MESSAGE', `rosbridge: ${why}`);
}
