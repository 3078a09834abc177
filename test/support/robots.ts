import type { Reading } from '../../src/robot/reading.ts';
import type { JointLimits, JointSpec, RobotSpec, SensorSpec } from '../../src/robot/robot-spec.ts';
import { DEFAULT_SAFETY, type SafetySpec } from '../../src/robot/safety-spec.ts';

/** Every limit that hardware needs, of a position joint. */
export const HARDWARE_LIMITS = {
  minPositionRadOrM: -2,
  maxPositionRadOrM: 2,
  maxVelocityRadOrMPerS: 3,
  maxAccelerationRadOrMPerS2: 40,
  maxEffortNmOrN: 1,
  maxCommandDistanceRadOrM: 0.3,
} as const satisfies JointLimits;

/** Limits apply in full from the first command on. */
export const NO_START_UP: SafetySpec = { ...DEFAULT_SAFETY, startUp: { fraction: 1, timeS: 0 } };

export interface ReadingParts {
  readonly positions: readonly number[];
  readonly velocities?: readonly number[];
  readonly efforts?: readonly number[];
  readonly sensors?: Readonly<Record<string, readonly number[]>>;
  readonly sequence?: number;
  readonly arrivalNs?: number;
}

/** A reading with zeros for absent values. */
export function readingOf(parts: ReadingParts): Reading {
  const zeros = parts.positions.map(() => 0);
  const arrivalNs = parts.arrivalNs ?? 0;
  return {
    sequence: parts.sequence ?? 0,
    arrivalNs,
    deviceTimeS: arrivalNs / 1e9,
    positions: Float64Array.from(parts.positions),
    velocities: Float64Array.from(parts.velocities ?? zeros),
    efforts: Float64Array.from(parts.efforts ?? zeros),
    sensors: new Map(Object.entries(parts.sensors ?? {}).map(([name, values]) => [name, Float64Array.from(values)])),
  };
}

function jointOf(joint: Partial<JointSpec> & Pick<JointSpec, 'commandMode'>, index = 0): JointSpec {
  return { name: `joint${index}`, kind: 'revolute', limits: {}, stopMode: 'hold', ...joint };
}

export interface RobotParts {
  readonly name?: string;
  readonly kind?: RobotSpec['kind'];
  readonly joints: readonly (Partial<JointSpec> & Pick<JointSpec, 'commandMode'>)[];
  readonly sensors?: readonly SensorSpec[];
  readonly controlPeriodS?: number;
  readonly readingMaxAgeS?: number;
}

export function robotOf(parts: RobotParts): RobotSpec {
  return {
    name: parts.name ?? 'robot',
    title: 'a robot for tests',
    kind: parts.kind ?? 'simulated',
    joints: parts.joints.map((joint, i) => jointOf(joint, i)),
    sensors: parts.sensors ?? [],
    controlPeriodS: parts.controlPeriodS ?? 0.02,
    readingMaxAgeS: parts.readingMaxAgeS ?? 0.06,
  };
}

export const pendulumRobot = robotOf({
  name: 'pendulum',
  joints: [{ name: 'pivot', commandMode: 'effort', limits: { maxEffortNmOrN: 2 }, stopMode: 'torque-off' }],
  controlPeriodS: 0.05,
});

export const arm2Robot = robotOf({
  name: 'arm2',
  joints: [
    { name: 'shoulder', commandMode: 'effort', limits: { maxEffortNmOrN: 0.3 }, stopMode: 'torque-off' },
    {
      name: 'elbow',
      commandMode: 'effort',
      limits: { minPositionRadOrM: -2.8, maxPositionRadOrM: 2.8, maxEffortNmOrN: 0.3 },
      stopMode: 'torque-off',
    },
  ],
  sensors: [{ name: 'fingertip', size: 3, unit: 'm', source: 'site:fingertip' }],
});

export const point2Robot = robotOf({
  name: 'point2',
  joints: [
    { name: 'x', kind: 'prismatic', commandMode: 'velocity', limits: { maxVelocityRadOrMPerS: 1 } },
    { name: 'y', kind: 'prismatic', commandMode: 'velocity', limits: { maxVelocityRadOrMPerS: 1 } },
  ],
  controlPeriodS: 1,
});
