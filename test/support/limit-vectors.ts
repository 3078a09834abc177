import { XoshiroRandom } from '../../src/base/random.ts';
import { reasonName } from '../../src/robot/reasons.ts';
import type { CommandMode, JointLimits } from '../../src/robot/robot-spec.ts';
import { createGuard } from '../../src/safety/index.ts';
import { readingOf, robotOf } from './robots.ts';

interface LimitStep {
  /** Time since the previous command, s. */
  readonly dtS: number;
  readonly target: number;
  /** Measured. */
  readonly position: number;
  readonly velocity: number;
  /** What the guard makes of it. */
  readonly command: number;
  readonly reasons: readonly string[];
}

interface LimitVector {
  readonly name: string;
  readonly commandMode: CommandMode;
  readonly limits: JointLimits;
  readonly periodS: number;
  /** The joint when it is armed. */
  readonly start: { readonly position: number; readonly velocity: number };
  readonly steps: readonly LimitStep[];
}

type Request = Pick<LimitStep, 'target'> & Partial<Pick<LimitStep, 'dtS' | 'position' | 'velocity'>>;

/** 1/64 s and limits that a float32 holds exactly, so that another implementation gets the same inputs. */
const PERIOD_S = 1 / 64;
const MOTION = {
  minPositionRadOrM: -1,
  maxPositionRadOrM: 1.5,
  maxVelocityRadOrMPerS: 3,
  maxAccelerationRadOrMPerS2: 24,
};
const NEAR = { ...MOTION, maxCommandDistanceRadOrM: 0.25 };
const EFFORT = { ...MOTION, maxEffortNmOrN: 2, maxEffortRateNmOrNPerS: 40 };

/** The guard's answers to fixed and random requests, for the guard and for any other implementation of its limits. */
export function limitVectors(): readonly LimitVector[] {
  const repeat = (count: number, request: Request): Request[] => Array.from({ length: count }, () => request);
  return [
    vector('a step and back', 'position', MOTION, [...repeat(24, { target: 1.25 }), ...repeat(40, { target: -0.5 })]),
    vector('into the maximum', 'position', MOTION, repeat(48, { target: 9 })),
    vector('into the minimum', 'position', MOTION, repeat(40, { target: -9 })),
    vector(
      'a ramp',
      'position',
      MOTION,
      repeat(40, { target: 0 }).map((_, i) => ({ target: 0.0234375 * (i + 1) })),
    ),
    vector(
      'short and long periods',
      'position',
      MOTION,
      repeat(24, { target: 1.25 }).map((request, i) => ({
        ...request,
        dtS: [1 / 64, 1 / 1024, 1 / 32, 1 / 128][i % 4]!,
      })),
    ),
    vector('velocity only', 'position', { maxVelocityRadOrMPerS: 2 }, repeat(6, { target: 0.125 })),
    vector('random position targets', 'position', MOTION, randomRequests(1, 2)),
    vector('a joint that does not move', 'position', NEAR, [
      ...repeat(30, { target: 1.25 }),
      ...repeat(30, { target: -0.5 }),
    ]),
    vector(
      'a joint that is moved',
      'position',
      NEAR,
      repeat(40, { target: 0.5 }).map((request, i) => ({ ...request, position: 0.25 - i / 64 })),
    ),
    vector('random positions of the joint', 'position', NEAR, randomRequests(3, 2)),
    vector('a velocity and its reverse', 'velocity', MOTION, [
      ...repeat(12, { target: 4, position: 0 }),
      ...repeat(16, { target: -2, position: 0 }),
    ]),
    vector(
      'a velocity into the maximum',
      'velocity',
      MOTION,
      repeat(24, { target: 3 }).map(({ target }, i) => ({ target, position: Math.min(1.5, i / 16) })),
    ),
    vector('random velocity targets', 'velocity', MOTION, randomRequests(2, 4)),
    vector('an effort and its rate', 'effort', EFFORT, [...repeat(6, { target: 3 }), ...repeat(8, { target: -1 })]),
    vector('an effort at the limits', 'effort', EFFORT, [
      { target: 0.5, position: 1.5 },
      { target: -0.5, position: 1.5 },
      { target: -0.5, position: -1 },
      { target: 0.5, velocity: 3.5 },
      { target: 0.5, velocity: -3.5 },
      { target: -0.5, velocity: -3.5 },
    ]),
  ];
}

function randomRequests(seed: number, scale: number): Request[] {
  const random = new XoshiroRandom(seed);
  const draw = (size: number): number => Math.round((2 * random.uniform() - 1) * size * 1024) / 1024;
  let target = 0;
  return Array.from({ length: 64 }, () => {
    if (random.uniform() < 0.3) target = draw(scale);
    return {
      target,
      position: draw(1.5),
      velocity: draw(3),
      dtS: [1 / 64, 1 / 128, 1 / 32][Math.floor(random.uniform() * 3)]!,
    };
  });
}

function vector(
  name: string,
  commandMode: CommandMode,
  limits: JointLimits,
  requests: readonly Request[],
): LimitVector {
  const start = { position: 0.25, velocity: 0 };
  const robot = robotOf({ joints: [{ commandMode, limits }], controlPeriodS: PERIOD_S });
  const guard = createGuard(robot, { controlPeriodS: PERIOD_S, readingMaxAgeS: 10 });
  let memory = guard.arm(guard.initialMemory, readingOf({ positions: [start.position] }));
  let nowNs = 0;
  const steps = requests.map(({ target, ...given }, i) => {
    const step = {
      dtS: i === 0 ? PERIOD_S : (given.dtS ?? PERIOD_S),
      target,
      position: given.position ?? 0.25,
      velocity: given.velocity ?? 0,
    };
    nowNs += step.dtS * 1e9;
    const reading = readingOf({ positions: [step.position], velocities: [step.velocity], arrivalNs: nowNs });
    const checked = guard.check(memory, { command: { targets: Float64Array.of(target) }, reading, nowNs });
    memory = checked.memory;
    const { targets, reasonCodes } = checked.safeCommand;
    return { ...step, command: targets[0]!, reasons: reasonCodes.map(reasonName) };
  });
  return { name, commandMode, limits, periodS: PERIOD_S, start, steps };
}
