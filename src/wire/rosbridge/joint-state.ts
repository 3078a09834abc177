import { SoftqdError } from '../../base/errors.ts';
import { isRosObject } from './value.ts';
import type { RosVersion } from './request.ts';
import type { RosObject, RosValue } from './value.ts';

/** sensor_msgs/JointState. A field that the publisher leaves empty is null; NaN is an unknown value. */
export interface JointState {
  /** Seconds of the publisher's clock. */
  readonly stampS: number;
  readonly names: readonly string[];
  readonly positions: Float64Array | null;
  readonly velocities: Float64Array | null;
  readonly efforts: Float64Array | null;
}

const MAX_JOINTS = 256;

/** Throws E_ROSBRIDGE_MESSAGE when the message is not a JointState; accepts the stamps of ROS 1 and ROS 2. */
export function readJointState(msg: RosObject): JointState {
  const names = msg['name'];
  if (!isList(names) || names.length > MAX_JOINTS || !names.every((name) => typeof name === 'string')) {
    throw refuse(`name is not a list of at most ${MAX_JOINTS} strings`);
  }
  return {
    stampS: stampS(msg['header']),
    names,
    positions: part(msg, 'position', names.length),
    velocities: part(msg, 'velocity', names.length),
    efforts: part(msg, 'effort', names.length),
  };
}

/** A field of numbers, from a JSON list or a typed array; null represents NaN and infinity, which JSON does not have. Throws E_ROSBRIDGE_MESSAGE. */
function numbers(value: RosValue | undefined, field: string): Float64Array {
  if (ArrayBuffer.isView(value)) return Float64Array.from(value);
  if (!isList(value)) throw refuse(`${field} is not a list of numbers`);
  return Float64Array.from(value, (item) => {
    if (typeof item === 'number') return item;
    if (item === null) return NaN;
    throw refuse(`${field} contains a non-number`);
  });
}

function part(msg: RosObject, field: string, joints: number): Float64Array | null {
  const value = msg[field];
  if (value === undefined || value === null) return null;
  const values = numbers(value, field);
  if (values.length === 0 && joints > 0) return null;
  if (values.length !== joints) throw refuse(`${field} has ${values.length} values for ${joints} names`);
  return values;
}

/** The ROS version by the names in the message's time stamp; null without a stamp. */
export function rosVersionOf(msg: RosObject): RosVersion | null {
  const header = msg['header'];
  const stamp = isRosObject(header) ? header['stamp'] : undefined;
  if (!isRosObject(stamp)) return null;
  if ('sec' in stamp) return 2;
  return 'secs' in stamp ? 1 : null;
}

function stampS(header: RosValue | undefined): number {
  const stamp = isRosObject(header) ? header['stamp'] : undefined;
  if (!isRosObject(stamp)) throw refuse('header.stamp is missing');
  const seconds = stamp['sec'] ?? stamp['secs'];
  const nanoseconds = stamp['nanosec'] ?? stamp['nsecs'];
  if (typeof seconds !== 'number' || typeof nanoseconds !== 'number' || !Number.isFinite(seconds + nanoseconds)) {
    throw refuse('header.stamp has no seconds and nanoseconds');
  }
  return seconds + nanoseconds / 1e9;
}

function isList(value: RosValue | undefined): value is readonly RosValue[] {
  return Array.isArray(value);
}

function refuse(why: string): SoftqdError {
  return new SoftqdError('E_ROSBRIDGE_MESSAGE', `rosbridge: sensor_msgs/JointState: ${why}`);
}
