import { NS_PER_S } from '../../base/clock.ts';
import { SoftqdError } from '../../base/errors.ts';
import { checkReading, type Reading } from '../../robot/reading.ts';
import type { RobotSpec } from '../../robot/robot-spec.ts';
import { readJointState, type JointState, type RosObject } from '../../wire/rosbridge/index.ts';
import type { RosbridgeCounters } from './counters.ts';
import { PlausibleReadings } from './plausible-reading.ts';

/** How a joint state was received. */
export interface JointStateArrival {
  readonly sequence: number;
  readonly arrivalNs: number;
  readonly driven: boolean;
}

/**
 * Converts joint states to readings. Joints are matched by name, in any order; other joints are ignored. A missing velocity (NaN in
 * ros2_control) is derived from the positions and the time between their stamps (between arrivals without stamps); it is 0 at first.
 * A missing effort is 0. NaN from a joint that had a value before is an invalid reading.
 */
export class JointStateReader {
  private readonly robot: RobotSpec;
  private readonly counters: RosbridgeCounters;
  private names: readonly string[] = [];
  private places: readonly number[] = [];
  private readonly hasVelocity: boolean[];
  private readonly hasEffort: boolean[];
  private before: Reading | null = null;
  private readonly plausible: PlausibleReadings;

  constructor(robot: RobotSpec, counters: RosbridgeCounters) {
    this.robot = robot;
    this.counters = counters;
    this.plausible = new PlausibleReadings(robot);
    this.hasVelocity = robot.joints.map(() => false);
    this.hasEffort = robot.joints.map(() => false);
  }

  /** Call after a disconnect: the next velocity is not derived across the gap. */
  forget(): void {
    this.before = null;
    this.plausible.forget();
  }

  /**
   * null: none of the robot's joints is in it. `driven`: the robot is armed. Throws E_ROSBRIDGE_MESSAGE, E_READING_SHAPE (joints missing),
   * E_READING_NON_FINITE, E_READING_IMPLAUSIBLE.
   */
  read(message: RosObject, { sequence, arrivalNs, driven }: JointStateArrival): Reading | null {
    const state = readJointState(message);
    const places = this.indexesOf(state.names);
    if (places === null) return null;
    if (state.positions === null) {
      throw new SoftqdError('E_READING_SHAPE', `${this.robot.name}: joint state without positions`);
    }
    const { positions } = state;
    const reading: Reading = {
      sequence,
      arrivalNs,
      deviceTimeS: state.stampS,
      positions: Float64Array.from(places, (place) => positions[place]!),
      velocities: new Float64Array(places.length),
      efforts: this.valuesOrNull(state.efforts, places, this.hasEffort) ?? new Float64Array(places.length),
      sensors: new Map(),
    };
    this.setVelocities(reading, state, places);
    checkReading(reading, this.robot);
    this.plausible.check(reading, driven);
    this.before = reading;
    return reading;
  }

  private setVelocities(reading: Reading, { velocities }: JointState, places: readonly number[]): void {
    const given = this.valuesOrNull(velocities, places, this.hasVelocity);
    const { before } = this;
    const elapsedS = before === null ? 0 : secondsBetween(before, reading);
    let derived = false;
    for (let i = 0; i < places.length; i++) {
      if (this.hasVelocity[i]!) {
        reading.velocities[i] = given?.[i] ?? NaN;
        continue;
      }
      derived = true;
      if (before === null || elapsedS < 0) continue;
      // The same stamp twice: the velocity stays valid.
      reading.velocities[i] =
        elapsedS === 0 ? before.velocities[i]! : (reading.positions[i]! - before.positions[i]!) / elapsedS;
    }
    if (derived) this.counters.velocitiesDerived++;
  }

  /** The values of the robot's joints; a value that was never given is 0. `ever` is updated with the joints that gave one. */
  private valuesOrNull(values: Float64Array | null, places: readonly number[], ever: boolean[]): Float64Array | null {
    if (values === null) {
      const lacking = ever.indexOf(true);
      if (lacking < 0) return null;
      throw new SoftqdError(
        'E_READING_SHAPE',
        `${this.robot.name}: joint state lacks velocities or efforts that earlier messages had`,
      );
    }
    return Float64Array.from(places, (place, i) => {
      const value = values[place]!;
      if (Number.isFinite(value)) ever[i] = true;
      return ever[i]! ? value : 0;
    });
  }

  private indexesOf(names: readonly string[]): readonly number[] | null {
    if (names.length === this.names.length && names.every((name, i) => name === this.names[i])) return this.places;
    const { joints, name: robot } = this.robot;
    const places = joints.map(({ name }) => names.indexOf(name));
    if (places.every((place) => place < 0)) return null;
    const missing = joints.filter((_, i) => places[i]! < 0).map(({ name }) => name);
    if (missing.length > 0) {
      throw new SoftqdError(
        'E_READING_SHAPE',
        `${robot}: no joint ${missing.join(', ')} in the joint state; it has ${names.slice(0, 16).join(', ')}`,
        {
          hint: 'Use the ROS joint names in robot.json5. If several nodes publish some joints each, subscribe to the combined topic.',
          values: { missing, names: names.slice(0, 64) },
        },
      );
    }
    if (new Set(names).size !== names.length) {
      throw new SoftqdError('E_ROSBRIDGE_MESSAGE', `${robot}: duplicate joint name in joint state`);
    }
    this.names = names;
    this.places = places;
    return places;
  }
}

/** Time between the stamps, negative when they went back; without stamps, time between arrivals. */
function secondsBetween(before: Reading, after: Reading): number {
  const unstamped = before.deviceTimeS === 0 && after.deviceTimeS === 0;
  return unstamped ? (after.arrivalNs - before.arrivalNs) / NS_PER_S : after.deviceTimeS - before.deviceTimeS;
}
